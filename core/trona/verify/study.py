"""Refinement of the mesh and of the time step with a manufactured solution; errors and their orders."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf, log
from typing import TYPE_CHECKING, Any, Literal

import firedrake as fd
import numpy as np

from trona.mesh import refine, with_all_facets
from trona.model import Model, compose
from trona.model.symbols import FieldSymbol
from trona.model.unknown import symbols_in
from trona.problem import Problem
from trona.problem.constant import Constant
from trona.stepper import bdf
from trona.verify.dependences import Unforeseen, unforeseen
from trona.verify.exact import ExactState
from trona.verify.posed import FluxResponse, flux_responses
from trona.verify.reading import Measure, Reading, collected
from trona.verify.readings import readings
from trona.verify.strong import StrongForm, normal_flux
from trona.verify.taylor import TaylorRow, taylor_test
from trona.verify.term_sums import TermSum, term_sums
from trona.verify.time_scales import largest_time_scale, smallest_time_scale

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from trona.problem.unknowns import Component
    from trona.settings import Settings
    from trona.settings.time import TimeSettings

    Progress = Callable[[str], None]

_SLACK = 0.1  # tolerance of an observed order below the theory
_EXACT = 1e-11  # a relative error that counts as exact
_STEPS = (8, 16, 32, 64, 128)
"""Numbers of time steps; those after the third are used only until the theoretical order is reached."""
_MESHES = 5
_MORE = 16
"""By how much a mesh may exceed the limit of unknowns where coarser ones have not reached the theoretical order."""


@dataclass(frozen=True)
class Convergence:
    """Errors of one component under refinement, relative to the amplitude of its manufactured field.

    refined: 'space' (L2 errors) or 'time' (largest nodal errors, with BDF of order `theory`).
    sizes: cell size or time step relative to the first. unknowns: their number in the problem.
    """

    component: str
    refined: Literal["space", "time"]
    sizes: tuple[float, ...]
    unknowns: tuple[int, ...]
    errors: tuple[float, ...]
    theory: float

    @property
    def orders(self) -> tuple[float, ...]:
        """Observed orders between successive refinements; inf for exact results."""
        pairs = pairwise(zip(self.sizes, self.errors, strict=True))
        return tuple(log(e / f) / log(h / k) if f > _EXACT and e > 0 else inf for (h, e), (k, f) in pairs)

    @property
    def passed(self) -> bool:
        return self.orders[-1] >= self.theory - _SLACK

    @property
    def approaches(self) -> bool:
        """Whether it has not reached the theoretical order, but the last refinement has brought it nearer."""
        orders = self.orders
        return bool(orders) and not self.passed and (len(orders) < 2 or orders[-1] > orders[-2])


class SpaceStudy:
    """Solves the equations of a deck with manufactured sources on a sequence of refined meshes.

    most: approximate limit of unknowns; the deck's mesh and one refinement of it are always used, and up to `_MORE`
    times as many where the errors still approach the theoretical order: on coarse meshes they also have higher powers
    of the size of cells.
    After `run`, `term_sums`, `taylor` and `posed` hold the comparison with the sums of the terms, the Taylor tests of
    the Jacobian and the signs of the fluxes; `unforeseen` what the structure of the model lacks; `levels` the values
    around which the manufactured fields vary; `readings` the judged readings of a run and `unjudged` the names of the
    others.
    """

    def __init__(self, model: Model, settings: Settings, most: int, progress: Progress) -> None:
        self.first, self.settings, self.most, self.progress = model, settings, most, progress
        self.term_sums: list[TermSum] = []
        self.unforeseen: list[Unforeseen] = []
        self.taylor: list[TaylorRow] = []
        self.posed: list[FluxResponse] = []
        self.levels: list[float] = []
        self.readings: list[Reading] = []
        self.unjudged: list[str] = []
        self._found: list[Convergence] = []

    def run(self) -> list[Convergence]:
        errors: list[list[float]] = []
        unknowns: list[int] = []
        measures: list[list[Measure]] = []
        for problem, state in self._problems():
            components = problem.unknowns.components
            errors.append([space_error(state, c) for c in components])
            unknowns.append(problem.size)
            asked = self.settings.on_mesh_of(problem.model).outputs
            found, self.unjudged = readings(state, self.first.mesh, asked)
            measures.append(found)
            sizes = tuple(0.5**k for k in range(len(errors)))
            self._found = [
                Convergence(
                    c.label,
                    "space",
                    sizes,
                    tuple(unknowns),
                    tuple(e[c.index] for e in errors),
                    space_order(c, self.first),
                )
                for c in components
            ]
        self.readings = collected(measures)
        return self._found

    def _problems(self) -> Iterator[tuple[Problem, ExactState]]:
        mesh = with_all_facets(self.first.mesh)
        number, duration = 0, 0.0
        while True:
            model = compose(self.first.deck, self.first.registry, refine(mesh, number))
            problem = Problem(model, self.settings.solver, self.settings.controls)
            if not number:
                self.levels = typical_levels(problem, self.settings.time, self.progress)
                self.term_sums = term_sums(problem, self.levels)
                self.unforeseen = unforeseen(problem, self.levels)
            state = manufacture(problem, self.levels, "wave")
            if not number:  # the same problem on every mesh
                duration = 2 * largest_time_scale(problem, state) if problem.transient else 1.0
            iterations = advance(state, duration, 2, 2)
            self.progress(f"{problem.size} unknowns, {iterations} Newton iterations")
            if number == 0:
                sizes = [0.3 * float(f.amplitude) / f.component.field.scale for f in state.fields]
                self.taylor = taylor_test(problem, sizes)
                self.posed = flux_responses(state)
            yield problem, state
            number += 1
            most = self.most * (_MORE if any(c.approaches for c in self._found) else 1)
            if number == _MESHES or (number > 1 and problem.size * 2**model.dimension > most):
                return


class TimeStudy:
    """Solves the equations of a transient deck with manufactured sources and smaller and smaller time steps.

    The manufactured fields are polynomials of the degree of the elements and the quadrature is fine, so that only the
    error of the time steps remains.
    """

    def __init__(self, model: Model, settings: Settings, progress: Progress) -> None:
        self.first, self.settings, self.progress = model, settings, progress

    def run(self, levels: list[float], orders: Sequence[int]) -> list[Convergence]:
        model = compose(self.first.deck, self.first.registry, with_all_facets(self.first.mesh))
        highest = max(f.degree for f in model.fields.values())
        model = replace(model, quadrature_degree=max(model.quadrature_degree, 2 * highest + 4))
        problem = Problem(model, self.settings.solver, self.settings.controls)
        state = manufacture(problem, levels, "polynomial")
        duration = smallest_time_scale(problem, state)
        found = []
        for order in orders:
            errors: list[list[float]] = []
            here: list[Convergence] = []
            for count in _STEPS:
                iterations = advance(state, duration, count, order)
                errors.append([nodal_error(state, c) for c in problem.unknowns.components])
                self.progress(f"{count} steps of order {order}, {iterations} Newton iterations")
                here = [self._convergence(problem, c, errors, order) for c in problem.unknowns.components]
                if len(errors) > 2 and all(each.passed for each in here):
                    break
            found += here
        return found

    @staticmethod
    def _convergence(problem: Problem, component: Component, errors: list[list[float]], order: int) -> Convergence:
        counts = _STEPS[: len(errors)]
        own = tuple(e[component.index] for e in errors)
        sizes = tuple(_STEPS[0] / n for n in counts)
        return Convergence(component.label, "time", sizes, (problem.size,) * len(counts), own, float(order))


def typical_levels(problem: Problem, time: TimeSettings | None, progress: Progress) -> list[float]:
    """Return the mean value of every component in the solution of the deck after a first step.

    Near these values the coefficients of the deck have typical sizes. If the deck cannot be solved, its initial values
    are used.
    """
    from trona.errors import SolveError
    from trona.stepper import Stepper

    problem.start()
    try:
        next(iter(Stepper(problem, time).steps()))
    except SolveError:
        progress("the deck itself cannot be solved from its initial values; the manufactured fields vary around these")
        problem.start()
    found = []
    for component, part in zip(problem.unknowns.components, problem.unknowns.states[0].subfunctions, strict=True):
        with part.dat.vec_ro as values:
            mean = values.sum() / values.getSize()
        level = float(component.reference) + component.field.scale * mean
        found.append(level if not component.field.shape else 0.0)
    return found


def manufacture(problem: Problem, levels: list[float], shape: Literal["wave", "polynomial"]) -> ExactState:
    """Add manufactured sources to the problem and return the manufactured fields, its solution."""
    state = ExactState(problem, levels, shape)
    problem.inputs.set_times([0.0] * len(problem.unknowns.states))
    for constraint in problem.model.constraints:
        # A multiplier is a flux without a scale: its amplitude is the size of the flux beside it.
        size = normal_flux(state, constraint.balance, constraint.law)
        for multiplier in problem.unknowns.of(constraint.multiplier.name) if size > 0 else ():
            state.fields[multiplier.index].amplitude.assign(size)
    # In the study of time steps all errors in space must cancel, even the quadrature of laws that are not polynomials.
    degree = problem.model.quadrature_degree + (2 if shape == "wave" else 0)
    residual = problem.forms.residual(problem.transient) - StrongForm(state, degree, shape == "polynomial").sources()
    now = problem.inputs.time(0)
    bcs = problem.boundary_conditions(lambda c: state.value(c, c.mesh, now))
    problem.replace(residual, bcs)
    return state


def advance(state: ExactState, duration: float, count: int, order: int) -> int:
    """Solve `count` steps of `duration` in total from exact earlier states; return the number of Newton iterations.

    A steady problem is solved once. Its earlier time levels are set to wrong values, on which nothing may depend.
    """
    problem = state.problem
    states = problem.unknowns.states
    state.begin.assign(0.0)
    state.span.assign(duration)
    if not problem.transient:
        problem.inputs.set_times([0.0] * len(states))
        for past in states[1:]:
            state.assign(past, 0.0, factor=0.5)
        state.assign(states[0], 0.0)
        return problem.solve().iterations
    step = duration / count
    problem.inputs.set_times([-step * k for k in range(len(states))])
    for level, past in enumerate(states):
        state.assign(past, -step * level)
    rates = bdf.coefficients(order, [step] * 3)
    iterations = 0
    for number in range(1, count + 1):
        problem.shift()
        problem.inputs.set_times([step * (number - k) for k in range(len(states))])
        for constant, weight in zip(problem.inputs.rates, rates, strict=True):
            constant.assign(weight)
        iterations += problem.solve().iterations
    return iterations


def space_error(state: ExactState, component: Component) -> float:
    """Return the root mean square error of a component, relative to its manufactured amplitude."""
    problem = state.problem
    exact = state.own(component, problem.inputs.time(0))
    difference = problem.unknowns.states[0].subfunctions[component.index] - exact
    degree = 2 * component.field.degree + 2
    square = fd.assemble(fd.inner(difference, difference) * component.measure(degree))
    volume = fd.assemble(Constant(1.0) * component.measure())
    amplitude = float(state.fields[component.index].amplitude) / component.field.scale
    return float((square / volume) ** 0.5 / amplitude)


def nodal_error(state: ExactState, component: Component) -> float:
    """Return the largest error of a component at its nodes, relative to its manufactured amplitude."""
    problem = state.problem
    part = problem.unknowns.states[0].subfunctions[component.index]
    exact = fd.Function(problem.unknowns.space)
    state.assign(exact, problem.inputs.times[0])
    difference = part.dat.data_ro - exact.subfunctions[component.index].dat.data_ro
    largest = float(np.max(np.abs(difference), initial=0.0))
    amplitude = float(state.fields[component.index].amplitude) / component.field.scale
    return float(problem.comm.allreduce(largest, op=_maximum())) / amplitude


def _maximum() -> Any:
    from mpi4py import MPI

    return MPI.MAX


def space_order(component: Component, model: Model) -> float:
    """Return the theoretical order of the L2 error for a smooth solution.

    The error of another field that a law uses at an interface is taken into account.
    """
    field = component.field
    for constraint in model.constraints:
        if field.name == constraint.multiplier.name:  # a flux has the order of the gradients beside it
            return float(min(field.degree + 1, constraint.balance.field.degree))
    taken = [
        model.fields[symbol.name]
        for balance, term in model.terms()
        if balance.field.name == field.name and term.kind == "exchange" and term.law is not None
        for symbol in symbols_in(model.expand_at(term.expression, term.law.patches[0]))
        if isinstance(symbol, FieldSymbol) and symbol.name in model.fields
    ]
    return min(f.order + 1.0 for f in [field, *taken] if f is field or f.kind == "volume")
