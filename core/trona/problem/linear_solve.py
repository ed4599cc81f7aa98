"""The linear solve by parts: unknowns that need each other together, one part after another."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from firedrake.petsc import PETSc

from trona.problem.border import Border
from trona.problem.kept_factor import KeptFactor, LinearSolveError
from trona.problem.multigrid import Multigrid, cycles_cost_less
from trona.problem.part_solve import PartSolve
from trona.problem.staggered import Group, Staggered, gain
from trona.problem.sweep import Member, Sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from trona.model.structure import Part, Structure
    from trona.problem.blocks import Blocks
    from trona.problem.unknowns import Component

_GAIN = 2.0
"""Times by which factors of a part's groups must promise to cost less than those of all of it."""


@dataclass(frozen=True)
class PartWork:
    """What has been done for one part so far: its unknowns, how many numbers they are, and the counts.

    method: 'multigrid', 'LU' or 'LU of groups', and what it has taken the place of. factorisations: or set-ups of
    multigrid.
    """

    unknowns: tuple[str, ...]
    size: int
    method: str
    factorisations: int
    krylov_iterations: int


class LinearSolve:
    """Solves a block-triangular system exactly, as PETSc's preconditioner of a `preonly` solve.

    fields: index sets of the components. last: size of the Newton steps that may be the last ones. prefix: of PETSc's
    options for the factorisations. state: the function that solutions are changes of. multigrid: whether every part
    that multigrid can solve is left to it, whatever that costs.
    """

    def __init__(
        self,
        structure: Structure,
        components: Sequence[Component],
        fields: Sequence[Any],
        blocks: Blocks,
        last: float,
        prefix: str,
        state: Any,
        multigrid: bool = False,
    ) -> None:
        self.fields, self.blocks, self._last, self._prefix, self._state = fields, blocks, last, prefix, state
        self._components, self._multigrid = components, multigrid
        if [piece.field for piece in structure.pieces] != [c.name for c in components]:
            raise AssertionError("the structure has other unknowns than the system")
        self._labels = [c.label for c in components]
        self._numbers = {c.index for c in components if c.field.kind == "global"}
        self._number = number = {piece: i for i, piece in enumerate(structure.pieces)}
        self.rough = False
        """Whether only the sizes of solutions matter."""
        self._members = [(tuple(number[piece] for piece in part.pieces), part) for part in structure.parts]
        self._diffusing = {number[piece] for piece in structure.diffusing}
        if any(self._numbers.issuperset(members) for members, _ in self._members):
            # Numbers alone are no sparse system: they stay with the rest.
            self._members = [(tuple(range(len(fields))), structure.whole)]
        self.solves: list[PartSolve] = []
        self._before: list[tuple[int, int]] = []
        """Factorisations and iterations of each part in earlier runs."""

    def setUp(self, pc: Any) -> None:  # as PETSc calls it
        """See which parts' matrices have changed. Collective."""
        matrix = pc.getOperators()[0]
        if not self.solves:
            for members, part in self._members:
                self.solves.append(self._solve_of(matrix, members, part))
        for solve in self.solves:
            solve.renew(self.blocks)

    def apply(self, pc: Any, b: Any, x: Any) -> None:
        """Solve for x. Collective."""
        pc.setFailedReason(PETSc.PC.FailedReason.NOERROR)  # PETSc keeps the one of an earlier matrix
        rest = b.copy()
        state = self._largest()
        try:
            for part in self.solves:
                part.subtract_earlier(rest, x, self.fields)
                part.solve(rest, x, self.rough, state)
        except LinearSolveError:
            x.set(np.inf)
            pc.setFailedReason(PETSc.PC.FailedReason.SUBPC_ERROR)

    def _largest(self) -> Any:
        """Return the largest value of each component of the state. Collective."""
        found = []
        with self._state.dat.vec_ro as values:
            for rows in self.fields:
                part = values.getSubVector(rows)
                found.append(part.norm(PETSc.NormType.NORM_INFINITY))
                values.restoreSubVector(rows, part)
        return np.array(found)

    def determined(self) -> bool | None:
        """Whether the systems that were solved last have one solution each, as far as their factors do not tell.

        None: they do, but what was found of it may be wrong. Collective.
        """
        found = [part.determined() for part in self.solves]
        return False if False in found else None if None in found else True

    def sure(self, matrix: Any, residual: Any, sizes: Sequence[float]) -> bool:
        """Whether one solve shows that a correction for a residual is within the size given for each component, and
        that the systems that were solved last have one solution each. Otherwise it may be either. Collective.

        A known solution of these sizes is sought together with the correction.
        """
        if not all(part.tells for part in self.solves):
            return False
        known, b, x = residual.duplicate(), residual.duplicate(), residual.duplicate()
        for part in self.solves:
            part.sample(known, np.array(sizes))
        matrix.multAdd(known, residual, b)
        for part in self.solves:
            part.subtract_earlier(b, x, self.fields)
            if not part.recovers(b, x, known):
                return False
        return True

    @property
    def undetermined(self) -> list[Component]:
        """The unknowns that a singular matrix does not determine, as far as it was seen."""
        return [self._components[i] for part in self.solves for i in part.undetermined]

    @contextmanager
    def roughly(self) -> Iterator[None]:
        """Solve, within, only as closely as the sizes of solutions ask for."""
        self.rough = True
        try:
            yield
        finally:
            self.rough = False

    def work(self) -> list[PartWork]:
        """Return what has been done in this run so far, part by part in their order."""
        before = self._before or [(0, 0)] * len(self.solves)
        return [
            PartWork(
                tuple(self._labels[i] for i in sorted(part.members)),
                part.factor.size,
                part.method,
                part.counts[0] - factorisations,
                part.counts[1] - iterations,
            )
            for part, (factorisations, iterations) in zip(self.solves, before, strict=True)
        ]

    def renew(self) -> None:
        """Rely on no assembled block from now on, and count work anew; old factors may still serve."""
        self.blocks.renew()
        for part in self.solves:
            part.restore()
        self._before = [part.counts for part in self.solves]

    def mumps_info(self) -> int:
        """Return the worst of MUMPS' INFOG(1) of the last factorisations."""
        return min((part.factor.mumps_info() for part in self.solves), default=0)

    def reset(self, pc: Any = None) -> None:
        """Forget all factors, so that PETSc's options are read anew."""
        for part in self.solves:
            part.factor.reset()

    def _solve_of(self, matrix: Any, members: tuple[int, ...], part: Part) -> PartSolve:
        earlier = {i for solve in self.solves for i in solve.members}
        coupling = [
            (row, column, _block(matrix, row, column))
            for row, column in sorted(self.blocks.assembled)
            if row in members and column in earlier
        ]
        rest = [i for i in members if i not in self._numbers]
        numbers = [i for i in members if i in self._numbers]
        whole = len(members) == len(self.fields)
        own = matrix if whole else _nest(matrix, [*rest, *numbers])
        ordered = list(range(len(self.fields))) if whole else [*rest, *numbers]
        border = self._border(matrix, own, ordered, rest, numbers) if numbers else None
        sparse = _nest(matrix, rest) if numbers else own
        indices = None if whole else _joined([self.fields[i] for i in ordered])

        dimension = max(self._components[i].mesh.topological_dimension for i in members)
        local, last, prefix = _local_rows(own), self._last, self._prefix

        staggered = self._staggered(sparse, matrix, rest, part, dimension) if not numbers else None

        def factor() -> KeptFactor:
            return KeptFactor(own, sparse, border, local, last, part.linear, prefix, staggered)

        cycles = None
        if part.multigrid and (self._multigrid or cycles_cost_less(own.getSize()[0], dimension, part.constant)):
            at_once = part.linear and all(solve.linear for solve in self.solves)
            cycles = Multigrid(own, self._sweep(sparse, matrix, rest), border, local, last, at_once)
        return PartSolve(ordered, indices, factor, cycles, coupling, part.linear)

    def _sweep(self, sparse: Any, matrix: Any, rest: list[int]) -> Sweep:
        members = [Member(self._components[i], i in self._diffusing) for i in rest]
        at = {component: position for position, component in enumerate(rest)}
        blocks = {
            (at[row], at[column]): _block(matrix, row, column)
            for row, column in self.blocks.assembled
            if row in at and column in at
        }
        return Sweep(sparse, members, blocks, self._prefix)

    def _staggered(
        self, sparse: Any, matrix: Any, members: Sequence[int], part: Part, dimension: int
    ) -> Callable[[], Staggered] | None:
        """Return what makes factors of the part's groups, where these promise to cost less than those of all of it.

        Factors of a line cost little. Those of a linear part solve it at once.
        """
        groups = [sorted(self._number[piece] for piece in group) for group in part.groups]
        sizes = [sum(self.fields[i].getSize() for i in group) for group in groups]
        if part.linear or dimension < 2 or gain(sizes) < _GAIN:
            return None
        rows = dict(zip(members, sparse.getNestISs()[0], strict=True))
        found, earlier = [], set[int]()
        for group in groups:
            before = [
                (rows[i], rows[j], _block(matrix, i, j))
                for i, j in sorted(self.blocks.assembled)
                if i in group and j in earlier
            ]
            found.append(Group(_joined([rows[i] for i in group]), _nest(matrix, group), before))
            earlier.update(group)
        return partial(Staggered, found, self._prefix)

    def _border(self, matrix: Any, own: Any, ordered: list[int], rest: list[int], numbers: list[int]) -> Border:
        at = dict(zip(ordered, own.getNestISs()[0], strict=True))
        columns = [_nest_of([[_block(matrix, i, j)] for i in rest]) for j in numbers]
        rows = [_nest_of([[_block(matrix, i, j) for j in rest]]) for i in numbers]
        corner = [[_block(matrix, i, j) for j in numbers] for i in numbers]
        return Border(_joined([at[i] for i in rest]), [at[i] for i in numbers], columns, rows, corner)


def _block(matrix: Any, row: int, column: int) -> Any:
    return matrix.getNestSubMatrix(row, column) if matrix.getType() == "nest" else matrix


def _nest(matrix: Any, members: Sequence[int]) -> Any:
    """Return the matrix of some components for themselves, which shares their blocks."""
    if len(members) == 1:
        return _block(matrix, members[0], members[0])
    return _nest_of([[_block(matrix, i, j) for j in members] for i in members])


def _nest_of(blocks: Sequence[Sequence[Any]]) -> Any:
    if len(blocks) == len(blocks[0]) == 1:
        return blocks[0][0]
    return PETSc.Mat().createNest(blocks, comm=blocks[0][0].comm)


def _local_rows(matrix: Any) -> list[Any]:
    """Return of each component of a nest the rows in this rank's part of a vector."""
    begin, end = matrix.getOwnershipRange()
    if matrix.getType() != "nest":
        return [np.arange(end - begin)]
    return [rows.getIndices() - begin for rows in matrix.getNestISs()[0]]


def _joined(sets: Sequence[Any]) -> Any:
    """Return the index set of several, on each rank one after another."""
    return PETSc.IS().createGeneral(np.concatenate([s.getIndices() for s in sets]), comm=sets[0].comm)
