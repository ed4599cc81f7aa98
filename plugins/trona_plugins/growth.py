"""Motion of the surface of a metal by the reaction there."""

from trona.plugin import (
    Balance,
    Choice,
    Contribution,
    Expression,
    Field,
    InterfaceLaw,
    InterfaceOption,
    Physics,
    UserError,
    balance,
    dot,
    grad,
    sqrt,
)
from trona_plugins.sums import (
    CATION_VALENCE,
    GROWTH_VELOCITY,
    REACTION_CURRENT,
    RECESSION_VELOCITY,
    SURFACE_DISPLACEMENT,
)


class Growth(Physics):
    """The surface of a metal moves as metal is deposited or dissolved: v_n = -i V_m/(z F) - v_r.

    v_n: velocity along the normal from the metal into the ion conductor, m/s. i: reaction current density, A/m2,
    anodic (dissolving) positive. V_m: molar volume of the metal, m3/mol. z: charge number of the cations, an option of
    `ionic_charge`, which is the number of electrons per atom. F: Faraday constant, C/mol.
    v_r: velocity at which the surface recedes for other reasons, such as creep, m/s.
    With `motion: mesh` the mesh moves with the surface and pushes the ion conductor along. With `addition: surface` the
    metal stays where it is and grows at its surface; with `addition: volume` new metal is added wherever the mesh
    expands, and the existing metal moves along. Creep strain is known only cell by cell: choose `volume` where the mesh
    of a creeping metal moves by more than one cell.
    With `motion: height` the mesh does not move, and only the height h, m, of the new surface above the old one is
    computed: dh/dt = v_n / (n . e), with e the direction of h and n the normal of the new surface; on a flat surface
    this is v_n sqrt(1 + h_x^2). Use it for changes much smaller than the cell, since the other equations do not see h.
    Source: Monroe and Newman, J. Electrochem. Soc. 150 (2003) A1377.
    """

    name = "growth"
    references = ("monroe2003dendrite",)
    requires = (balance("charge"), REACTION_CURRENT)
    uses = (balance("momentum"), CATION_VALENCE, RECESSION_VELOCITY, SURFACE_DISPLACEMENT)
    feeds = (GROWTH_VELOCITY, SURFACE_DISPLACEMENT)
    provides = (
        Field(
            "height",
            "m",
            "height of the new surface above the old one",
            on="interface",
            kind="surface",
            scale="1 nm",
            when="motion: height",
            symbol="h",
        ),
        Balance("height of the surface", "m/s", "height", "height of the surface"),
    )

    interface = InterfaceOption("metal | ion conductor, the metal named first")
    motion = Choice(("mesh", "height"), "what moves: the mesh, or only a height that is recorded", default="mesh")
    addition = Choice(
        ("surface", "volume"),
        "where a moving mesh adds new metal: at the surface, or throughout the metal",
        default="surface",
    )
    direction = Choice(("x", "y", "z"), "direction of the height; default the last coordinate", default=None)

    def contribute(self, model: Contribution) -> None:
        law = model.interface(self.interface)
        z, F = law.plus.sum(CATION_VALENCE), model.constant("faraday_constant")
        current = law.sum(REACTION_CURRENT)
        volume = law.minus.property("molar_volume", "m^3/mol")
        velocity = -current * volume / (z * F) - law.sum(RECESSION_VELOCITY)
        law.feed(GROWTH_VELOCITY, velocity)
        if self.motion == "mesh":
            if self.direction is not None:
                raise UserError("direction is for a height; how the mesh moves is set under 'motion'")
            law.move(velocity, resting="minus" if self.addition == "surface" else None)
        else:
            self._follow(model, law, velocity)
        self._heights(model, law)
        law.output_range("growth_velocity", velocity, "m/s", "velocity of the surface", mean=True, symbol="v")

    def _heights(self, model: Contribution, law: InterfaceLaw) -> None:
        """Report how high the new surface reaches, with what the metal under it has moved, as by creep."""
        axis = self.direction or model.coordinates.axes[-1]
        place = model.position + law.sum(SURFACE_DISPLACEMENT)
        if law.minus.has("momentum"):
            place = place + law.minus.field("displacement")
        reached = dot(place, model.coordinates.direction(axis))
        text = f"{axis} of the new surface, moved with the metal"
        law.output("surface_top", reached, "m", f"largest {text}", "maximum")
        law.output("surface_bottom", reached, "m", f"smallest {text}", "minimum")

    def _follow(self, model: Contribution, law: InterfaceLaw, velocity: Expression) -> None:
        """Let the height of the new surface over the old one grow."""
        if model.steady:
            raise UserError("a height grows over time; give 'time'")
        along = model.coordinates.direction(self.direction)
        height, surface = model.field("height"), model.balance("height of the surface")
        law.feed(SURFACE_DISPLACEMENT, height * along)
        slope = grad(height)
        steepness = 1 + dot(slope, along)
        # The surface X + h e has the normal n - slope (n . e)/steepness, up to its length.
        normal = law.normal - slope * dot(law.normal, along) / steepness
        surface.storage(height)
        surface.source(velocity * steepness * sqrt(dot(normal, normal)) / dot(law.normal, along))
        law.output_range("height", height, "m", "height of the new surface", mean=True, symbol="h")
