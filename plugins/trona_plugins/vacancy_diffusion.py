"""Vacancies in a metal: they diffuse, and creep under pressure fills them."""

from trona.plugin import Blocks, Contribution, Physics, Quantity, balance, field, grad, max_value
from trona_plugins.power_law import power_law
from trona_plugins.vacancies import VACANCIES, VACANCY_FRACTION


class VacancyDiffusion(Physics):
    """Dilute vacancies that diffuse and are filled by creep: dx/dt = div(D grad x) - k x.

    x: fraction of sites that are vacant beyond equilibrium, 1, as vacancies or as small voids. D: their diffusivity,
    m2/s.
    k = 3/2 A [3 <p>/(2 n sigma_0)]^n, A = A_0 exp(-Q/(R T)): rate at which power-law creep closes small round voids
    under the pressure p, 1/s; tension fills nothing: <p> is p where positive, else 0. p: an option, or minus the
    hydrostatic stress where elasticity is solved. sigma_0: reference stress, Pa. n: exponent. A_0: prefactor, 1/s. Q:
    activation energy, J/mol. T: temperature, K.
    Under a flux J of vacancies per site, m/s, a thick metal has x = 2 J sqrt(t/(pi D)) at its surface at first and
    J/sqrt(D k) in the end. A run ends where x exceeds 1, as no metal is left there.
    Source: Crank, The Mathematics of Diffusion, 2nd ed., Oxford 1975, chapter 2; Wilkinson and Ashby, Acta Metall. 23
    (1975) 1277, for k, in the limit of few voids.
    """

    name = "vacancy_diffusion"
    references = ("crank1975mathematics", "wilkinson1975pressure")
    uses = (field("temperature"), balance("dilation"))
    provides = (VACANCY_FRACTION, VACANCIES)

    blocks = Blocks("blocks of metal")
    pressure = Quantity(
        "Pa", "pressure p; default minus the hydrostatic stress", default=None, usual=("-10 GPa", "10 GPa")
    )

    def contribute(self, model: Contribution) -> None:
        x, T = model.field("vacancy_fraction"), model.field("temperature")
        p = self.pressure if self.pressure is not None else -model.field("hydrostatic_stress")
        A, sigma_0, n = power_law(model, model.constant("molar_gas_constant"), T)
        pressed = 3 * max_value(p, 0) / (2 * n * sigma_0)
        k = 3 / 2 * A * pressed**n
        vacancies = model.balance("vacancies")
        vacancies.storage(x)
        vacancies.flux(-model.property("vacancy_diffusivity", "m^2/s") * grad(x))
        vacancies.source(-k * x)
        model.define("refill_rate", k, "1/s", "rate at which creep closes voids", vacancies.blocks)
        model.output(
            "vacancy_fraction_max", x, "1", "highest fraction of vacancies", "maximum", symbol=r"x_\mathrm{v,max}"
        )
        model.output(
            "vacancy_fraction_min", x, "1", "lowest fraction of vacancies", "minimum", symbol=r"x_\mathrm{v,min}"
        )
        model.expect("vacancy_fraction", x, "1", "no metal is left where all sites are vacant", maximum="1", hard=True)
