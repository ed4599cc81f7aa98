"""Cracks along an interface: a cohesive law with damage."""

from typing import Any

from trona.plugin import (
    Balance,
    Contribution,
    Field,
    InterfaceLaw,
    InterfaceOption,
    Number,
    Physics,
    Quantity,
    UserError,
    balance,
    dot,
    max_value,
    min_value,
    sqrt,
)
from trona_plugins.sums import DAMAGE, GROWTH_VELOCITY

_NOTHING = 1e-30
"""Part of the opening at the strength, added under the root so that it has a slope where nothing has moved."""


class Cohesive(Physics):
    """An interface that cracks: t = (1 - D) K (<w_n> n + b^2 w_t) - K <-w_n> n, with the irreversible damage D.

    t = sigma n: traction on side A and, with opposite sign, on side B, Pa; n points from A to B. w = u_B - u_A: jump of
    the displacement, m; w_n = w . n is its opening, w_t = w - w_n n its sliding; <x> is x where positive, else 0.
    w_e = sqrt(<w_n>^2 + b^2 |w_t|^2): effective opening, m; b weighs sliding against opening.
    w_m: largest effective opening so far, m, an unknown on the interface: dw_m/dt >= 0, w_m >= w_e, one of them equal.
    D = w_f (w_m - w_0)/(w_m (w_f - w_0)), 0 below w_0 = s/K and 1 above w_f = 2 G/s. s: strength, Pa. G: fracture
    energy, J/m2. K: stiffness of the intact interface, Pa/m; it resists compression, which damages nothing, as well.
    The traction rises to s at w_0 and falls to 0 at w_f, in a straight line each; unloading leads back to the origin.
    Where the mesh moves, w is still the jump of the displacement, and n the current normal. A crack has taken the
    energy G (w_m - w_0)/(w_f - w_0) per area.
    With a relaxation time tau, s, the damage lags: dw_m/dt = <w_e - w_m>/tau. A crack that would run faster than it is
    loaded, for which there is no equilibrium, then runs with the speed that tau allows, and takes more energy than G.
    The cells must resolve the length E G/s^2 over which a crack with the modulus E around it opens.
    Source: Ortiz and Pandolfi, Int. J. Numer. Methods Eng. 44 (1999) 1267 (effective opening, irreversibility);
    Geubelle and Baylor, Composites B 29 (1998) 589 (straight lines).
    """

    name = "cohesive"
    references = ("ortiz1999finite", "geubelle1998impact")
    first_order = True  # its largest opening stays
    requires = (balance("momentum"),)
    uses = (GROWTH_VELOCITY,)
    feeds = (DAMAGE,)
    provides = (
        Field(
            "largest_opening",
            "m",
            "largest effective opening so far",
            on="interface",
            kind="surface",
            scale="1 nm",
            element="discontinuous",
            order_below=1,
        ),
        Balance("damage", "m", "largest_opening", "irreversible opening"),
    )

    interface = InterfaceOption("where a crack may run: A | B")
    strength = Quantity("Pa", "largest traction that it bears", above="0 Pa", usual=("1 Pa", "100 GPa"))
    fracture_energy = Quantity("J/m^2", "energy per area that a crack takes", above="0 J/m^2")
    stiffness = Quantity("Pa/m", "stiffness of the intact interface, also in compression", above="0 Pa/m")
    sliding = Number("weight b of sliding against opening; 0 leaves sliding free", default="1", minimum=0)
    relaxation = Quantity("s", "time tau by which damage lags; it lets a crack run", default="0 s", minimum="0 s")

    def contribute(self, model: Contribution) -> None:
        law, momentum = model.interface(self.interface), model.balance("momentum")
        self._check(model, law)
        K, s, G = self.stiffness, self.strength, self.fracture_energy
        first, last = s / K, 2 * G / s
        w = law.plus.field("displacement") - law.minus.field("displacement")
        opening = dot(w, law.normal)
        opened, slid = max_value(opening, 0), w - opening * law.normal
        effective = sqrt(opened**2 + self.sliding**2 * dot(slid, slid) + (_NOTHING * first) ** 2)

        largest = model.field("largest_opening")
        # One of two lengths is zero; the time only makes a length of the rate.
        rate = model.rate("largest_opening")
        behind = largest + self.relaxation * rate - effective
        model.balance("damage").source(-min_value(model.time * rate, behind))

        reached = min_value(max_value(largest, first), last)
        damage = last * (reached - first) / (reached * (last - first))
        held = (1 - damage) * K
        traction = held * (opened * law.normal + self.sliding**2 * slid) + K * (opening - opened) * law.normal
        # Momentum flows along -sigma.
        law.exchange(-traction, minus=momentum, plus=momentum)

        law.feed(DAMAGE, damage)
        law.define("cohesive_damage", damage, "1", "damage of the interface: 0 intact, 1 open")
        law.define("opening", opening, "m", "opening of the interface", symbol=r"\delta_\mathrm{n}")
        law.output_range("cohesive_damage", damage, "1", "damage of the interface", mean=True)
        law.output_range("opening", opening, "m", "opening of the interface", mean=True, symbol=r"\delta_\mathrm{n}")
        pull = dot(traction, law.normal)
        law.output_range("cohesive_traction", pull, "Pa", "traction along the normal, tension positive", mean=True)
        along = traction - pull * law.normal
        shear = sqrt(dot(along, along))
        law.output_range("cohesive_shear", shear, "Pa", "traction along the interface", mean=True)
        law.output_range("largest_opening", largest, "m", "opening that counts for damage", mean=True)
        spent = G * (reached - first) / (last - first)
        law.output("crack_energy", spent, "J/m^2", "energy that the crack has taken", "integral")
        stored = (held * effective**2 + K * (opening - opened) ** 2) / 2
        law.output("cohesive_energy", stored, "J/m^2", "elastic energy of the interface", "integral")

    def _check(self, model: Contribution, law: InterfaceLaw) -> None:
        for side in (law.minus, law.plus):
            if not side.has("momentum"):
                raise UserError(f"{side.block} must deform too; add it to the blocks of 'elasticity'")
        if model.steady:
            raise UserError("damage depends on what was before; give 'time'")
        if law.is_fed(GROWTH_VELOCITY):
            raise UserError("metal that is deposited fills a crack; let it run along an interface that does not grow")
        given: list[Any] = [self.options.values[name] for name in ("strength", "fracture_energy", "stiffness")]
        if all(each.is_constant for each in given):
            s, G, K = (each.constant for each in given)
            if s**2 / (2 * G) >= K:
                raise UserError(
                    f"the stiffness must be above strength^2/(2 fracture_energy) = {s**2 / (2 * G):.3g} Pa/m, where a "
                    f"crack would open at once, got {K:.3g} Pa/m"
                )
