"""Faults in the flow of a metal that creeps, and in its free surface."""

from __future__ import annotations

from functools import partial

from mutants import Mutant

_TEST = "tests/plugins/test_creeping_flow.py"

flow = partial(
    Mutant,
    file="plugins/trona_plugins/creeping_flow.py",
    decks=(),
    tests=(f"{_TEST}::test_profile_between_walls[tube]",),
)
pressed = partial(flow, tests=(f"{_TEST}::test_a_constant_load_presses_to_a_fifth[axisymmetric]",))
surface = partial(pressed, file="plugins/trona_plugins/free_surface.py")
plated = partial(surface, tests=(f"{_TEST}::test_an_island_that_is_plated_keeps_its_shape",))
covered = partial(
    Mutant,
    file="plugins/trona_plugins/contact.py",
    decks=(),
    tests=(f"{_TEST}::test_nothing_is_plated_where_a_plate_lies",),
)
flattened = partial(covered, tests=(f"{_TEST}::test_a_plate_flattens_an_island",))
nodal = partial(
    Mutant,
    decks=(),
    tests=(
        "tests/problem/test_constraints_at_nodes.py::test_neither_side_is_passed[planar]",
        "tests/problem/test_constraints_at_nodes.py::test_neither_side_is_passed[axisymmetric]",
    ),
)
levelled = partial(
    Mutant,
    file="plugins/trona_plugins/free_surface.py",
    decks=(),
    tests=("tests/plugins/test_creeping_flow.py::test_bumps_are_levelled[16]",),
)

FLOWS = (
    flow("flow-exponent", kind="argument", what="stress to the power of n for n - 1", old="y ** (n - 1) + self", new="y**n + self"),
    flow("flow-equivalent", kind="factor", what="rate 1.5 times as small at a stress", old="1.5 * (y ** (n", new="1.0 * (y ** (n"),
    flow("flow-von-mises", kind="factor", what="von Mises stress without its factor", old="y = sqrt(1.5 * inner(s, s)", new="y = sqrt(1.0 * inner(s, s)"),
    flow("flow-scaling", kind="missing term", what="one side of the law is scaled alone", old="/ (A * sqrt(1 + x))", new="/ A"),
    flow("flow-asymmetric", kind="missing term", what="the gradient for the rate of strain", old="D = dev(sym(slope))", new="D = dev(slope)"),
    pressed("flow-rate-told", kind="factor", what="rate that is reported", old="A * y**n + self", new="2 * A * y**n + self"),
    pressed("flow-hydrostatic", kind="sign", what="hydrostatic stress as pressure", old="momentum.flux(-sigma_h", new="momentum.flux(sigma_h"),
    surface("surface-rests", kind="missing term", what="the surface does not follow the metal", old="outwards = dot(v, law.normal)", new="outwards = 0 * dot(v, law.normal)"),
    plated("surface-sign", kind="sign", what="plating dissolves", old="outwards -= share", new="outwards += share"),
    plated("surface-valence", kind="factor", what="half the charge per atom", old='carried = self.electrons * model', new='carried = 0.5 * self.electrons * model'),
    plated("surface-charge", kind="sign", what="the volume falls by what is plated", old='carried * moles, -self', new='carried * moles, self'),
    plated("surface-first-volume", kind="factor", what="first volume by the mean radius of corners alone", old="middle * (d + 1) / (d + 2)", new="middle * d / (d + 2)"),
    flattened("flow-contact-mean", kind="argument", what="a plate that holds in the mean over cells", old="at_nodes=not deforms", new="at_nodes=False"),
    nodal("core-nodes-mean", file="core/trona/problem/forms.py", kind="missing term", what="constraints at nodes hold in the mean over cells", old="at_nodes = constraint.at_nodes and not component.points", new="at_nodes = False"),
    nodal("core-nodes-weighed", file="core/trona/problem/forms.py", kind="factor", what="constraints at nodes weigh nothing on an axis", old="None if site.rule is not None else lowering.weight()", new="lowering.weight()"),
    levelled("surface-levelling-sign", kind="sign", what="bumps grow", old="1 - self.levelling * kappa", new="1 + self.levelling * kappa"),
    levelled("surface-levelling-half", kind="factor", what="half of the levelling", old="1 - self.levelling * kappa", new="1 - 0.5 * self.levelling * kappa"),
    levelled("surface-curvature-tension", kind="missing term", what="normals in the mean for normals", old="tension.flux(mean - dot(n, mean) * n)", new="tension.flux(0 * n)"),
    levelled("surface-curvature-spread", kind="factor", what="half of the divergence of the normal", old="tension.source(spread - kappa)", new="tension.source(spread / 2 - kappa)"),
    covered("surface-covered", kind="missing term", what="plated under the plate too", old="min_value(1, gap", new="max_value(1, gap"),
)
