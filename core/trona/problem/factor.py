"""The factorisation of one part of a system by MUMPS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from firedrake.petsc import PETSc

if TYPE_CHECKING:
    from trona.problem.border import Border

SINGULAR = -10
"""What MUMPS says of a singular matrix."""


class Factor:
    """An LU of a matrix, with the numbers of its part eliminated.

    sparse: the matrix of the part without its numbers, which `border` holds if there are some. prefix: of PETSc's
    options for it.
    """

    exact = True

    def __init__(self, sparse: Any, border: Border | None, prefix: str) -> None:
        self._sparse, self._border = sparse, border
        self._tried = self._failed = self._undetermined = False
        self._pc = PETSc.PC().create(comm=sparse.comm)
        self._pc.setOptionsPrefix(prefix)
        self._pc.setOperators(sparse, sparse)
        self._pc.setType("lu")
        self._pc.setFactorSolverType("mumps")
        self._database = PETSc.Options(prefix)
        self._options: dict[str, Any] = {}
        if border is not None:
            # Without the row of a number that holds a level, the rest is singular: a pivot of zero is passed over.
            self._options = {"mat_mumps_icntl_24": 1, "mat_mumps_cntl_5": 1.0}

    def make(self) -> bool:
        """Factorise the matrix as it is now; return whether that was possible. Collective."""
        if self._failed:
            self._pc.reset()  # MUMPS would take the failure for the one of the next matrix
            self._failed = False
        self._pc.setReusePreconditioner(False)
        # A nest does not see that its blocks have changed, and PETSc would keep the old factors.
        self._sparse.stateIncrease()
        self._pc.setOperators(self._sparse, self._sparse)
        # What the user gives is in the database by now.
        own = {name: value for name, value in self._options.items() if name not in self._database}
        for name, value in own.items():
            self._database[name] = value
        try:
            self._pc.setUp()  # reads the options the first time
        finally:
            for name in own:
                del self._database[name]
        self._pc.setReusePreconditioner(True)
        self._tried, self._undetermined = True, False
        if self._pc.getFailedReason() != PETSc.PC.FailedReason.NOERROR:
            self._failed = True
            return False
        if self._border is not None and not self._border.eliminate(self._pc.apply):
            self._undetermined = True
            return False
        return True

    def apply(self, b: Any, x: Any) -> None:
        """Solve with the factors that there are. Collective."""
        if self._border is None:
            self._pc.apply(b, x)
        else:
            self._border.apply(self._pc.apply, b, x)

    def release(self) -> None:
        """Give the memory of the factors back. Collective."""
        self._pc.reset()
        self._tried = False

    def mumps_info(self) -> int:
        """Return MUMPS' INFOG(1) of the last factorisation, or 0 before the first one.

        Numbers that nothing determines give the code of a singular matrix.
        """
        if self._undetermined:
            return SINGULAR
        return int(self._pc.getFactorMatrix().getMumpsInfog(1)) if self._tried else 0

    @property
    def margin(self) -> int:
        """MUMPS' workspace beyond its own estimate, in percent, in the last factorisation."""
        return int(self._pc.getFactorMatrix().getMumpsIcntl(14))
