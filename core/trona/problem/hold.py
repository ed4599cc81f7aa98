"""A flux on a surface that holds an unknown, as a potential that is given there: solved together with the unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from firedrake.petsc import PETSc

if TYPE_CHECKING:
    from collections.abc import Mapping


class Hold:
    """A flux, without an equation of its own, that holds a member on a surface, and a penalty in the member's matrix.

    A member that nothing else holds is undetermined without it. Where the equation of the flux is fulfilled, the
    penalty is zero; what it is before is added to the right-hand side. Its size is such that what is left for the flux
    when the member is eliminated is nearly the diagonal `weights`.
    """

    def __init__(self, i: int, flux: int, blocks: Mapping[tuple[int, int], Any]) -> None:
        self.i, self.flux, self._blocks = i, flux, blocks

    def add_to(self, matrix: Any) -> Any:
        """Return a member's matrix with the penalty."""
        row, column = plain(self._blocks[self.flux, self.i]), plain(self._blocks[self.i, self.flux])
        diagonal = self._blocks[self.i, self.i].getDiagonal()
        diagonal.reciprocal()
        scaled = column.copy()
        scaled.diagonalScale(L=diagonal)
        self._weights = row.matMult(scaled).getDiagonal()
        self._weights.reciprocal()
        self._product = column.createVecLeft()
        weighted = row.copy()
        weighted.diagonalScale(L=self._weights)
        penalty = column.matMult(weighted)
        penalty.axpy(1.0, matrix, structure=PETSc.Mat.Structure.DIFFERENT_NONZERO_PATTERN)
        penalty.setBlockSize(matrix.getBlockSize())
        return penalty

    def apply(self, given: Any, found: Any, rest: Any) -> None:
        """Solve for the flux, and put its part of the member's right-hand side into `rest`."""
        found.pointwiseMult(given, self._weights)
        found.scale(-1.0)
        self._blocks[self.i, self.flux].mult(found, self._product)
        rest.axpy(-2.0, self._product)  # once for the flux, once for the penalty


def plain(matrix: Any) -> Any:
    """Return a matrix, or a copy, in the format that products and multigrid know: Firedrake's vectors have another."""
    if matrix.getType() in ("seqaij", "mpiaij"):
        return matrix
    # Without a second argument the matrix itself would be converted, under Firedrake's hands.
    return matrix.convert("aij", PETSc.Mat())
