"""Pressure on the surface of a solid."""

from trona.plugin import BoundaryOption, Contribution, InterfaceOption, Physics, Quantity, UserError, balance


class Pressure(Physics):
    """Pressure from outside: sigma n = -p n at a boundary, or at an interface with a fluid; n points outwards.

    p: pressure, Pa, positive when it pushes; constant, a table, or an expression of time and position. It acts on the
    current surface, also where the mesh moves. sigma: stress, Pa. A fluid is a block whose stress is not solved for.
    Source: Hughes, The Finite Element Method, Dover 2000, section 2.7.
    """

    name = "pressure"
    references = ("hughes2000finite",)
    requires = (balance("momentum"),)

    boundary = BoundaryOption("boundary on which it acts", default=None)
    interface = InterfaceOption("solid | fluid, the solid named first", default=None)
    pressure = Quantity("Pa", "pressure", usual=("-10 GPa", "10 GPa"))

    def contribute(self, model: Contribution) -> None:
        momentum = model.balance("momentum")
        if (self.boundary is None) == (self.interface is None):
            raise UserError("give either the boundary or the interface that the pressure acts on")
        if self.interface is None:
            momentum.inflow(self.boundary, -self.pressure * model.normal)
            return
        law = model.interface(self.interface)
        if not law.minus.has("momentum") or law.plus.has("momentum"):
            raise UserError(
                f"at {law.name} the first block must deform and the second must not; momentum is solved in "
                f"{', '.join(momentum.blocks)}"
            )
        law.exchange(self.pressure * law.normal, minus=momentum, plus=None)
