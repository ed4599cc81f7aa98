"""Numbers beside a sparse system: their rows and columns are full, so they are eliminated apart from the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Solve = Callable[[Any, Any], None]
    """Solves the rest for a right-hand side, into a vector."""


_ROUND_OFF = 1e-12
"""Size, relative to the terms of its sum, below which a sum in the row of a number is only round-off."""


@dataclass(eq=False)
class Border:
    """The numbers of a part, and the blocks of its matrix that they have.

    rest: index set of the other unknowns in the part's vectors, own: of each number. columns: of each number in the
    equations of the rest, rows: of the rest in the equation of each number, corner: of the numbers in their own.
    """

    rest: Any
    own: Sequence[Any]
    columns: Sequence[Any]
    rows: Sequence[Any]
    corner: Sequence[Sequence[Any]]

    def eliminate(self, solve: Solve) -> bool:
        """Prepare `apply` for the present blocks; return whether they determine the numbers. Collective."""
        self._solved = []
        for column in self.columns:
            found = column.createVecLeft()
            solve(_times_one(column), found)
            self._solved.append(found)
        corner = np.array([[_times_one(block).sum() for block in row] for row in self.corner])
        through = np.array([self._products(found) for found in self._solved]).T
        self._left = corner - through
        # Where one change of all unknowns leaves every equation as it is, these differences are only round-off.
        sizes = (abs(corner) + abs(through)).max(axis=1, keepdims=True)
        if not (np.isfinite(self._left).all() and (sizes > 0).all()):
            return False
        return bool(np.linalg.svd(self._left / sizes, compute_uv=False)[-1] > _ROUND_OFF)

    def apply(self, solve: Solve, b: Any, x: Any) -> None:
        """Solve the part. Collective."""
        wanted = b.getSubVector(self.rest)
        found = wanted.duplicate()
        solve(wanted, found)
        b.restoreSubVector(self.rest, wanted)
        numbers = np.linalg.solve(self._left, [_sum(b, own) for own in self.own] - self._products(found))
        for number, column, own in zip(numbers, self._solved, self.own, strict=True):
            found.axpy(-number, column)
            part = x.getSubVector(own)
            part.set(number)
            x.restoreSubVector(own, part)
        part = x.getSubVector(self.rest)
        found.copy(part)
        x.restoreSubVector(self.rest, part)

    def _products(self, vector: Any) -> Any:
        """Return the rows of the numbers times values of the rest, on every rank."""
        found = []
        for row in self.rows:
            product = row.createVecLeft()
            row.mult(vector, product)
            found.append(product.sum())
        return np.array(found)


def _times_one(block: Any) -> Any:
    one, product = block.createVecs()
    one.set(1.0)
    block.mult(one, product)
    return product


def _sum(vector: Any, indices: Any) -> float:
    part = vector.getSubVector(indices)
    total = float(part.sum())
    vector.restoreSubVector(indices, part)
    return total
