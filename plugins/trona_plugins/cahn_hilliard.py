"""Separation of the vacancies of a lattice into regions that are rich and poor in them."""

from dataclasses import replace

from trona.plugin import (
    Balance,
    Blocks,
    Choice,
    Contribution,
    Expression,
    Field,
    Number,
    Physics,
    UserError,
    dot,
    field,
    grad,
    sqrt,
)
from trona_plugins.vacancies import VACANCIES, VACANCY_FRACTION


class CahnHilliard(Physics):
    """Vacancies of a lattice, which separate where f'' < 0: dx/dt = div(M grad mu), mu = f' - kappa lap x.

    x: fraction of sites that are vacant, 1. mu: exchange potential of a vacancy for an atom, J/mol.
    f: energy of mixing of a mole of sites, J/mol, the property `mixing_energy`, such as that of a regular solution.
    f' = df/dx. R: gas constant. T: temperature, K.
    kappa: gradient energy of a mole of sites, J m2/mol; an interface between two phases is some sqrt(kappa/RT) wide.
    M = (D/RT) x (1 - x): mobility, with the diffusivity D of vacancies in a dilute lattice, m2/s; with `mobility:
    constant`, x (1 - x) is taken at `mobility_fraction`.

    Without conditions in the deck nothing enters through a boundary, and an interface meets it at a right angle.
    A small wave of wave number k grows by exp(s t) with s = -M k^2 (f'' + kappa k^2).
    `free_energy` is the integral of (f + kappa/2 |grad x|^2)/V_m, V_m: volume of a mole of sites, m3/mol. In a closed
    body it falls; steps of the implicit Euler method longer than 8 kappa/(M f''^2), f'' at its lowest, may let it rise.
    Source: Cahn and Hilliard, J. Chem. Phys. 28 (1958) 258; Cahn, Acta Metall. 9 (1961) 795.
    """

    name = "cahn_hilliard"
    references = ("cahn1958free", "cahn1961spinodal")
    provides = (
        replace(VACANCY_FRACTION, scale="0.1", reference="0.5", positive=True, below="1"),
        VACANCIES,
        Field("exchange_potential", "J/mol", "exchange potential of vacancies", scale="1 kJ/mol"),
        Balance("exchange potential", "J/mol", "exchange_potential", "definition of the exchange potential"),
    )
    uses = (field("temperature"),)

    blocks = Blocks("blocks with a lattice of sites")
    mobility = Choice(("degenerate", "constant"), "whether the mobility follows the fraction", default="degenerate")
    mobility_fraction = Number("fraction at which a constant mobility is taken", default=None, above=0, below=1)

    def contribute(self, model: Contribution) -> None:
        if (self.mobility == "constant") != (self.mobility_fraction is not None):
            raise UserError("give mobility_fraction with 'mobility: constant', and only then")
        x, mu, T = (model.field(name) for name in ("vacancy_fraction", "exchange_potential", "temperature"))
        RT = model.constant("molar_gas_constant") * T
        mixing = model.property("mixing_energy", "J/mol")
        slope = model.property_derivative("mixing_energy", "J/mol", "vacancy_fraction")
        kappa = model.property("gradient_energy", "J*m^2/mol")
        vacancies, potential = model.balance("vacancies"), model.balance("exchange potential")

        mobility = model.property("vacancy_diffusivity", "m^2/s") / RT * self._occupied(x)
        vacancies.storage(x)
        vacancies.flux(-mobility * grad(mu))
        potential.source(slope - mu)
        potential.flux(kappa * grad(x))

        energy = (mixing + kappa * dot(grad(x), grad(x)) / 2) / model.property("molar_volume", "m^3/mol")
        model.define("free_energy_density", energy, "J/m^3", "free energy of mixing and gradients", vacancies.blocks)
        model.output("free_energy", energy, "J/m^3", "free energy of mixing and gradients", "integral")
        model.output(
            "vacancy_fraction_max", x, "1", "highest fraction of vacancies", "maximum", symbol=r"x_\mathrm{v,max}"
        )
        model.output(
            "vacancy_fraction_min", x, "1", "lowest fraction of vacancies", "minimum", symbol=r"x_\mathrm{v,min}"
        )
        model.expect_length("the width of an interface between two phases", sqrt(kappa / RT), vacancies.blocks)

    def _occupied(self, x: Expression) -> Expression:
        given = self.mobility_fraction
        return x * (1 - x) if given is None else given * (1 - given)
