"""Factors of groups of unknowns, one group after another: close to the inverse of a part, at a fraction of its cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trona.problem.factor import Factor

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, eq=False)
class Group:
    """Unknowns that need each other directly.

    rows: index set of them in the part's vectors. matrix: of their equations by themselves. before: where the equations
    of one of them depend on an earlier group, as index sets of both in the part's vectors and the block.
    """

    rows: Any
    matrix: Any
    before: Sequence[tuple[Any, Any, Any]]


class Staggered:
    """Solves the groups of a part in turn, each with what was found of earlier ones: block Gauss-Seidel.

    What a group depends on of later ones is left to the iterations that this is the preconditioner of. prefix: of
    PETSc's options for the factors.
    """

    exact = False

    def __init__(self, groups: Sequence[Group], prefix: str) -> None:
        self._groups = groups
        self._factors = [Factor(group.matrix, None, prefix) for group in groups]

    @property
    def gain(self) -> float:
        """How many times as long a factorisation of the whole is expected to take."""
        return gain([group.matrix.getSize()[0] for group in self._groups])

    def make(self) -> bool:
        """Factorise the groups as they are now; return whether that was possible. Collective."""
        return all(factor.make() for factor in self._factors)

    def apply(self, b: Any, x: Any) -> None:
        """Solve with the factors that there are. Collective."""
        rest = b.copy()
        for group, factor in zip(self._groups, self._factors, strict=True):
            subtract(rest, x, group.before)
            wanted, found = rest.getSubVector(group.rows), x.getSubVector(group.rows)
            factor.apply(wanted, found)
            rest.restoreSubVector(group.rows, wanted)
            x.restoreSubVector(group.rows, found)

    def release(self) -> None:
        """Give the memory of the factors back. Collective."""
        for factor in self._factors:
            factor.release()

    def mumps_info(self) -> int:
        """Return the worst of MUMPS' INFOG(1) of the last factorisations, or 0 before the first one."""
        return min(factor.mumps_info() for factor in self._factors)


def gain(sizes: Sequence[int]) -> float:
    """Return how many times as long it takes to factorise unknowns together as in groups of these sizes.

    A node has unknowns of several groups. The time grows as the square of how many they are, or a little less.
    """
    return float(sum(sizes) ** 2 / sum(size**2 for size in sizes))


def subtract(b: Any, x: Any, blocks: Sequence[tuple[Any, Any, Any]]) -> None:
    """Take what was found in x off the right-hand side b; blocks: index sets of row and column, and what is between."""
    for row, column, block in blocks:
        values, left = x.getSubVector(column), b.getSubVector(row)
        product = left.duplicate()
        block.mult(values, product)
        left.axpy(-1.0, product)
        b.restoreSubVector(row, left)
        x.restoreSubVector(column, values)
