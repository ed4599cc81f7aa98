"""One part of a system: its unknowns, what solves them, and how its equations depend on earlier parts."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from trona.problem.kept_factor import KeptFactor
from trona.problem.multigrid import Multigrid
from trona.problem.staggered import subtract

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from trona.problem.blocks import Block, Blocks


class PartSolve:
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

    @property
    def tells(self) -> bool:
        """Whether one known solution shows whether the matrix determines all unknowns."""
        return isinstance(self.factor, KeptFactor) and self.factor.tells

    def sample(self, known: Any, sizes: Any) -> None:
        """As `KeptFactor.sample`, of the whole system. Collective."""
        assert isinstance(self.factor, KeptFactor)
        with self._own(known) as own:
            self.factor.sample(own, sizes[list(self._ordered)])

    def recovers(self, b: Any, x: Any, known: Any) -> bool:
        """As `KeptFactor.recovers`, of the whole system. Collective."""
        assert isinstance(self.factor, KeptFactor)
        with self._own(b) as wanted, self._own(x) as found, self._own(known) as own:
            return self.factor.recovers(wanted, found, own)

    def renew(self, blocks: Blocks) -> None:
        seen = dict(blocks.seen(self.members))
        if seen != self._seen:
            self.factor.matrix_changed()
        self._seen = seen

    def subtract_earlier(self, b: Any, x: Any, fields: Sequence[Any]) -> None:
        subtract(b, x, [(fields[row], fields[column], block) for row, column, block in self.coupling])

    def solve(self, b: Any, x: Any, rough: bool, state: Any) -> None:
        """Solve for x; state: the largest value of each component of the system in what x is to be added to."""
        with self._own(b) as wanted, self._own(x) as found:
            self._solve(wanted, found, rough, state[list(self._ordered)])

    @contextmanager
    def _own(self, vector: Any) -> Iterator[Any]:
        """Give this part of a vector of the whole system."""
        if self.indices is None:
            yield vector
            return
        own = vector.getSubVector(self.indices)
        try:
            yield own
        finally:
            vector.restoreSubVector(self.indices, own)

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
