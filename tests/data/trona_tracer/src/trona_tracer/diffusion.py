"""Diffusion of a dilute tracer."""

from trona.plugin import Balance, Blocks, Contribution, Field, Physics, grad


class Tracer(Physics):
    """Diffusion of a dilute tracer: dc/dt = div(D grad c).

    c: concentration, mol/m3. D: diffusivity, m2/s.
    Source: Crank, The Mathematics of Diffusion, 2nd ed., chapter 1.
    """

    name = "tracer"
    references = ("crank1975mathematics",)
    provides = (
        Field("tracer_concentration", "mol/m^3", "concentration of the tracer", scale="1 mol/m^3"),
        Balance(
            "tracer",
            "mol/m^3/s",
            "tracer_concentration",
            "amount of the tracer",
            quantity="tracer",
            inflow="tracer_flux",
            inflow_text="tracer flux density that enters through the boundary",
        ),
    )

    blocks = Blocks("blocks in which the tracer diffuses")

    def contribute(self, model: Contribution) -> None:
        c = model.field("tracer_concentration")
        tracer = model.balance("tracer")
        tracer.storage(c)
        tracer.flux(-model.property("tracer_diffusivity", "m^2/s") * grad(c))
        model.output("tracer_amount", c, "mol/m^3", "amount of the tracer", "integral")
