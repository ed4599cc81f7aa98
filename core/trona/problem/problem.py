"""The Problem: a model made computable. Set it up once, then solve it at one time after another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import firedrake as fd
import numpy as np
import ufl

from trona.errors import PoorMeshError, SolveError
from trona.model.unknown import beyond, open_ends
from trona.problem.ahead import Ahead
from trona.problem.convergence import Convergence, NewtonHistory
from trona.problem.forms import Forms
from trona.problem.inputs import Inputs
from trona.problem.local_sums import LocalSums
from trona.problem.lower import Lowering
from trona.problem.mesh_quality import MeshQuality
from trona.problem.meshes import Meshes
from trona.problem.multipliers import free_multipliers
from trona.problem.shared_nodes import evenness
from trona.problem.site import Site
from trona.problem.solver import Newton, component_areas, parameters
from trona.problem.start import uncollected
from trona.problem.unknowns import Component, Unknowns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trona.model import Model
    from trona.model.records import FixedValue
    from trona.model.symbols import InputSymbol
    from trona.settings.solver import SolverSettings


CURES = "try motion.smoothing: elastic, another motion.direction, or a finer mesh there"


class Problem:
    """Submeshes, mixed space, residual, boundary conditions and Newton solver of a model.

    The state is `unknowns.states[0]`; `values(...)` of fields are physical, in SI. `meshes` are those of an earlier
    problem on the same `model.mesh`, which need not be made again. controls: values in SI of what a protocol sets, at
    first, as `settings.controls`; by default what holds where it sets nothing. ahead: makes the kernels.
    """

    @uncollected()
    def __init__(
        self,
        model: Model,
        solver: SolverSettings,
        controls: Mapping[str, float] | None = None,
        *,
        comm: Any = None,
        monitor: Callable[[int, float], None] | None = None,
        meshes: Meshes | None = None,
        ahead: Ahead | None = None,
    ) -> None:
        self.model, self.transient = model, not model.steady
        self._solver = solver
        self.comm = comm if comm is not None else fd.COMM_WORLD
        self.ahead = ahead if ahead is not None else Ahead(self.comm)
        self.meshes = meshes if meshes is not None else Meshes(model.mesh, self.comm)
        self.unknowns = Unknowns(model, self.meshes)
        self.inputs = Inputs(self.meshes, Unknowns.LEVELS, controls or model.controls.values({}))
        self.forms = Forms(model, self.meshes, self.unknowns, self.inputs)
        self.reading = Forms(model, self.meshes, self.unknowns.reading(), self.inputs)
        """As `forms`, for expressions that only read the state: outputs, the audit."""
        self.local_sums = LocalSums(self.reading)
        self._set_references()
        self.bcs = self.boundary_conditions()
        self.residual = self.forms.residual(self.transient)
        if self.shared:
            self.residual += evenness(self.unknowns, self.shared)
        self.quality = self._quality() if model.motion is not None else None
        """Of the cells, where the mesh moves."""
        self._monitor = monitor
        self.newton = self._newton(solver.tolerances)
        self.near = False
        """Whether the present state is the solution for other inputs, or was found from it."""
        self.start()

    # ------------------------------------------------------------------ set-up

    def renew(self, controls: Mapping[str, float], monitor: Callable[[int, float], None] | None) -> None:
        """Begin anew, after the expressions of inputs have changed: the forms stay as they are.

        A steady problem starts from its present state, and once more from its initial values if that fails: `near`
        until then.
        """
        self._monitor = self.newton.convergence.monitor = monitor
        self.inputs.renew(controls)
        self._set_references()
        self.newton.renew()
        self.near = not self.transient
        if self.transient:
            self.start()

    def _set_references(self) -> None:
        """Measure each scalar field from a typical value, so that round-off is that of its variation."""
        for component in self.unknowns.components:
            field = component.field
            fixed = [
                f.value.expression.constant
                for f in self.model.fixed
                if f.field == field.name and f.value.expression.is_constant
            ]
            initial = [i.value.expression for i in field.initial if i.holds_in(component.blocks)]
            if field.shape:
                continue
            if initial and all(expression.is_constant for expression in initial):
                component.reference.assign(float(np.mean([expression.constant for expression in initial])))
            elif fixed:
                component.reference.assign(float(np.mean(fixed)))

    def _quality(self) -> MeshQuality:
        return MeshQuality(self.model, self.meshes, self.unknowns, self.inputs, self.comm)

    def replace(self, residual: Any, bcs: list[Any]) -> None:
        """Solve another system for the same unknowns from now on, to the relative tolerance."""
        self.residual, self.bcs = residual, bcs
        self.newton = self._newton({})

    def boundary_conditions(self, value: Callable[[Component], Any] | None = None) -> list[Any]:
        """Return the conditions of all fixed values; `value` of a component takes the place of the deck's."""
        self.fixed_parts: list[tuple[str, Component, Any]] = []
        for fixed in self.model.fixed:
            for component in self.unknowns.of(fixed.field):
                labels = self.forms.boundary_labels(fixed.boundary, component.blocks)
                if not labels:
                    continue
                part = self.unknowns.space_of(component)
                # A vector of one component is held whole: Firedrake cannot hold its part beside a number.
                alone = fixed.component is not None and part.value_size == 1
                if fixed.component is not None and not alone:
                    part = part.sub(fixed.component)
                given = self._fixed(fixed, component) if value is None else value(component)
                if value is not None and fixed.component is not None:
                    given = given[fixed.component]
                offset = component.reference if fixed.component is None else 0
                if alone:
                    given, offset = ufl.as_vector([given]), ufl.zero(1)
                bc = fd.DirichletBC(part, (given - offset) / component.scale, labels)
                self.fixed_parts.append((fixed.boundary, component, bc))
        free, self.shared = free_multipliers(self.unknowns, self.fixed_parts, self.extent, self.comm, value)
        self.held = [(component, bc) for _, component, bc in self.fixed_parts] + free
        return [bc for _, bc in self.held]

    def _fixed(self, fixed: FixedValue, component: Component) -> Any:
        site = Site("ds", component.mesh, {None: component.blocks[0]})
        # At the positions of the mesh as it was read: where it is now, only integrals can see.
        return self.forms.lower(self.model.expand(fixed.value, component.blocks[0]), site, moving=False).expression

    def _newton(self, tolerances: Mapping[str, float]) -> Newton:
        settings = self._solver
        components = self.unknowns.components
        real = [c.index for c in components if c.field.kind == "global"]
        chosen = parameters(settings.preset, settings.petsc, settings.max_iterations, real, len(components), self.size)
        areas = component_areas(
            components, lambda blocks: sum(self.model.mesh.block_measure[b] for b in blocks), self.extent
        )
        convergence = Convergence(
            components,
            self.unknowns.space.dof_dset.field_ises,
            areas,
            self._tolerances(tolerances),
            settings.relative_tolerance,
            settings.step_tolerance,
            self._monitor,
        )
        rates = self.inputs.rates
        return Newton(
            self.residual,
            self.unknowns,
            self.bcs,
            chosen,
            convergence,
            self.ahead,
            lambda: tuple(map(float, rates)),
            settings.preset == "multigrid",
        )

    def _tolerances(self, given: Mapping[str, float]) -> dict[int, float]:
        """Return the tolerances by component instead of by balance."""
        fields = {name: self.model.balances[name].field.name for name in given}
        return {c.index: given[name] for name, field in fields.items() for c in self.unknowns.of(field)}

    # ------------------------------------------------------------------ states

    def start(self, time: float = 0.0) -> None:
        """Set all time levels to the initial values (else the reference values) at `time`."""
        self.inputs.set_times([time] * Unknowns.LEVELS)
        first = self.unknowns.states[0]
        for component, part in zip(self.unknowns.components, first.subfunctions, strict=True):
            part.assign(0.0)
            if any(i.holds_in(component.blocks) for i in component.field.initial):
                component.interpolate(self._initial(component), part)
        for past in self.unknowns.states[1:]:
            past.assign(first)

    def _initial(self, component: Component) -> Any:
        """Return the function that a component starts from, as UFL; where blocks meet, their values agree."""
        field, choose = component.field, ufl.conditional

        def started(index: int | None) -> Any:
            here = [i for i in field.initial if i.component == index and i.holds_in(component.blocks)]
            found: Any = 0.0
            for each in here:
                value = self.number_or_expression(each.value, component)
                value = (value if field.shape else value - component.reference) / component.scale
                if each.blocks and len(component.blocks) > 1:
                    inside = ufl.gt(self.inputs.marker(component.mesh, each.blocks[0]), 0.5)
                    found = choose(inside, value, found)
                else:
                    found = value
            return ufl.as_ufl(found)

        return ufl.as_vector([started(i) for i in range(field.shape[0])]) if field.shape else started(None)

    def number_or_expression(self, symbol: InputSymbol, component: Component) -> Any:
        """Return an input as UFL on the mesh of a component, as it was read."""
        site = Site("dx", component.mesh, {None: component.blocks[0] if component.blocks else ""})
        expression = self.model.symbolic(symbol) if self.model.varies(symbol.expression) else symbol
        lowering = Lowering(site, self.unknowns, self.inputs, self.meshes, moving=False)
        return lowering.apply(ufl.as_ufl(expression))

    def shift(self) -> None:
        """Make the present state the newest past one."""
        states = self.unknowns.states
        for older, newer in zip(reversed(states[1:]), reversed(states[:-1]), strict=True):
            older.assign(newer)

    def solve(self) -> NewtonHistory:
        """Solve at the present times and rates, from the present state as first guess.

        A factorisation that runs out of workspace is repeated with more. Raises SolveError.
        """
        try:
            return self._solve()
        except SolveError:
            if not self.near:
                raise
        return self.solve_anew()

    def solve_anew(self) -> NewtonHistory:
        """Solve a steady problem from its initial values. Raises SolveError."""
        self.near = False
        self.start()
        self.newton.scaled = False  # rows measured at a state that led nowhere say nothing about this one
        return self._solve()

    def _solve(self) -> NewtonHistory:
        guess = self.unknowns.states[0].copy(deepcopy=True)
        for _ in range(4):
            try:
                return self.newton.solve()
            except SolveError:
                if self.newton.mumps_info() not in (-8, -9):
                    raise
                self.newton.enlarge_workspace()
                self.unknowns.states[0].assign(guess)
        return self.newton.solve()

    def refuse_meaningless(self) -> None:
        """Raise SolveError if the state has a value that a field cannot have, such as one at or below zero.

        Raise PoorMeshError if a cell is inside out. A solve may converge to such a state: an equation that is linear
        in the field knows no limit, and neither does the volume of a cell.
        """
        state = self.unknowns.states[0]
        for component, part in zip(self.unknowns.components, state.subfunctions, strict=True):
            declared = component.field.declaration
            if open_ends(declared) == (None, None):
                continue
            with part.dat.vec_ro as values:
                scaled = values.min()[1], values.max()[1]
            low, high = (float(component.reference) + component.field.scale * end for end in scaled)
            if must := beyond(declared, low, high):
                worst, unit = low if must.startswith("above") else high, component.field.unit.si
                raise SolveError(f"{component.label} reaches {worst:.3g}{unit.spelt}, but must be {must}")
        inverted = self.quality.inverted() if self.quality is not None else None
        if inverted is not None:
            raise PoorMeshError(f"the mesh turns inside out {inverted.where}; {CURES}")

    @property
    def extent(self) -> float:
        """The longest side of the mesh, m."""
        box = self.model.mesh.bounding_box
        return float(np.max(box[1] - box[0]))

    @property
    def size(self) -> int:
        """Number of unknowns."""
        return int(self.unknowns.space.dim())
