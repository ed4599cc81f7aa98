"""A dilute neutral species that diffuses and is used up."""

from trona.plugin import Balance, Blocks, Contribution, Field, Physics, Quantity, grad, sqrt


class DiluteSpecies(Physics):
    """Diffusion and decay of a dilute species without charge: d(eps c)/dt = div(D grad c) - k eps c.

    c: concentration in the liquid, mol/m3. D: diffusivity, in a porous body the effective one, m2/s. k: rate constant
    of a reaction of first order in the liquid, 1/s. eps: porosity, 1 where the material gives none. Nothing else
    depends on the species unless another physics says so, such as `species_reduction`.
    Source: Bird, Stewart and Lightfoot, Transport Phenomena, rev. 2nd ed., Wiley 2007, section 19.1.
    """

    name = "dilute_species"
    references = ("bird2007transport",)
    provides = (
        Field(
            "species_concentration",
            "mol/m^3",
            "concentration of the dilute species",
            scale="10 mol/m^3",
            reference="100 mol/m^3",
            usual=("0 mol/m^3", "1e4 mol/m^3"),
            symbol=r"c_\mathrm{s}",
        ),
        Balance(
            "species",
            "mol/m^3/s",
            "species_concentration",
            "dilute species",
            inflow="species_flux",
            inflow_usual=("-10 mol/m^2/s", "10 mol/m^2/s"),
            inflow_text="species that enters",
        ),
    )

    blocks = Blocks("blocks in which the species is dissolved")
    decay = Quantity("1/s", "rate constant of a reaction of first order", default="0 1/s", minimum="0 1/s")

    def contribute(self, model: Contribution) -> None:
        c, species = model.field("species_concentration"), model.balance("species")
        eps = model.property("porosity", "1", default=1)
        D = model.property("species_diffusivity", "m^2/s")
        species.storage(eps * c)
        species.flux(-D * grad(c))
        species.source(-self.decay * eps * c)
        if not model.steady:
            spread = sqrt(D / eps * model.time)
            model.expect_length("the length over which the species spreads in the whole run", spread, species.blocks)
        model.define("species_flux_density", species.total_flux, "mol/m^2/s", "flux of the species", species.blocks)
        model.output("species_amount", eps * c, "mol/m^3", "amount of the species", "integral")
        model.output("species_concentration_max", c, "mol/m^3", "highest concentration of the species", "maximum")
        model.output("species_concentration_min", c, "mol/m^3", "lowest concentration of the species", "minimum")
