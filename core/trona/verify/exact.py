"""Manufactured fields: smooth functions of position and time for every unknown, and expressions of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import firedrake as fd
import numpy as np
import ufl
from ufl.classes import Variable

from trona.model.symbols import FieldSymbol, InputSymbol, RateSymbol, symbolic_functions
from trona.model.unknown import open_ends
from trona.problem.collocation import degree_of_points
from trona.problem.constant import Constant
from trona.problem.lower import Lowering

if TYPE_CHECKING:
    from trona.model.unknown import Unknown
    from trona.problem import Problem
    from trona.problem.site import Site
    from trona.problem.unknowns import Component

Shape = Literal["wave", "polynomial"]

# For a field that has ends, the amplitude is limited to these shares of the distance to them.
_LEAST, _MOST = 0.05, 0.25
# PETSc treats pivots below 2e-14 as zero, and the mass of a cell of a nanometre is far smaller.
_LOCAL_MASS = {
    "ksp_type": "preonly",
    "pc_type": "bjacobi",
    "sub_pc_type": "lu",
    "mat_type": "aij",
    "sub_pc_factor_zeropivot": 1e-300,
}
_GOLDEN = (5**0.5 - 1) / 2  # golden ratio: its multiples modulo 1 are evenly distributed


def amplitude_at(field: Unknown, level: float) -> float:
    """Return by how much values may vary about a level: the scale of a field, or less where it has ends."""
    low, high = open_ends(field.declaration)
    size = field.scale
    if low is not None:
        size = float(np.clip(size, _LEAST * abs(level), _MOST * abs(level)))
    return size if high is None else min(size, _MOST * (high - level))


@dataclass(frozen=True, eq=False)
class ExactField:
    """The manufactured solution of one component: level + amplitude * shape(x) * course(t), in SI.

    waves: phase and wave numbers of each vector component, as coefficients, so that forms share kernels.
    """

    component: Component
    level: Any
    amplitude: Any
    waves: tuple[tuple[Any, ...], ...]
    shape: Shape
    radial: bool = False
    """Whether the first component is radial and must vanish on the axis."""

    @cached_property
    def numbers(self) -> tuple[tuple[float, ...], ...]:
        """The waves as plain numbers."""
        return tuple(tuple(float(w) for w in wave) for wave in self.waves)

    def value(self, place: tuple[Any, ...], course: Any) -> Any:
        """Return the value as UFL at normalised coordinates from 0 to 1."""
        parts = [
            self.level + self.amplitude * course * self._at(place, phase, numbers, self.radial and not i)
            for i, (phase, *numbers) in enumerate(self.waves)
        ]
        return ufl.as_vector(parts) if self.component.field.shape else parts[0]

    def _at(self, place: tuple[Any, ...], phase: Any, numbers: list[Any], from_axis: bool) -> Any:
        if self.component.field.kind == "global":
            return ufl.sin(phase)
        along = sum(k * s for k, s in zip(numbers, place, strict=True))
        if self.shape == "wave":
            return ufl.sin(along + phase) * (place[0] if from_axis else 1)
        if from_axis:
            return place[0] * (ufl.sin(phase) + (along / 2 if self.component.field.degree > 1 else 0))
        squares = sum(k * s * s for k, s in zip(numbers, place, strict=True)) / 2
        return ufl.sin(phase) + along / 2 - (squares if self.component.field.order > 1 else 0)


class ExactState:
    """Manufactured fields for all components of a problem.

    levels: value around which each component varies, by index. begin, span: start and length of the time interval, s;
    the fields change linearly in time (`bend` 0) or as a sine, by at least a fifth of their amplitude over `span`.
    """

    def __init__(self, problem: Problem, levels: list[float], shape: Shape) -> None:
        self.problem = problem
        self.begin, self.span = Constant(0.0), Constant(1.0)
        self.shape = shape
        problem.inputs.smooth = True
        box = problem.model.mesh.bounding_box
        self.box = (box[0], box[1] - box[0])
        """Corner and extent of the reference mesh, m."""
        self.corner = [Constant(v) for v in box[0]]
        self.extent = [Constant(v) for v in box[1] - box[0]]
        self.fields = [self._field(c, level) for c, level in zip(problem.unknowns.components, levels, strict=True)]

    def _field(self, component: Component, level: float) -> ExactField:
        amplitude = amplitude_at(component.field, level)
        count = math.prod(component.field.shape)
        waves = []
        for i in range(count):
            seed = 7 * component.index + 3 * i + 1
            spread = [(_GOLDEN * (seed + k)) % 1 for k in range(self.problem.model.dimension + 1)]
            waves.append((Constant(6 * spread[0]), *(Constant(1.2 + 1.8 * s) for s in spread[1:])))
        model = self.problem.model
        radial = bool(model.coordinates.turns and component.field.declaration.rank)
        return ExactField(component, Constant(level), Constant(amplitude), tuple(waves), self.shape, radial)

    def course(self, time: Any) -> Any:
        """Return the factor in time that all fields share, as UFL."""
        passed = (time - self.begin) / self.span
        if self.shape == "wave":
            return 1 + passed / 5  # linear: differences in time are exact
        return 1 + ufl.sin(2 * passed) / 2

    def value(self, component: Component, mesh: Any, time: Any) -> Any:
        """Return the manufactured value of a component as UFL on any mesh."""
        x = fd.SpatialCoordinate(mesh)
        place = tuple((x[i] - a) / b for i, (a, b) in enumerate(zip(self.corner, self.extent, strict=True)))
        return self.fields[component.index].value(place, self.course(time))

    def own(self, component: Component, time: Any) -> Any:
        """Return the value in the scaled units of the component's function, on its own mesh."""
        value = self.value(component, component.mesh, time)
        if component.field.shape:
            return value / component.scale
        return (value - component.reference) / component.scale

    def assign(self, state: Any, time: float, factor: float = 1.0) -> None:
        """Set a state of the problem to the manufactured one at `time`, times a factor."""
        for component, part in zip(self.problem.unknowns.components, state.subfunctions, strict=True):
            own = factor * self.own(component, Constant(time))
            if component.field.kind == "global":
                # Firedrake cannot interpolate into a global number; the mean is equal.
                volume = fd.assemble(Constant(1.0) * fd.dx(domain=component.mesh))
                part.assign(fd.assemble(own * fd.dx(domain=component.mesh)) / volume)
            elif component.field.declaration.element == "local":
                # The initial values of a local field must be exact at the points where its law holds.
                degree = degree_of_points(self.problem.model.dimension, component.field.order)
                points = {"quadrature_degree": degree}
                part.project(own, solver_parameters=_LOCAL_MASS, form_compiler_parameters=points)
            else:
                component.interpolate(own, part)


class ExactLowering(Lowering):
    """Lowers an expanded expression of the manufactured fields, as functions of position and time.

    `time` is a UFL object, so that the result can be differentiated by it.
    """

    def __init__(
        self, site: Site, state: ExactState, time: Any, test: Component | None = None, moving: bool = True
    ) -> None:
        problem = state.problem
        super().__init__(site, problem.unknowns, problem.inputs, problem.meshes, test=test, moving=moving)
        self.state = state
        self.time = time if isinstance(time, Variable) else ufl.variable(time)
        self._inside_gradient = False

    def coefficient(self, o: Any) -> Any:
        if isinstance(o, FieldSymbol):
            component = self.unknowns.find(o.name, self.site.sides.get(o.side, ""))
            value = self._trace(self.state.value(component, self.site.mesh, self.time))
            if not isinstance(o, RateSymbol):
                return value
            rate = ufl.diff(value, self.time)
            return rate - self._carried(o) if self._rests(o) else rate
        if isinstance(o, InputSymbol) and "t" in o.expression.variables:
            return o.expression.evaluate({**self.inputs.controls[0], "t": self.time}, symbolic_functions())
        return super().coefficient(o)

    def grad(self, o: Any) -> Any:
        (operand,) = o.ufl_operands
        outer, self._inside_gradient = self._inside_gradient, True
        along = isinstance(operand, FieldSymbol) and self.unknowns.find(operand.name).field.kind == "surface"
        if along and self.unknowns.find(operand.name).points:
            return ufl.zero(o.ufl_shape)  # there is no way along a point
        gradient = self.present(ufl.grad(self.apply(operand)), along=along)
        if along and self.motion is None:  # that of a formula has a part across the surface, which a field there lacks
            n = self.normal()
            across = ufl.dot(gradient, n)
            gradient -= ufl.outer(across, n) if across.ufl_shape else across * n
        self._inside_gradient = outer
        return self._trace(gradient)

    def displacement(self, side: Any) -> Any:
        assert self.motion is not None
        return self.motion.vector(self.coefficient(self.motion.symbol(side)))

    def deformation(self, side: Any) -> Any:
        assert self.motion is not None
        component = self.unknowns.find(self.motion.field.name)
        slope = self._trace(ufl.grad(self.state.value(component, self.site.mesh, self.time)))
        return ufl.Identity(self.motion.dimension) + self.motion.gradient(slope)

    def _trace(self, value: Any) -> Any:
        return value("+") if self.site.kind == "dS" and not self._inside_gradient else value

    def _geometry(self, symbol: Any) -> Any:
        if symbol.name == "t":
            return self.time
        if symbol.name == "x":
            x = self._trace(fd.SpatialCoordinate(self.site.mesh))
            return x if self.motion is None else x + self.displacement(self._some(None))
        return super()._geometry(symbol)
