"""A rigid wall that a body may touch."""

from trona.plugin import BoundaryOption, Contribution, Physics, Quantity, balance, max_value


class Wall(Physics):
    """Contact without friction with a flat rigid wall: p >= 0, g >= 0, p g = 0.

    p: contact pressure, Pa, an unknown of the boundary. g: gap to the wall, m, along the last coordinate: the position
    of the wall less that of the displaced body. It holds as p = max(p - k g, 0), with a stiffness k, Pa/m, that
    conditions the solve and changes no result.
    Source: Alart and Curnier, Comput. Methods Appl. Mech. Eng. 92 (1991) 353.
    """

    name = "wall"
    references = ("alart1991mixed",)
    requires = (balance("momentum"),)

    boundary = BoundaryOption("boundary that may touch the wall")
    position = Quantity("m", "position of the wall along the last coordinate", variables=("t",))
    stiffness = Quantity("Pa/m", "stiffness k", above="0 Pa/m")

    def contribute(self, model: Contribution) -> None:
        law, momentum = model.boundary(self.boundary), model.balance("momentum")
        u, axis = model.field("displacement"), model.dimension - 1
        gap = self.position - model.position[axis] - u[axis]
        p = law.constrain(
            lambda p: p - max_value(p - self.stiffness * gap, 0),
            "Pa",
            momentum,
            "wall_pressure",
            "pressure of the wall on the body",
            along=law.normal,
            scale="1 MPa",
        )
        law.output("wall_pressure_max", p, "Pa", "largest pressure of the wall on the body", "maximum")
        law.output("wall_gap_min", gap, "m", "smallest gap between body and wall", "minimum")
