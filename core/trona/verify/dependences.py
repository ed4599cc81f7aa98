"""The structure of a model against its Jacobian: what depends on what, and what changes that, by perturbing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from trona.model.structure import structure_of
from trona.verify.taylor import Linearised
from trona.verify.term_sums import kept, randomise

if TYPE_CHECKING:
    from trona.model.structure import Cause
    from trona.problem import Problem

_CHANGED = 1e-10
"""Part of a block of the Jacobian above which it has changed."""
_NOTHING = 1e-14
"""Part of the rows of an equation below which a block of them is zero."""
_BY = 0.1
"""Part by which what may change a block is changed."""


@dataclass(frozen=True)
class Unforeseen:
    """A dependence in the Jacobian that the structure of the model does not have.

    row, column: of the block. cause: what changes it; '' where the structure has no such block at all. change: of the
    block, relative to its size, or its size relative to the rows.
    """

    row: str
    column: str
    cause: str
    change: float


def unforeseen(problem: Problem, levels: list[float] | None = None, seed: int = 0) -> list[Unforeseen]:
    """Return what the Jacobian depends on and the model's structure does not know, at a random state.

    Each unknown, the time and the size of its step are changed in turn. levels: per component, in SI, the value around
    which the state varies; by default its reference. The states, times and weights of the problem are restored.
    """
    with kept(problem):
        randomise(problem, levels, seed)
        return list(_Perturbed(problem, seed).found())


class _Perturbed:
    def __init__(self, problem: Problem, seed: int) -> None:
        self.problem, self.seed = problem, seed
        self.structure = structure_of(problem.model)
        self.solved = Linearised(problem)
        self.components = problem.unknowns.components

    def found(self) -> Iterator[Unforeseen]:
        pieces, depends = self.structure.pieces, self.structure.depends
        before = self._blocks()
        rows = [max(self._size(before[j][i]) for j in range(len(pieces))) for i in range(len(pieces))]
        for i, row in enumerate(pieces):
            for j, column in enumerate(pieces):
                size = self._size(before[j][i])
                if (row, column) not in depends and size > _NOTHING * rows[i]:
                    yield Unforeseen(str(row), str(column), "", size / rows[i])
        for cause, change in self._changes():
            undo = change()
            after = self._blocks()
            undo()
            for (row, column), causes in depends.items():
                i, j = pieces.index(row), pieces.index(column)
                size = self._size(before[j][i])
                changed = self._size(after[j][i] - before[j][i])
                if cause not in causes and changed > _CHANGED * max(size, _NOTHING * rows[i]):
                    yield Unforeseen(str(row), str(column), str(cause), changed / size if size else np.inf)

    def _blocks(self) -> list[list[Any]]:
        """Return by column, then by row, the block of the Jacobian times a vector that is always the same."""
        self.solved.set_jacobian()
        random = np.random.default_rng(self.seed + 1 + self.problem.comm.rank)
        directions = [self.solved.direction(random, only=number) for number in range(len(self.components))]
        return [self.solved.times_jacobian(direction) for direction in directions]

    def _changes(self) -> Iterator[tuple[Cause, Callable[[], Callable[[], None]]]]:
        """Yield what may change a block, and what changes it and returns how to undo that."""
        for piece, component in zip(self.structure.pieces, self.components, strict=True):
            yield piece, partial(self._moved, component.index)
        if self.problem.transient:
            yield "time step", self._other_step
            yield "time", self._other_time

    def _moved(self, number: int) -> Callable[[], None]:
        part = self.problem.unknowns.states[0].subfunctions[number]
        before = part.copy(deepcopy=True)
        random = np.random.default_rng(self.seed + 2 + self.problem.comm.rank)
        values = part.dat.data
        values[...] += _BY * float(np.abs(values).max(initial=0.0)) * random.uniform(-1, 1, size=values.shape)
        return lambda: part.assign(before)

    def _other_step(self) -> Callable[[], None]:
        weights = self.problem.inputs.rates
        before = [float(weight) for weight in weights]

        def put(values: list[float]) -> None:
            for weight, value in zip(weights, values, strict=True):
                weight.assign(value)

        put([(1 + _BY) * value for value in before])
        return lambda: put(before)

    def _other_time(self) -> Callable[[], None]:
        inputs = self.problem.inputs
        before = list(inputs.times)
        inputs.set_times([time + _BY for time in before])
        return lambda: inputs.set_times(before)

    def _size(self, values: Any) -> float:
        return float(np.sqrt(self.problem.comm.allreduce(float(np.vdot(values, values)))))
