"""The fraction of vacant sites of a lattice and its balance, which several physics of vacancies solve."""

from trona.plugin import Balance, Field

VACANCY_FRACTION = Field(
    "vacancy_fraction", "1", "fraction of lattice sites that are vacant", scale="1e-3", symbol=r"x_\mathrm{v}"
)
VACANCIES = Balance(
    "vacancies",
    "1/s",
    "vacancy_fraction",
    "vacancies, per site",
    quantity="vacancies",
    inflow="vacancy_flux",
    inflow_text="vacancies that enter, per site",
)
