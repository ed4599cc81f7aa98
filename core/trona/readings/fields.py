"""Snapshots: the fields of a solution as plain arrays per block, gathered on the first rank."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import firedrake as fd
import numpy as np

from trona.model.records import Derived
from trona.readings.snapshot import BlockData, CellType, FieldData, Snapshot

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
        self.cell_type, edges = _CELLS[cell if isinstance(cell, str) else cell(), self.degree]
        self._order, self._discontinuous_order = _orders(self._scalar, edges)
        self._geometry = {b: self._block_geometry(b) for b in problem.model.mesh.blocks}
        self._samplers: dict[tuple[str, str], Any] = {}

    def snapshot(self, time: float, step: int, derived: Iterable[Derived] = ()) -> Snapshot | None:
        """Return all fields, and the derived quantities asked for, on the first rank (None elsewhere)."""
        model = self.problem.model
        fields: dict[str, dict[str, FieldData]] = {b: {} for b in model.mesh.blocks}
        for component in self.problem.unknowns.components:
            field = component.field
            if field.kind != "volume":
                continue
            for block in component.blocks:
                values = self._component(component, block)
                if values is not None:
                    fields[block][field.name] = FieldData(values, str(field.unit.si), field.declaration.text)
        for quantity in derived:
            for block in quantity.blocks:
                values = self._derived(quantity, block)
                if values is not None:
                    fields[block][quantity.name] = FieldData(values, str(quantity.unit.si), quantity.text)
        if self.problem.comm.rank:
            return None
        blocks = {
            b: BlockData(points + self._displacement(fields[b]), cells, self.cell_type, fields[b])
            for b, (points, cells, _) in ((b, g) for b, g in self._geometry.items() if g is not None)
        }
        return Snapshot(time, step, blocks)

    def _displacement(self, fields: dict[str, FieldData]) -> Any:
        """Return the displacement of the points of a block, (n, dimension) or 0."""
        motion = self.problem.model.motion
        if motion is None:
            return 0.0
        values = fields[motion.field.name].values
        return values if motion.axis is None else values[:, None] * np.array(motion.axis)

    # ------------------------------------------------------------------ blocks

    def _local_cells(self, block: str) -> Any:
        cells = self.problem.meshes.cells(self.problem.meshes.parent, block)
        return cells[cells < self.problem.meshes.parent.cell_set.size]

    def _block_geometry(self, block: str) -> Any:
        """Return points, cells and the place of every cell node of a block (on the first rank)."""
        space = self._scalar
        nodes = space.cell_node_list[self._local_cells(block)][:, self._order]
        vector = fd.VectorFunctionSpace(self.problem.meshes.parent, "CG", self.degree)
        x = fd.Function(vector).interpolate(fd.SpatialCoordinate(self.problem.meshes.parent))
        coordinates = x.dat.data_ro_with_halos.reshape(-1, self.problem.model.dimension)
        numbers = space.dof_dset.lgmap.apply(nodes.ravel().astype(np.int32)).reshape(nodes.shape)
        gathered = self.problem.comm.gather((numbers, coordinates[nodes]))
        if gathered is None:
            return None
        numbers = np.concatenate([n for n, _ in gathered])
        points = np.concatenate([p for _, p in gathered])
        _, first, place = np.unique(numbers.ravel(), return_index=True, return_inverse=True)
        return points.reshape(-1, points.shape[-1])[first], place.reshape(numbers.shape), place.ravel()

    def _gather(self, per_cell: Any) -> Any:
        gathered = self.problem.comm.gather(per_cell)
        return None if gathered is None else np.concatenate(gathered)

    def _component(self, component: Any, block: str) -> Any:
        field, shape = component.field, component.space.value_shape
        if field.declaration.element == "discontinuous":  # each cell tells its own value, as of a derived quantity
            symbol, text = self.problem.model.field(field.name), field.declaration.text
            return self._derived(Derived(field.name, symbol, field.unit, component.blocks, text), block)

        def make(mesh: Any) -> Any:
            if not shape:
                return fd.FunctionSpace(mesh, "CG", self.degree)
            return fd.VectorFunctionSpace(mesh, "CG", self.degree, dim=shape[0])

        own = fd.Function(make(component.mesh)).interpolate(self.problem.reading.unknowns.value(component))
        whole = own
        if component.mesh is not self.problem.meshes.parent:
            whole = fd.Function(make(self.problem.meshes.parent))
            whole.assign(own, allow_missing_dofs=True)
        nodes = whole.function_space().cell_node_list[self._local_cells(block)][:, self._order]
        return self._average(self._gather(whole.dat.data_ro_with_halos[nodes]), block)

    def _derived(self, quantity: Derived, block: str) -> Any:
        key = (quantity.name, block)
        if key not in self._samplers:
            self._samplers[key] = self.outputs.sampling.in_block(quantity.expression, block, self.degree)
        sampler = self._samplers[key]
        sampler.update()
        own = sampler.function
        parent = self.problem.meshes.parent
        element = own.function_space().ufl_element()
        whole = own
        if own.function_space().mesh() is not parent:
            whole = fd.Function(fd.FunctionSpace(parent, element))
            whole.assign(own, allow_missing_dofs=True)
        nodes = whole.function_space().cell_node_list[self._local_cells(block)][:, self._discontinuous_order]
        return self._average(self._gather(whole.dat.data_ro_with_halos[nodes]), block)

    def _average(self, per_cell: Any, block: str) -> Any:
        """Average the values of the cells of a block at each of its points."""
        geometry = self._geometry[block]
        if geometry is None or per_cell is None:
            return None
        points, _, place = geometry
        values = per_cell.reshape(len(place), -1)
        counts = np.bincount(place, minlength=len(points))
        mean = np.stack([np.bincount(place, weights=c, minlength=len(points)) / counts for c in values.T], axis=-1)
        return mean[:, 0] if mean.shape[1] == 1 else mean
