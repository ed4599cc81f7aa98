"""Faults where the mesh moves, where rates are unknowns, and around an axis."""

from __future__ import annotations

from functools import partial

from mutants import Mutant

_MOVING = "tests/problem/test_moving_interface.py"
_GROWS = (
    f"{_MOVING}::test_mean_thickness_is_that_of_the_charge",
    f"{_MOVING}::test_an_amplitude_grows_as_linear_theory_says",
)
_WARM = (
    f"{_MOVING}::test_what_is_the_same_everywhere_stays_so",
    f"{_MOVING}::test_added_metal_brings_its_heat",
)
_AGREE = (f"{_MOVING}::test_all_directions_agree_with_one",)
_PRESSED = (f"{_MOVING}::test_pressure_acts_on_the_surface_as_it_is",)

lower = partial(Mutant, file="core/trona/problem/lower.py", decks=())
motion = partial(Mutant, file="core/trona/model/moving.py", decks=())
creeping = partial(lower, tests=("tests/plugins/test_creep.py::test_uniaxial_rate_and_slope[Na]",))
round_an_axis = partial(
    Mutant, decks=(), tests=("tests/plugins/test_elasticity.py::test_spherical_shell_axisymmetric",)
)

_PRESENT = "found = ufl.dot(gradient, ufl.inv(self.deformation(self._some(side))))"
_STRETCHED = "stretched = ufl.dot(ufl.transpose(ufl.inv(F)), self._outward())"
_TURNED = "turned = ufl.dot(ufl.transpose(ufl.inv(self.deformation(self._some(None)))), self._outward())"
_RATE = "parts = (a * self.value(component, k, from_reference=True) for k, a in enumerate(weights))"
_HOOP = "ufl.conditional(ufl.gt(self.radius, 0), vector[0] / self.radius, slope[0, 0])"

MOTION = (
    lower("core-pull-back-transposed", kind="swapped", what="gradients pulled back from the other side", old=_PRESENT, new="found = ufl.dot(gradient, self.deformation(self._some(side)))", tests=(*_GROWS, *_AGREE)),
    lower("core-pull-back-dropped", kind="missing term", what="gradients as in the mesh that was read", old=_PRESENT, new="found = gradient", tests=(*_GROWS, *_AGREE)),
    lower("core-volume-as-read", kind="missing term", what="volumes as in the mesh that was read", old="factors.append(ufl.det(F))", new="factors.append(ufl.as_ufl(1.0))", tests=_WARM),
    lower("core-area-as-read", kind="missing term", what="areas as in the mesh that was read", old="factors.append(abs(ufl.det(F)) * ufl.sqrt(ufl.dot(stretched, stretched)))", new="factors.append(ufl.as_ufl(1.0))", tests=(*_GROWS, *_PRESSED)),
    lower("core-area-unturned", kind="swapped", what="areas by the deformation, not its inverse", old=_STRETCHED, new=_STRETCHED.replace("ufl.inv(F)", "F"), tests=(*_GROWS, *_PRESSED)),
    lower("core-normal-as-read", kind="missing term", what="normals as in the mesh that was read", old=_TURNED, new="turned = self._outward()", tests=(*_GROWS, *_PRESSED)),
    lower("core-position-as-read", kind="missing term", what="positions as in the mesh that was read", old="return x if self.motion is None else x + self.displacement(self._some(None))", new="return x", tests=("tests/session/test_remeshing.py::test_growth_is_that_of_the_charge_across_a_new_mesh",)),
    creeping("core-rate-lagged", file="core/trona/problem/unknowns.py", kind="time level", what="rates of unknowns one level late", old=_RATE, new=_RATE.replace("component, k,", "component, k + 1,")),
    creeping("core-rate-sign", file="core/trona/problem/unknowns.py", kind="sign", what="rates of unknowns reversed", old=_RATE, new=_RATE.replace("(a *", "(-a *")),
    motion("core-motion-sign", kind="sign", what="interfaces move backwards", old="residual = ufl.dot(motion.velocity(side), draft.symbols.n) - velocity", new="residual = ufl.dot(motion.velocity(side), draft.symbols.n) + velocity", tests=_GROWS),
    motion("core-accretion-dropped", kind="missing term", what="added matter brings nothing", old="speed = ufl.dot(motion.velocity(side), draft.symbols.n)", new="speed = 0 * ufl.dot(motion.velocity(side), draft.symbols.n)", tests=_WARM),
    motion("core-through-sign", kind="sign", what="matter at rest passes the wrong way through the mesh", old='add("flux", -through, blocks=(block,))', new='add("flux", through, blocks=(block,))', tests=_WARM),
    motion("core-riding-diluted", kind="missing term", what="what rides is thinned where the mesh expands", old='        add("source", amount * ufl.div(velocity), blocks=(block,))', new="        pass", tests=_WARM),
    round_an_axis("core-axis-weight", file="core/trona/problem/lower.py", kind="factor", what="volumes around an axis doubled at its distance", old="stands_for(self._geometry(coordinates.position)[0])", new="stands_for(self._geometry(coordinates.position)[0] ** 2)"),
    round_an_axis("core-axis-hoop", file="core/trona/model/coordinates.py", kind="missing term", what="no hoop strain", old=_HOOP, new="0.0"),
    round_an_axis("core-axis-turning", file="core/trona/model/coordinates.py", kind="sign", what="hoop stress pushes outwards", old="inwards = -sum(", new="inwards = sum("),
)
