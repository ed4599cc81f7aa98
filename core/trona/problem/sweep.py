"""A sweep over the unknowns of a part, one after another, with one multigrid cycle for each that diffuses."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from firedrake.petsc import PETSc
from petsctools import attach_options, inserted_options, set_from_options
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from trona.problem.hold import Hold, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trona.problem.unknowns import Component

    Blocks = Mapping[tuple[int, int], Any]
    """Blocks of a nested matrix that are not empty, by the positions of their members."""

_CYCLE = {
    "pc_type": "gamg",
    # Of quadratic elements many entries are weak. If they were kept, coarse levels would be too coarse.
    "pc_gamg_threshold": 0.01,
    "pc_gamg_aggressive_square_graph": "false",
    "mg_levels_ksp_type": "chebyshev",
    "mg_levels_pc_type": "jacobi",
}
"""One V-cycle of smoothed aggregation. Its interpolation is kept as the matrix changes, which is PETSc's default."""
_WEIGHTS = {"pc_type": "sor"}
"""For an unknown without a gradient of its own: its matrix is like one of weights, which a smoother inverts."""
_TRACES = {"pc_type": "lu", "pc_factor_mat_solver_type": "mumps"}
"""For one on a surface, which has few unknowns."""


@dataclass(frozen=True, eq=False)
class Member:
    """A component of a part. diffuses: whether a flux in its equation follows its own gradient."""

    component: Component
    diffuses: bool

    @property
    def on_surface(self) -> bool:
        return self.component.field.kind == "surface"

    def continues(self, other: Member) -> bool:
        """Whether it is the same quantity as another one, in another place."""
        own, its = self.component, other.component
        alike = own.field.unit == its.field.unit and own.field.shape == its.field.shape
        return alike and self.diffuses and other.diffuses and own.mesh is not its.mesh


class Sweep:
    """Approximates the inverse of a part by block Gauss-Seidel: a fixed linear operator.

    matrix: of the part, nested if there are several members. blocks: may change in value. prefix: of PETSc's options.
    Members that diffuse come first, each with a multigrid cycle; a quantity that crosses interfaces has one cycle for
    all of it, since what crosses may be stiff. Any other member follows those on which it acts, as a pressure the
    displacement: its matrix is what is left when these are eliminated with their diagonals alone. A flux on a surface
    that holds one member is found just before it, by a `Hold`.
    """

    def __init__(self, matrix: Any, members: Sequence[Member], blocks: Blocks, prefix: str) -> None:
        self._blocks, self._members = blocks, members
        self._rows = matrix.getNestISs()[0] if len(members) > 1 else [None]
        fluxes = _fluxes(members, blocks)
        groups = [group for group in _groups(members, blocks) if group[0] not in fluxes]
        groups.sort(key=lambda group: not members[group[0]].diffuses)
        done: list[int] = []
        self._stages = []
        for group in groups:
            stage = _Stage(group, members, blocks, [(i, j) for i in group for j in done if (i, j) in blocks], fluxes)
            # The number of the component is its own: other parts have sweeps too.
            own = f"{prefix}sweep_{members[group[0]].component.index}_"
            attach_options(stage.pc, parameters=dict(stage.options), options_prefix=own)
            self._stages.append(stage)
            done += [*group, *(hold.flux for hold in stage.holds)]

    def set_up(self) -> bool:
        """Prepare `apply` for the present values of the matrix; return whether that succeeds here. Collective."""
        found = [stage.renew() for stage in self._stages]
        return all(found)

    @cached_property
    def _vectors(self) -> list[tuple[Any, Any, Any]]:
        """Of each member what is found, what is left to do and a product."""
        found = {}
        for stage in self._stages:
            for i in stage.group:
                rows = self._blocks[i, i] if (i, i) in self._blocks else stage.pc.getOperators()[0]
                found[i] = (rows.createVecLeft(), rows.createVecLeft(), rows.createVecLeft())
            for hold in stage.holds:
                rows = self._blocks[hold.flux, hold.i]
                found[hold.flux] = (rows.createVecLeft(), rows.createVecLeft(), rows.createVecLeft())
        return [found[i] for i in range(len(found))]

    def apply(self, b: Any, x: Any) -> None:
        """Solve approximately for x. Collective."""
        for stage in self._stages:
            for i in stage.group:
                self._take(b, i, self._vectors[i][1])
            for i, j in stage.before:
                _, rest, product = self._vectors[i]
                self._blocks[i, j].mult(self._vectors[j][0], product)
                rest.axpy(-1.0, product)
            for hold in stage.holds:
                solved, given, _ = self._vectors[hold.flux]
                self._take(b, hold.flux, given)
                hold.apply(given, solved, self._vectors[hold.i][1])
            stage.apply([self._vectors[i][1] for i in stage.group], [self._vectors[i][0] for i in stage.group])
        for rows, (found, _, _) in zip(self._rows, self._vectors, strict=True):
            if rows is None:
                found.copy(x)
                continue
            part = x.getSubVector(rows)
            found.copy(part)
            x.restoreSubVector(rows, part)

    def reset(self) -> None:
        """Forget what was prepared, with the interpolations."""
        for stage in self._stages:
            stage.pc.reset()

    def _take(self, vector: Any, i: int, into: Any) -> None:
        if self._rows[i] is None:
            vector.copy(into)
            return
        part = vector.getSubVector(self._rows[i])
        part.copy(into)
        vector.restoreSubVector(self._rows[i], part)


class _Stage:
    """Members that are solved for together. before: blocks by which they depend on those of earlier stages."""

    def __init__(
        self,
        group: Sequence[int],
        members: Sequence[Member],
        blocks: Blocks,
        before: Sequence[tuple[int, int]],
        fluxes: Mapping[int, int],
    ) -> None:
        self.group, self.before, self._members, self._blocks = group, before, members, blocks
        self.holds = [Hold(i, flux, blocks) for flux, i in fluxes.items() if i in group]
        self.first = members[group[0]]
        self.pc = PETSc.PC().create(comm=next(iter(blocks.values())).comm)
        self._begun = False

    @property
    def options(self) -> Mapping[str, Any]:
        if self.first.diffuses:
            return _CYCLE
        return _TRACES if self.first.on_surface else _WEIGHTS

    def renew(self) -> bool:
        """Prepare `apply` for the present values of the blocks; return whether that succeeds here. Collective.

        It cannot if neither an equation has its own unknown nor those that diffuse give any of it back to it.
        """
        if not self.first.diffuses:
            matrix = _left(self.group[0], self._members, self._blocks)
            if matrix is None:
                return False
        elif len(self.group) == 1:
            matrix = self._held(self.group[0])
        else:
            matrix = self._joined()
        if self.first.diffuses and self.first.component.field.shape:
            matrix.setNearNullSpace(self._near_kernel)
        self.pc.setOperators(matrix, matrix)
        if not self._begun:
            set_from_options(self.pc)
        with inserted_options(self.pc):
            self.pc.setUp()
        self._begun = True
        return bool(self.pc.getFailedReason() == PETSc.PC.FailedReason.NOERROR)

    def _held(self, i: int) -> Any:
        matrix = plain(self._blocks[i, i])
        for hold in self.holds:
            if hold.i == i:
                matrix = hold.add_to(matrix)
        return matrix

    def apply(self, rest: Sequence[Any], found: Sequence[Any]) -> None:
        if len(self.group) == 1:
            self.pc.apply(rest[0], found[0])
            return
        given, solved = self._pair
        given.setArray(np.concatenate([v.getArray(readonly=True) for v in rest]))
        given.pointwiseMult(given, self._left_scales)
        self.pc.apply(given, solved)
        solved.pointwiseMult(solved, self._right_scales)
        values, begin = solved.getArray(readonly=True), 0
        for part in found:
            end = begin + part.getLocalSize()
            part.setArray(values[begin:end])
            begin = end

    def _joined(self) -> Any:
        """Return the matrix of all, in physical units: in these what leaves one member enters another."""
        own = [[self._blocks.get((i, j)) for j in self.group] for i in self.group]
        size = self.first.component.field.shape or (1,)
        blocks = [[b and plain(b) for b in row] for row in own]
        for position, i in enumerate(self.group):
            blocks[position][position] = self._held(i)
        matrix = PETSc.Mat().createNest(blocks, comm=self.pc.comm).convert("aij")
        matrix.setBlockSize(size[0])
        self._pair = matrix.createVecs()
        parts = [self._members[i].component for i in self.group]
        self._left_scales, self._right_scales = self._pair[0].duplicate(), self._pair[1].duplicate()
        sizes = [block.getLocalSize()[0] for block in (self._blocks[i, i] for i in self.group)]
        row, scale = float(parts[0].row), float(parts[0].scale)
        self._left_scales.setArray(np.repeat([float(c.row) / row for c in parts], sizes))
        self._right_scales.setArray(np.repeat([scale / float(c.scale) for c in parts], sizes))
        matrix.diagonalScale(L=self._left_scales, R=self._right_scales)
        return matrix

    @cached_property
    def _near_kernel(self) -> Any:
        """What hardly changes a vector's equations: its translations, and the rotations of a body."""
        parts = [self._members[i].component for i in self.group]
        nodes = np.concatenate([c.places()[: c.space.node_set.size] for c in parts])
        size, comm = parts[0].field.shape[0], parts[0].space.comm
        if size == nodes.shape[1]:
            at = PETSc.Vec().createWithArray(nodes.reshape(-1).copy(), bsize=size, comm=comm)
            return PETSc.NullSpace().createRigidBody(at)
        directions = []
        for i in range(size):
            one = PETSc.Vec().createWithArray(np.tile(np.eye(size)[i], len(nodes)), bsize=size, comm=comm)
            one.normalize()
            directions.append(one)
        return PETSc.NullSpace().create(vectors=directions, comm=comm)


def _groups(members: Sequence[Member], blocks: Blocks) -> list[list[int]]:
    """Return members together that are the same quantity on both sides of an interface."""
    size = len(members)
    pairs = [(i, j) for i, j in blocks if (j, i) in blocks and (i == j or members[i].continues(members[j]))]
    edges = np.array(pairs).reshape(-1, 2)
    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(size, size))
    count, home = connected_components(graph, directed=False)
    return [[int(i) for i in np.flatnonzero(home == group)] for group in range(count)]


def _left(i: int, members: Sequence[Member], blocks: Blocks) -> Any:
    """Return a member's matrix less what those that diffuse give back to it through their diagonals; None if empty."""
    own = blocks.get((i, i))
    left = plain(own.duplicate(copy=True)) if own is not None else None
    for j, other in enumerate(members):
        if not (other.diffuses and (i, j) in blocks and (j, i) in blocks):
            continue
        diagonal = blocks[j, j].getDiagonal()
        diagonal.reciprocal()
        scaled = plain(blocks[j, i].duplicate(copy=True))
        scaled.diagonalScale(L=diagonal)
        through = plain(blocks[i, j]).matMult(scaled)
        if members[i].on_surface:
            through.scale(-1.0)
            if left is not None:
                through.axpy(1.0, left, structure=PETSc.Mat.Structure.DIFFERENT_NONZERO_PATTERN)
            left = through
            continue
        # All of it has a wide stencil, and weakens what is smooth. Its diagonal is like a matrix of weights.
        if left is None:
            left = PETSc.Mat().createDiagonal(through.createVecLeft()).convert("aij")
        sizes = left.getDiagonal()
        sizes.axpy(-1.0, through.getDiagonal())
        left.setDiagonal(sizes)
    return left


def _fluxes(members: Sequence[Member], blocks: Blocks) -> dict[int, int]:
    """Return the fluxes on surfaces that only hold one member, as a potential that is given there, and this member."""
    found = {}
    for flux, member in enumerate(members):
        holds = [j for i, j in blocks if i == flux]
        if member.on_surface and len(holds) == 1 and members[holds[0]].diffuses and (holds[0], flux) in blocks:
            found[flux] = holds[0]
    return found
