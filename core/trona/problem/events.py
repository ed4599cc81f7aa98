"""What PETSc's log says about solves and compilation."""

from __future__ import annotations

_PARTS = {
    "forms to kernels (TSFC)": ("firedrake.tsfc_interface.compile_form",),
    "kernels to C (loopy)": ("GlobalKernel: generate device code",),
    "C compiler": ("pyop2.compilation.make_so",),
    "residuals": ("SNESFunctionEval",),
    "Jacobians": ("SNESJacobianEval",),
    "factorisations": ("MatLUFactorSym", "MatLUFactorNum", "MatCholFctrSym", "MatCholFctrNum"),
    "preconditioners": ("PCSetUp",),
    "linear solves": ("KSPSolve",),
}
"""The events of each part. Preconditioners include factorisations; the first residual and Jacobian, compilation."""


class EventLog:
    """PETSc's count of its events on this rank, from now on. Firedrake must be imported."""

    def __init__(self) -> None:
        from firedrake.petsc import PETSc

        PETSc.Log.begin()
        self._before = self._totals()

    def parts(self) -> list[tuple[str, float, int]]:
        """Return name, seconds and number of those parts that have happened."""
        found = []
        for name, (seconds, times) in self._totals().items():
            earlier, already = self._before[name]
            if times > already:
                found.append((name, seconds - earlier, times - already))
        return found

    def _totals(self) -> dict[str, tuple[float, int]]:
        from firedrake.petsc import PETSc

        found = {}
        for name, events in _PARTS.items():
            each = [PETSc.Log.Event(event).getPerfInfo() for event in events]
            found[name] = sum(float(info["time"]) for info in each), max(int(info["count"]) for info in each)
        return found
