"""Faults where core turns a declaration into what is solved."""

from __future__ import annotations

from functools import partial

from mutants import Mutant

_HEAT = "tests/problem/test_heat_on_strips.py"
_NUMBERS = "tests/problem/test_numbers_over_blocks.py"
_CONTROL = "tests/problem/test_kinetics_on_strips.py::test_control_of_the_current"
_ORDER = "tests/stepper/test_stepping.py::test_order"

heat = partial(Mutant, decks=("warming",), tests=(_HEAT,))
steps = partial(Mutant, decks=("warming",), tests=("tests/stepper/test_bdf.py", _ORDER, _HEAT))
control = partial(Mutant, decks=("film", "couple"), tests=(_CONTROL,))
numbers = partial(
    Mutant,
    file="core/trona/problem/forms.py",
    decks=(),
    tests=(f"{_NUMBERS}::test_slabs_cylinders_and_spheres[blocks1-1.0-spherical]",),
)
cell = partial(
    Mutant,
    decks=("cell",),
    tests=("tests/problem/test_kinetics_on_strips.py::test_metal_that_conducts", _HEAT),
)
_SIDES = "((minus, self.minus, -1), (plus, self.plus, 1))"
_MADE = "labels, density, term.plugin"
_LEVELS = "zip(reversed(states[1:]), reversed(states[:-1]), strict=True)"
_SNES = "fd.NonlinearVariationalProblem(residual, unknowns.states[0], bcs)"
_BDF2 = "(1 + 2 * ratio) / (1 + ratio) / now, -(1 + ratio) / now, ratio**2 / (1 + ratio) / now"

CORE = (
    heat("core-flux-sign", file="core/trona/problem/forms.py", kind="sign", what="weak form of fluxes reversed", old='"surface")\n                # Not ufl.inner of the lowered sum: kept as one product, so that blocks with equal terms merge.\n                return integral.density.map(lambda q, slope: -ufl', new='"surface")\n                return integral.density.map(lambda q, slope: ufl'),
    heat("core-storage-sign", file="core/trona/problem/forms.py", kind="sign", what="weak form of storage reversed", old="self._rate(placed.expression, site).map(neg)", new="self._rate(placed.expression, site)"),
    heat("core-inflow-sign", file="core/trona/problem/forms.py", kind="sign", what="what enters through a boundary leaves", old=_MADE, new=_MADE.replace("density", "(density.map(neg) if term.kind == 'inflow' else density)")),
    heat("core-inflow-half", file="core/trona/problem/forms.py", kind="factor", what="half of what enters through a boundary", old=_MADE, new=_MADE.replace("density", "(density.map(lambda d: d / 2) if term.kind == 'inflow' else density)")),
    cell("core-exchange-sign", file="core/trona/model/interface.py", kind="sign", what="what leaves one side leaves the other too", old=_SIDES, new="((minus, self.minus, -1), (plus, self.plus, -1))"),
    cell("core-exchange-reversed", file="core/trona/model/interface.py", kind="side", what="sides of every exchange swapped", old=_SIDES, new="((minus, self.minus, 1), (plus, self.plus, -1))"),
    cell("core-exchange-dropped", file="core/trona/model/interface.py", kind="missing term", what="only one side of every exchange", old=_SIDES, new="((minus, self.minus, -1),)"),
    heat("core-exchange-lagged", file="core/trona/problem/forms.py", kind="time level", what="exchange taken at the level before", old=_MADE, new=_MADE.replace("density", "(self.lower(placed.expression, site, 1) if term.kind == 'exchange' else density)")),
    heat("core-all-lagged", file="core/trona/problem/forms.py", kind="time level", what="fluxes and sources taken at the level before", old="self.lower(placed.expression, site, test=component", new="self.lower(placed.expression, site, 1, component"),
    heat("core-inputs-lagged", file="core/trona/problem/lower.py", kind="time level", what="values of the deck taken at the level before", old="self.inputs.coefficient(o, self.site, self.level)", new="self.inputs.coefficient(o, self.site, self.level + 1)"),
    heat("core-storage-level", file="core/trona/problem/forms.py", kind="time level", what="newest past level taken for the present one", old="self._lowering(site, level, from_reference", new="self._lowering(site, max(level, 1), from_reference"),
    steps("core-shift", file="core/trona/problem/problem.py", kind="time level", what="all past levels become the newest", old=_LEVELS, new="zip(states[1:], states[:-1], strict=True)"),
    steps("core-times", file="core/trona/stepper/stepper.py", kind="time level", what="data of a step taken at its begin", old="times = [self.time + steps[0]]", new="times = [self.time]"),
    steps("core-bdf2-even", file="core/trona/stepper/bdf.py", kind="time level", what="steps taken as even", old="ratio = now / steps[1]", new="ratio = 1.0"),
    steps("core-bdf2-weight", file="core/trona/stepper/bdf.py", kind="factor", what="weights of order 2 of which one is off", old=_BDF2, new=_BDF2.replace("1 + 2 * ratio", "1 + ratio")),
    steps("core-bdf2-inverse", file="core/trona/stepper/bdf.py", kind="swapped", what="ratio of steps inverted", old="ratio = now / steps[1]", new="ratio = steps[1] / now"),
    steps("core-bdf1-double", file="core/trona/stepper/bdf.py", kind="factor", what="rate of order 1 doubled", old="return 1 / now, -1 / now, 0.0", new="return 2 / now, -2 / now, 0.0"),
    heat("core-facet-labels", file="core/trona/problem/meshes.py", kind="swapped", what="labels of boundaries off by one", old="return tuple(s + 1 for s in sets)", new="return tuple(s for s in sets)"),
    heat("core-blocks-merged", file="core/trona/problem/inputs.py", kind="swapped", what="the last block's properties in all blocks", old="function.dat.data_with_halos[cells] =", new="function.dat.data_with_halos[:] ="),
    control("core-constraint-sign", file="core/trona/problem/forms.py", kind="sign", what="given current with the wrong sign", old="lambda s, e, t: e - s * t", new="lambda s, e, t: e + s * t"),
    control("core-share", file="core/trona/problem/forms.py", kind="swapped", what="total taken for mean and mean for total", old="if constraint.mean:", new="if not constraint.mean:"),
    numbers("core-number-half", kind="factor", what="a total over blocks and laws twice as large", old="size = extent_of(constraint.patches, self.model.mesh)", new="size = extent_of(constraint.patches, self.model.mesh) / 2"),
    numbers("core-number-flat", kind="missing term", what="volumes of a mean and a total as in the plane, without 2 pi r", old="weight = self._weight(integral.site, moving=integral.moving)", new='weight = Lowered(None) if integral.kind == "constraint" else self._weight(integral.site, moving=integral.moving)'),
    numbers("core-number-one-block", kind="missing term", what="a mean over several blocks taken over the first", old="for patch in g.patches:", new="for patch in g.patches[:1]:"),
    heat("core-test-scaled", file="core/trona/problem/unknowns.py", kind="solver", what="rows not divided by their scale", old="lambda: self.tests[component.index] / component.row", new="lambda: self.tests[component.index]"),
    heat("core-reference-offset", file="core/trona/problem/problem.py", kind="missing term", what="fixed values not measured from the reference", old="fd.DirichletBC(part, (given - offset) / component.scale", new="fd.DirichletBC(part, given / component.scale"),
    heat("core-initial-offset", file="core/trona/problem/problem.py", kind="missing term", what="initial values not measured from the reference", old="value if field.shape else value - component.reference", new="value"),
    cell("core-reference-dropped", file="core/trona/problem/unknowns.py", kind="missing term", what="values without their reference", old="else component.reference + scaled", new="else scaled"),
    cell("core-jacobian-surface", file="core/trona/problem/solver.py", kind="solver", what="Jacobian without the terms at interfaces and boundaries", old=_SNES, new='fd.NonlinearVariationalProblem(residual, unknowns.states[0], bcs, J=fd.derivative(type(residual)([i for i in residual.integrals() if i.integral_type() == "cell"]), unknowns.states[0]))'),
    cell("core-jacobian-factor", file="core/trona/problem/solver.py", kind="solver", what="Jacobian 10 % too large", old=_SNES, new="fd.NonlinearVariationalProblem(residual, unknowns.states[0], bcs, J=1.1 * fd.derivative(residual, unknowns.states[0]))"),
    cell("core-converged-at-once", file="core/trona/problem/convergence.py", kind="solver", what="solved when a tenth of the residual is left", old="imbalances[i] <= self.relative * self._first[i] for i in rest", new="imbalances[i] <= 0.1 * self._first[i] for i in rest"),
)
