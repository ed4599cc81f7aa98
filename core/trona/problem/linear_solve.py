"""The linear solve by parts: unknowns that need each other together, one part after another."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from firedrake.petsc import PETSc

from trona.problem.border import Border
from trona.problem.kept_factor import KeptFactor, LinearSolveError
from trona.problem.multigrid import Multigrid, cycles_cost_less
from trona.problem.sweep import Member, Sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from trona.model.structure import Part, Structure
    from trona.problem.blocks import Block, Blocks
    from trona.problem.unknowns import Component


@dataclass(frozen=True)
class PartWork:
    """What has been done for one part so far: its unknowns, how many numbers they are, and the counts.

    method: 'multigrid' or 'LU', and what it has taken the place of. factorisations: or set-ups of
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
        number = {piece: i for i, piece in enumerate(structure.pieces)}
        self.rough = False
        """Whether only the sizes of solutions matter."""
        self._members = [(tuple(number[piece] for piece in part.pieces), part) for part in structure.parts]
        self._diffusing = {number[piece] for piece in structure.diffusing}
        if any(self._numbers.issuperset(members) for members, _ in self._members):
            # Numbers alone are no sparse system: they stay with the rest.
            self._members = [(tuple(range(len(fields))), structure.whole)]
        self.solves: list[_PartSolve] = []
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

    def _solve_of(self, matrix: Any, members: tuple[int, ...], part: Part) -> _PartSolve:
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

        def factor() -> KeptFactor:
            return KeptFactor(own, sparse, border, local, last, part.linear, prefix)

        cycles = None
        if part.multigrid and (self._multigrid or cycles_cost_less(own.getSize()[0], dimension, part.constant)):
            at_once = part.linear and all(solve.linear for solve in self.solves)
            cycles = Multigrid(own, self._sweep(sparse, matrix, rest), border, local, last, at_once)
        return _PartSolve(ordered, indices, factor, cycles, coupling, part.linear)

    def _sweep(self, sparse: Any, matrix: Any, rest: list[int]) -> Sweep:
        members = [Member(self._components[i], i in self._diffusing) for i in rest]
        at = {component: position for position, component in enumerate(rest)}
        blocks = {
            (at[row], at[column]): _block(matrix, row, column)
            for row, column in self.blocks.assembled
            if row in at and column in at
        }
        return Sweep(sparse, members, blocks, self._prefix)

    def _border(self, matrix: Any, own: Any, ordered: list[int], rest: list[int], numbers: list[int]) -> Border:
        at = dict(zip(ordered, own.getNestISs()[0], strict=True))
        columns = [_nest_of([[_block(matrix, i, j)] for i in rest]) for j in numbers]
        rows = [_nest_of([[_block(matrix, i, j) for j in rest]]) for i in numbers]
        corner = [[_block(matrix, i, j) for j in numbers] for i in numbers]
        return Border(_joined([at[i] for i in rest]), [at[i] for i in numbers], columns, rows, corner)


class _PartSolve:
    """One part: its unknowns, and the blocks by which its equations depend on earlier parts.

    ordered: its members as its matrix has them. indices: of its unknowns in the whole, None if it is the whole. factor:
    makes the LU of it. cycles: what solves it instead, as long as that does.
    """

    def __init__(
        self,
        ordered: Sequence[int],
        indices: Any,
        factor: Callable[[], KeptFactor],
        cycles: Multigrid | None,
        coupling: list[tuple[int, int, Any]],
        linear: bool,
    ) -> None:
        self.members, self.indices, self.coupling, self.linear = frozenset(ordered), indices, coupling, linear
        self._ordered = ordered
        self._make, self._cycles, self._tried = factor, cycles, (0, 0)
        self.factor: KeptFactor | Multigrid = cycles or factor()
        self._instead = ""
        self._seen: dict[Block, int] = {}

    @property
    def method(self) -> str:
        """What solves it now, and why if that was not the first choice."""
        return self.factor.method + self._instead

    @property
    def counts(self) -> tuple[int, int]:
        """Factorisations, or set-ups of multigrid, and iterations so far."""
        factorisations, iterations = self._tried
        return factorisations + self.factor.factorisations, iterations + self.factor.iterations

    @property
    def undetermined(self) -> list[int]:
        """The members that a singular matrix does not determine, as far as it was seen."""
        return [self._ordered[i] for i in self.factor.undetermined]

    def determined(self) -> bool | None:
        """As `LinearSolve.determined`. Collective."""
        found = self.factor.determined()
        if found is None and isinstance(self.factor, Multigrid):
            self._replace()
        return found

    def renew(self, blocks: Blocks) -> None:
        seen = dict(blocks.seen(self.members))
        if seen != self._seen:
            self.factor.matrix_changed()
        self._seen = seen

    def subtract_earlier(self, b: Any, x: Any, fields: Sequence[Any]) -> None:
        for row, column, block in self.coupling:
            values, left = x.getSubVector(fields[column]), b.getSubVector(fields[row])
            product = left.duplicate()
            block.mult(values, product)
            left.axpy(-1.0, product)
            b.restoreSubVector(fields[row], left)
            x.restoreSubVector(fields[column], values)

    def solve(self, b: Any, x: Any, rough: bool, state: Any) -> None:
        """Solve for x; state: the largest value of each component of the system in what x is to be added to."""
        own = state[list(self._ordered)]
        if self.indices is None:
            self._solve(b, x, rough, own)
            return
        wanted, found = b.getSubVector(self.indices), x.getSubVector(self.indices)
        self._solve(wanted, found, rough, own)
        b.restoreSubVector(self.indices, wanted)
        x.restoreSubVector(self.indices, found)

    def restore(self) -> None:
        """Begin anew, for other inputs, with what solved it at first."""
        if isinstance(self.factor, KeptFactor):
            self.factor.renew()
        if self._cycles is not None and self.factor is not self._cycles:
            self._use(self._cycles, "")
            self._cycles.matrix_changed()

    def _replace(self) -> None:
        """Take an LU from now on, and give the memory of the cycles back."""
        self.factor.reset()
        self._use(self._make(), ", since multigrid did not converge")

    def _use(self, factor: KeptFactor | Multigrid, instead: str) -> None:
        factorisations, iterations = self.counts
        self.factor, self._instead = factor, instead
        self._tried = (factorisations - factor.factorisations, iterations - factor.iterations)

    def _solve(self, b: Any, x: Any, rough: bool, state: Any) -> None:
        if isinstance(self.factor, Multigrid):
            if self.factor.solve(b, x, rough=rough, state=state):
                return
            self._replace()
        self.factor.solve(b, x, rough=rough, state=state)


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
