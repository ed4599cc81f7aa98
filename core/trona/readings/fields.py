"""Snapshots: the fields of a solution as plain arrays per block, on each rank those of its own cells."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import firedrake as fd
import numpy as np
from pyop2 import op2

from trona.model.records import Derived
from trona.problem.on_parent import OnParent
from trona.readings.pieces import merged
from trona.readings.samplers import Interpolation
from trona.readings.snapshot import BlockData, CellType, FieldData, Snapshot
from trona.readings.surfaces import SurfaceReader

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trona.problem.problem import Problem
    from trona.readings.outputs import OutputEvaluator

# Per cell and degree: VTK's name, and the pairs of vertices whose midpoints it lists after the vertices.
_CELLS: dict[tuple[str, int], tuple[CellType, tuple[tuple[int, int], ...]]] = {
    ("interval", 1): ("line", ()),
    ("interval", 2): ("line3", ((0, 1),)),
    ("triangle", 1): ("triangle", ()),
    ("triangle", 2): ("triangle6", ((0, 1), (1, 2), (0, 2))),
    ("tetrahedron", 1): ("tetra", ()),
    ("tetrahedron", 2): ("tetra10", ((0, 1), (1, 2), (0, 2), (0, 3), (1, 3), (2, 3))),
}


def _orders(space: Any, edges: tuple[tuple[int, int], ...]) -> tuple[list[int], list[int]]:
    """Return VTK's order of the nodes of a continuous space, and of the discontinuous one at the same points."""
    element = space.finat_element
    topology = element.cell.get_topology()[1]
    numbers = {tuple(sorted(pair)): number for number, pair in topology.items()}
    dofs = element.entity_dofs()
    vertices = [dofs[0][v][0] for v in sorted(dofs[0])]
    continuous = vertices + [dofs[1][numbers[pair]][0] for pair in edges]
    discontinuous = list(range(len(vertices))) + [len(vertices) + numbers[pair] for pair in edges]
    return continuous, discontinuous


class FieldReader:
    """Reads fields and derived quantities block by block from the present state."""

    def __init__(self, problem: Problem, outputs: OutputEvaluator) -> None:
        self.problem, self.outputs = problem, outputs
        self.degree = min(2, max((f.degree for f in problem.model.fields.values() if f.degree), default=1))
        parent = problem.meshes.parent
        self._scalar = fd.FunctionSpace(parent, "CG", self.degree)
        cell = parent.ufl_cell().cellname
        self.cell_type, self._edges = _CELLS[cell if isinstance(cell, str) else cell(), self.degree]
        self._order, self._discontinuous_order = _orders(self._scalar, self._edges)
        self._sums = fd.Function(self._scalar)
        self._geometry = {b: self._block_geometry(b) for b in problem.model.mesh.blocks}
        self._surfaces = SurfaceReader(problem, outputs.sampling, self.degree)
        self._samplers: dict[tuple[str, str], Any] = {}
        self._interpolations: dict[int, Any] = {}
        self._copies: dict[tuple[Any, Any], OnParent] = {}

    def piece(self, time: float, step: int, derived: Iterable[Derived] = ()) -> Snapshot:
        """Return all fields, and the derived quantities asked for, in the cells that this rank owns. Collective."""
        model = self.problem.model
        fields: dict[str, dict[str, FieldData]] = {b: {} for b in model.mesh.blocks}
        for component in self.problem.unknowns.components:
            field = component.field
            if field.kind != "volume":
                continue
            for block in component.blocks:
                values = self._component(component, block)
                fields[block][field.name] = FieldData(values, str(field.unit.si), field.declaration.text)
        for quantity in derived:
            for block in quantity.blocks:
                values = self._derived(quantity, block)
                fields[block][quantity.name] = FieldData(values, str(quantity.unit.si), quantity.text)
        blocks = {
            b: BlockData(g.points + self._displacement(fields[b]), g.cells, self.cell_type, fields[b], g.numbers)
            for b, g in self._geometry.items()
        }
        return Snapshot(time, step, blocks, self.problem.comm.size, self._surfaces.read())

    def snapshot(self, time: float, step: int, derived: Iterable[Derived] = ()) -> Snapshot | None:
        """Return the pieces of all ranks as one, on the first rank (None elsewhere)."""
        return merged(self.piece(time, step, derived), self.problem.comm)

    def _displacement(self, fields: dict[str, FieldData]) -> Any:
        """Return the displacement of the points of a block, (n, dimension) or 0."""
        motion = self.problem.model.motion
        if motion is None:
            return 0.0
        values = fields[motion.field.name].values
        if motion.axis is None:  # a vector on a line has values without an axis of its own
            return values.reshape(len(values), self.problem.model.dimension)
        return values[:, None] * np.array(motion.axis)

    # ------------------------------------------------------------------ blocks

    def _local_cells(self, block: str) -> Any:
        cells = self.problem.meshes.cells(self.problem.meshes.parent, block)
        return cells[cells < self.problem.meshes.parent.cell_set.size]

    def _block_geometry(self, block: str) -> _Geometry:
        space, mesh = self._scalar, self.problem.meshes.parent
        local = self._local_cells(block)
        nodes = space.cell_node_list[local][:, self._order]
        # The vertices of a cell and the midpoints of its edges, as VTK wants them.
        places = mesh.coordinates.dat.data_ro_with_halos.reshape(-1, self.problem.model.dimension)
        corners = places[mesh.coordinates.cell_node_map().values_with_halo[local]]
        coordinates = np.concatenate([corners, *(corners[:, [i, j]].mean(axis=1)[:, None] for i, j in self._edges)], 1)
        own, first, place = np.unique(nodes.ravel(), return_index=True, return_inverse=True)
        numbers = None
        if self.problem.comm.size > 1:
            numbers = space.dof_dset.lgmap.apply(own.astype(np.int32)).astype(np.int64)
        points = coordinates.reshape(-1, self.problem.model.dimension)[first]
        return _Geometry(own, points, place.reshape(nodes.shape), numbers)

    def _component(self, component: Any, block: str) -> Any:
        field = component.field
        if field.declaration.element == "discontinuous":  # each cell tells its own value, as of a derived quantity
            symbol, text = self.problem.model.field(field.name), field.declaration.text
            return self._derived(Derived(field.name, symbol, field.unit, component.blocks, text), block)

        values = self._on_parent(*self._at_nodes(component))[self._geometry[block].nodes]
        return values[:, 0] if values.shape[1] == 1 else values

    def _at_nodes(self, component: Any) -> tuple[Any, float, float]:
        """Return a function at the nodes of the snapshot, and its reference and scale."""
        shape = component.space.value_shape
        space = fd.FunctionSpace(component.mesh, "CG", self.degree)
        if shape:
            space = fd.VectorFunctionSpace(component.mesh, "CG", self.degree, dim=shape[0])
        if component.space.ufl_element() == space.ufl_element():  # it has the values there
            reference = 0.0 if shape else float(component.reference)
            return self.problem.unknowns.states[0].subfunctions[component.index], reference, float(component.scale)
        if component.index not in self._interpolations:
            value = self.problem.reading.unknowns.value(component)
            self._interpolations[component.index] = Interpolation(value, space, None, None)
        self._interpolations[component.index].update()
        return self._interpolations[component.index].function, 0.0, 1.0

    def _on_parent(self, function: Any, reference: float = 0.0, scale: float = 1.0) -> Any:
        """Return the values (nodes, c) of a function on the parent mesh, halo included."""
        own, parent = function.function_space(), self.problem.meshes.parent
        key = own.mesh(), own.ufl_element()
        if key not in self._copies:
            self._copies[key] = OnParent(own, fd.FunctionSpace(parent, own.ufl_element()))
        return reference + scale * self._copies[key].values(function)

    def _derived(self, quantity: Derived, block: str) -> Any:
        key = (quantity.name, block)
        if key not in self._samplers:
            self._samplers[key] = self.outputs.sampling.in_block(quantity.expression, block, self.degree)
        sampler = self._samplers[key]
        sampler.update()
        values = self._on_parent(sampler.function)
        parent = fd.FunctionSpace(self.problem.meshes.parent, sampler.function.function_space().ufl_element())
        nodes = parent.cell_node_list[self._local_cells(block)][:, self._discontinuous_order]
        return self._average(values[nodes], block)

    def _average(self, per_cell: Any, block: str) -> Any:
        """Average the values of the cells of a block, on all ranks, at each of its points."""
        geometry = self._geometry[block]
        place, count = geometry.cells.ravel(), len(geometry.nodes)
        values = per_cell.reshape(len(place), math.prod(per_cell.shape[2:]))
        sums = [np.bincount(place, weights=each, minlength=count) for each in (np.ones(len(place)), *values.T)]
        cells, *totals = (self._of_all_ranks(each, geometry.nodes) for each in sums)
        mean = np.stack([total / cells for total in totals], axis=-1)
        return mean[:, 0] if mean.shape[1] == 1 else mean

    def _of_all_ranks(self, values: Any, nodes: Any) -> Any:
        """Return the sums over ranks of values at nodes, some of which several ranks have. Collective."""
        if self.problem.comm.size == 1:
            return values
        data = self._sums.dat
        own = data.data_with_halos
        own[:] = 0.0
        own[nodes] = values
        data.local_to_global_begin(op2.INC)
        data.local_to_global_end(op2.INC)
        return data.data_ro_with_halos[nodes]


class _Geometry(NamedTuple):
    """The cells of a block that a rank owns: their nodes in the scalar space and their points, and cells of these."""

    nodes: Any
    points: Any
    cells: Any
    numbers: Any
    """Of the points among those of all ranks; None on a single one."""
