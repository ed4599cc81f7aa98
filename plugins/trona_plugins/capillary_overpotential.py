"""The curvature of a metal's surface shifts its equilibrium."""

from trona.plugin import (
    Balance,
    Choice,
    Contribution,
    Expression,
    Field,
    Identity,
    InterfaceLaw,
    InterfaceOption,
    ListOf,
    Physics,
    Quantity,
    Sum,
    UserError,
    as_vector,
    balance,
    det,
    dot,
    grad,
    inv,
    sqrt,
    transpose,
)
from trona_plugins.drops import CURVATURE, VOLTAGE
from trona_plugins.sums import CATION_VALENCE, MECHANICAL_OVERPOTENTIAL, REACTION_CURRENT, SURFACE_DISPLACEMENT

AREA = Sum("present_area", "1", "area of the current surface over its reference area", on="interface")
NORMAL = Sum("present_normal", "1", "normal of the current surface", on="interface", rank=1)


class CapillaryOverpotential(Physics):
    """Overpotential by curvature: eta_gamma = gamma V_m kappa/(z F), fed to the reaction; kappa = div_s n.

    eta_gamma: capillary overpotential, V, positive where it drives dissolution, as on a bump of the metal.
    kappa: curvature of the surface, the sum of the two principal curvatures, 1/m, positive where the metal is convex.
    n: unit normal from the metal into the ion conductor; div_s: divergence along the surface.
    gamma: surface energy, J/m2, isotropic. V_m: molar volume of the metal, m3/mol.
    z: charge number of the cations, an option of `ionic_charge`. F: Faraday constant, C/mol.

    The curvature is an unknown on the surface. Its equation, div_s (P e) = P : grad e - kappa n . e with P = I - n n,
    is the balance of forces along a direction e of a surface with unit tension, which needs no second derivative. e is
    a coordinate direction or points away from `centre`; the surface must nowhere be parallel to e, where n . e = 0.
    All of this holds on the current surface: the moved one if the mesh moves, and the old surface plus the height with
    `growth: {motion: height}`. At its ends the surface is taken to be perpendicular to e, as at a plane of symmetry: a
    surface that ends at another angle gets a curvature there that turns it.
    Source: Monroe and Newman, J. Electrochem. Soc. 150 (2003) A1377; the weak form: Dziuk, Numer. Math. 58 (1991) 603.
    """

    name = "capillary_overpotential"
    references = ("monroe2003dendrite", "dziuk1991algorithm")
    requires = (balance("charge"),)
    uses = (CATION_VALENCE, REACTION_CURRENT, SURFACE_DISPLACEMENT, AREA, NORMAL)
    feeds = (MECHANICAL_OVERPOTENTIAL, AREA, NORMAL)
    provides = (
        Field(
            "curvature",
            "1/m",
            "curvature of the surface, positive where the metal is convex",
            on="interface",
            kind="surface",
            scale="1 1/um",
            order_below=1,
            symbol=r"\kappa",
        ),
        Balance("curvature of the surface", "1/m", "curvature", "forces of a surface with unit tension"),
    )

    interface = InterfaceOption("metal | ion conductor, the metal named first")
    surface_energy = Quantity(
        "J/m^2", "surface energy; default the property of the metal", default=None, minimum="0 J/m^2"
    )
    direction = Choice(
        ("x", "y", "z"), "direction to which the surface is nowhere parallel; default the last coordinate", default=None
    )
    centre = ListOf(
        Quantity("m", "coordinate", variables=()),
        "point from which the direction points away, for round surfaces",
        default=None,
    )

    def contribute(self, model: Contribution) -> None:
        law = model.interface(self.interface)
        if model.coordinates.turns and model.dimension > 1:
            _refuse_cones(model, law)
        gamma = self.surface_energy
        if gamma is None:
            gamma = law.minus.property("surface_energy", "J/m^2")
        kappa, tension = model.field("curvature"), model.balance("curvature of the surface")
        # The surface X + D, written on X: lengths and areas as they become.
        moved = law.sum(SURFACE_DISPLACEMENT)
        F = Identity(model.dimension) + grad(moved)
        turned = det(F) * dot(transpose(inv(F)), law.normal)
        stretched = sqrt(dot(turned, turned))
        area, n = law.named(AREA, stretched), law.named(NORMAL, turned / stretched)
        e, spread = self._direction(model, model.position + moved, n)
        if model.coordinates.turns:
            radius = model.coordinates.radius
            turns = model.coordinates.turns
            area = area * (1 + moved[0] / radius) ** turns
            spread = spread + turns * e[0] / (radius + moved[0])
        tension.flux(area * dot(inv(F), e - dot(n, e) * n))
        if spread:
            tension.source(area * spread)
        tension.source(-area * kappa * dot(n, e))
        gamma = gamma / law.plus.sum(CATION_VALENCE)
        eta = gamma * law.minus.property("molar_volume", "m^3/mol") * kappa / model.constant("faraday_constant")
        law.feed(MECHANICAL_OVERPOTENTIAL, eta)
        law.drop(VOLTAGE, CURVATURE, -law.sum(REACTION_CURRENT) * eta)
        law.define("capillary_overpotential", eta, "V", "capillary overpotential", symbol=r"\eta_\gamma")
        law.output_range("curvature", kappa, "1/m", "curvature of the metal's surface", symbol=r"\kappa")
        law.output_range("capillary_overpotential", eta, "V", "capillary overpotential", symbol=r"\eta_\gamma")

    def _direction(self, model: Contribution, x: Expression, n: Expression) -> tuple[Expression, Expression]:
        """Return e and P : grad e."""
        if self.centre is None:
            return model.coordinates.direction(self.direction), 0
        if self.direction is not None:
            raise UserError("give direction or centre, not both")
        if len(self.centre) != model.dimension:
            raise UserError(f"centre needs {model.dimension} coordinates here, got {len(self.centre)}")
        place = [model.option_value(c, f"{self.owner}.centre") for c in self.centre]
        away = x - as_vector(place)
        distance = sqrt(dot(away, away))
        e = away / distance
        return e, (model.dimension - 2 + dot(n, e) ** 2) / distance


def _refuse_cones(model: Contribution, law: InterfaceLaw) -> None:
    """Refuse a surface of straight facets that meets the axis other than at a right angle.

    The first facet is the tip of a cone there: its mean curvature is right, its curvature on the axis is not.
    """
    mesh = model.mesh
    ends = mesh.points[mesh.facets[[s in mesh.interfaces[law.key].sets for s in mesh.facet_set]]]
    size = float(mesh.bounding_box.max())
    on_axis = abs(ends[:, :, 0]).min(axis=1) < 1e-9 * size
    rise = abs(ends[:, 0, 1] - ends[:, 1, 1])
    if (rise[on_axis] > 1e-9 * size).any():
        raise UserError(
            f"{law.name} meets the axis at an angle, where straight facets give a wrong curvature; "
            "make it flat there and give it its shape by a height, or leave out the axis"
        )
