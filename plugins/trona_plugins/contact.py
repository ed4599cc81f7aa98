"""A rigid obstacle that a body may touch and leave."""

from typing import Any

from trona.plugin import (
    BoundaryOption,
    Choice,
    Contribution,
    Expression,
    Field,
    Physics,
    Quantity,
    Text,
    balance,
    conditional,
    dot,
    field,
    ge,
    gt,
    max_value,
    min_value,
)
from trona_plugins.sums import EXPOSED_SHARE

_WAYS = ("displacement", "load")
_DIRECTIONS = tuple(sign + axis for sign in ("", "-") for axis in "xyz")


_SHARE = 1e-3
"""Of the size of the mesh, by which an obstacle typically moves where the metal flows. It conditions the solve."""


class Contact(Physics):
    """Unilateral contact without friction with a rigid obstacle: p >= 0, g >= 0, p g = 0.

    p: contact pressure, Pa, an unknown on the boundary; it pushes the body against e and never pulls. e: the direction
    in which the obstacle lies. g = (y_O - y) . e - u_O: gap along e, m. y: current position of the body, with its
    displacement, m. y_O: position of the surface of the obstacle before it moves, m; flat, or curved as a function of
    position. u_O: displacement of the obstacle against e, m. It is given, or it is the unknown for which the integral
    of p is the given load.
    All of it holds as p = max(p - k g, 0), with a stiffness k, Pa/m, that conditions the solve and changes no result.
    On an obstacle that is flat the law is exact, for large motions too. A curved one is taken at the position of the
    boundary without its displacement, and pushes along e: its slope, and its slope times the displacement along it,
    must be small. A run ends where the obstacle touches a boundary that faces away from it.
    In a body that deforms the law holds in the mean over cells: at the end of a contact p and g may be a little below
    zero. In one that flows it holds at the corners of the cells, and so along all edges that are straight.
    Several obstacles may face one boundary, such as a plate above and a collector below, each with the name `obstacle`.
    The boundary then has to be all that they touch: where two boundaries meet, nothing tells which one is pressed.
    load: N, in a plane per metre of depth. Nothing can carry it before something touches, so a solve with a load begins
    with an obstacle that touches the body as it was before it deformed. Where its surface depends on unknowns,
    `initial` has to give an `obstacle_displacement` at which it touches.
    Source: Alart and Curnier, Comput. Methods Appl. Mech. Eng. 92 (1991) 353.
    """

    name = "contact"
    several = "obstacle"
    references = ("alart1991mixed",)
    requires = (balance("momentum"),)
    uses = (field("displacement"),)
    feeds = (EXPOSED_SHARE,)
    provides = (
        Field(
            "obstacle_displacement",
            "m",
            "displacement of the obstacle, towards the body positive",
            kind="global",
            scale="1 nm",
            when="load",
        ),
    )

    boundary = BoundaryOption("boundary that may touch the obstacle")
    obstacle = Text("name of the obstacle, where several may touch one boundary", default=None)
    surface = Quantity("m", "coordinate of the surface of the obstacle along its direction, before it moves")
    direction = Choice(_DIRECTIONS, "direction in which the obstacle lies; default the last coordinate", default=None)
    displacement = Quantity("m", "displacement of the obstacle towards the body", default=None, variables=("t",))
    load = Quantity(
        "N",
        "force of the obstacle on the body (in a plane: N per metre of depth)",
        default=None,
        minimum="0 N",
        variables=("t",),
    )
    stiffness = Quantity(
        "Pa/m", "stiffness k; default Young's modulus over the height of the cells", default=None, above="0 Pa/m"
    )

    wetted_gap = Quantity(
        "m",
        "gap that the electrolyte fills: in a narrower one the exposed share of the surface falls in proportion",
        default=None,
        above="0 m",
    )

    def contribute(self, model: Contribution) -> None:
        law, momentum = model.boundary(self.boundary), model.balance("momentum")
        axis = self.direction or model.coordinates.axes[-1]
        sign = -1 if axis.startswith("-") else 1
        axis = axis.removeprefix("-")
        along = model.coordinates.direction(axis)
        moved, targets = self._obstacle(model, law, axis, sign)
        deforms = model.has_field("displacement")
        place = model.position + model.field("displacement") if deforms else model.position
        gap = sign * (self.surface - dot(place, along)) - moved
        k = self.stiffness if self.stiffness is not None else model.property("youngs_modulus", "Pa") / model.cell_size
        p = law.constrain(
            lambda p: p - _pressed(p - k * gap),
            "Pa",
            momentum,
            "obstacle_pressure",
            "pressure of the obstacle on the body",
            along=sign * along,
            scale="1 MPa",
            at_nodes=not deforms,
        )
        for way, target in targets:
            model.constrain_integral(moved, law, moved if way == "displacement" else p, target, mean=way != "load")
        if self.wetted_gap is not None:
            law.feed(EXPOSED_SHARE, max_value(0, min_value(1, gap / self.wetted_gap)))
        touches = gt(p, k * gap)
        # Beyond the end of the contact the pressure of its last node goes on to the next, and presses nothing there.
        pushed = conditional(touches, max_value(p, 0), 0) * sign * dot(law.normal, along)
        why = "the obstacle lies outside the body"
        model.expect("obstacle_pressure_inwards", pushed, "Pa", why, minimum="0 Pa", law=law, hard=True)
        law.output_range("obstacle_pressure", p, "Pa", "pressure of the obstacle on the body", mean=True)
        law.output("obstacle_load", p, "Pa", "force of the obstacle on the body", "integral")
        law.output("obstacle_gap_min", gap, "m", "smallest gap; less than zero where the body is inside", "minimum")
        law.output("contact_area", conditional(touches, 1, 0), "1", "area that touches", "integral")

    def _obstacle(self, model: Contribution, law: Any, axis: str, sign: int) -> tuple[Any, list[tuple[str, Any]]]:
        """Return the displacement of the obstacle, and what determines it where it is unknown."""
        given = model.alternatives({way: getattr(self, way) for way in _WAYS})
        name = "obstacle_displacement"
        if list(given) == ["displacement"]:
            law.output(name, self.displacement, "m", "displacement of the obstacle, towards the body positive", "mean")
            return self.displacement, []
        model.set_scale(name, self._scale(model))
        if (start := self._touching(model, axis, sign)) is not None:
            model.set_start(name, start)
        return model.field(name), list(given.items())

    def _touching(self, model: Contribution, axis: str, sign: int) -> float | None:
        """Return the displacement, m, at which the obstacle reaches one whole facet; None if only the run can tell."""
        mesh, surface = model.mesh, self.options.values["surface"]
        known = {**dict(zip("xyz", mesh.points.T, strict=False)), "t": 0.0}
        if not surface.is_constant and not (surface.variables and surface.variables <= known.keys()):
            return None
        gap = sign * (surface.evaluate(known) - known[axis])
        facets = mesh.facets_of(mesh.boundaries[self.boundary].sets)
        return float(gap[facets].max(axis=1).min()) + self._scale(model)

    def _scale(self, model: Contribution) -> float:
        """Return a typical displacement of the obstacle, m."""
        if model.has_field("displacement"):
            return model.scale_of("displacement")
        return _SHARE * float(max(model.mesh.bounding_box[1] - model.mesh.bounding_box[0]))


def _pressed(p: Expression) -> Expression:
    """Return max(p, 0), with the slope of a contact at zero: what begins without a gap touches."""
    return conditional(ge(p, 0), p, 0)
