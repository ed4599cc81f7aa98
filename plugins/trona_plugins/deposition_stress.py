"""Stress of a film under which metal is deposited."""

from trona.plugin import (
    Balance,
    Choice,
    Contribution,
    Field,
    InterfaceOption,
    Physics,
    Quantity,
    UserError,
    balance,
    dot,
)
from trona_plugins.sums import GROWTH_VELOCITY


class DepositionStress(Physics):
    """A deposit lifts the film over it: t = K_n (g . n) n + K_t (g - (g . n) n), g = [u] - h e, d(h e . n)/dt = v_n.

    t = sigma n: traction on the surface of the metal and, with opposite sign, on the film, Pa; n points from metal to
    film.
    [u] = u_film - u_metal: jump of the displacement, m. h: height of the deposit between them, m, along the direction
    e; the deposit has the volume h e . n per area. v_n: growth velocity, m/s, which other physics feed at the
    interface. K_n, K_t: stiffness of the interface, Pa/m. K_n models contact, and holds the film in tension as well as
    in compression. If it is large compared with E/d, with E the modulus and d the thickness of the film, its value does
    not matter. With K_t = 0 the film slides on the deposit; with a large K_t it sticks.
    A deposit of uniform height lifts the film without stress; an uneven one bends it. The deposit has the strain of the
    metal on which it grows. Where the mesh moves with the deposit, displacements are measured from the initial position
    of the film, and e must be the direction of the motion.
    Source: Mura, Micromechanics of Defects in Solids, 2nd ed., Nijhoff 1987, section 1: h is an eigenstrain in an
    interface with the stiffness of a linear spring.
    """

    name = "deposition_stress"
    references = ("mura1987micromechanics",)
    requires = (balance("momentum"),)
    uses = (GROWTH_VELOCITY,)
    provides = (
        Field("deposit_height", "m", "height of the deposit", on="interface", kind="surface", scale="1 nm"),
        Balance("deposit", "m/s", "deposit_height", "volume of the deposit"),
    )

    interface = InterfaceOption("metal | film, the metal named first")
    normal_stiffness = Quantity("Pa/m", "stiffness of the interface along its normal", above="0 Pa/m")
    shear_stiffness = Quantity("Pa/m", "stiffness of the interface against sliding", default="0 Pa/m", minimum="0 Pa/m")
    direction = Choice(("x", "y", "z"), "direction of the height; default the last coordinate", default=None)

    def contribute(self, model: Contribution) -> None:
        if model.steady:
            raise UserError("a deposit grows over time; give 'time'")
        along = model.coordinates.direction(self.direction)
        law, momentum = model.interface(self.interface), model.balance("momentum")
        for side in (law.minus, law.plus):
            if not side.has("momentum"):
                raise UserError(f"{side.block} must deform too; add it to the blocks of 'elasticity'")
        height, deposit = model.field("deposit_height"), model.balance("deposit")
        deposit.storage(height * dot(along, law.normal))
        deposit.source(law.sum(GROWTH_VELOCITY))
        gap = law.plus.field("displacement") - law.minus.field("displacement") - height * along
        opening = dot(gap, law.normal)
        sliding = gap - opening * law.normal
        pressure = -self.normal_stiffness * opening
        # Momentum flows along -sigma.
        law.exchange(pressure * law.normal - self.shear_stiffness * sliding, minus=momentum, plus=momentum)
        law.output_range("deposit_height", height, "m", "height of the deposit", mean=True)
        law.output_range("contact_pressure", pressure, "Pa", "pressure of the film on the metal")
