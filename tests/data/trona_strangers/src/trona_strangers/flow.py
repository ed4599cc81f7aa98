"""A slow flow, which carries salt where that is solved."""

from trona.plugin import Balance, Blocks, Contribution, Field, Identity, Physics, Quantity, balance, tr


class Flow(Physics):
    """Slow flow of an incompressible liquid: div(-mu grad v + p I) = 0, div v = 0; the salt is carried with c v.

    v: velocity, m/s. p: pressure, Pa. mu: viscosity, Pa s. c: concentration of the salt, mol/m3.
    Source: Batchelor, An Introduction to Fluid Dynamics, Cambridge 2000, section 4.8.
    """

    name = "flow"
    references = ("batchelor2000introduction",)
    provides = (
        Field("velocity", "m/s", "velocity", rank=1, scale="1 um/s", least_order=2),
        Field("flow_pressure", "Pa", "pressure", scale="1 mPa", order_below=1),
        Balance(
            "flow_momentum",
            "N/m^3",
            "velocity",
            "momentum of the liquid",
            inflow="flow_traction",
            inflow_text="traction on the liquid",
        ),
        Balance("flow_volume", "1/s", "flow_pressure", "volume of the liquid"),
    )
    uses = (balance("salt"),)

    blocks = Blocks("blocks in which the liquid flows")
    viscosity = Quantity("Pa*s", "viscosity", above="0 Pa*s")

    def contribute(self, model: Contribution) -> None:
        v, p = model.field("velocity"), model.field("flow_pressure")
        slope = model.coordinates.gradient(v)
        model.balance("flow_momentum").flux(p * Identity(3) - self.viscosity * slope)
        model.balance("flow_volume").source(-tr(slope))
        if model.has_balance("salt"):
            salt = model.balance("salt")
            blocks = tuple(b for b in salt.blocks if b in self.blocks)
            if blocks:
                salt.flux(model.field("salt_concentration") * v, blocks)
