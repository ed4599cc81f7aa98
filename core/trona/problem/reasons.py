"""Why a solve has failed, in words."""

from __future__ import annotations

from typing import Any

from firedrake.petsc import PETSc

from trona.problem.factor import SINGULAR


def name_of(snes: Any, otherwise: str = "") -> str:
    """Return PETSc's name of how the last solve ended."""
    names = {v: k for k, v in vars(PETSc.SNES.ConvergedReason).items() if isinstance(v, int)}
    return str(names.get(snes.getConvergedReason(), otherwise))


REASONS = {
    "DIVERGED_FNORM_NAN": "the residual is not a number",
    "DIVERGED_FUNCTION_NANORINF": "the residual is not a number",
    "DIVERGED_DTOL": "the steps did not shrink",
    "DIVERGED_MAX_IT": "no convergence within the allowed iterations",
    "DIVERGED_LINE_SEARCH": "the line search found no descent",
    "DIVERGED_FUNCTION_DOMAIN": "a function was evaluated outside its domain",
}
"""What a message says for PETSc's reasons of divergence."""

IN_PYTHON = 101
"""PETSc's number of an error in what it calls."""


def origin_of(error: Any) -> BaseException:
    """Return the error behind one of PETSc that only says that what it called has raised one."""
    while isinstance(error, PETSc.Error) and error.ierr == IN_PYTHON:
        inner = error.__cause__ or error.__context__
        if inner is None:
            break
        error = inner
    return error  # type: ignore[no-any-return]


def reason_of(snes: Any, text: str, info: int) -> str:
    """Return why a solve has failed. text: PETSc's own words; info: MUMPS' INFOG(1) of the last factorisation."""
    reason = name_of(snes, text)
    if "LINEAR_SOLVE" in reason:
        if info == SINGULAR:
            return (
                "the Jacobian is singular; is there a field without a reference, such as a potential that no "
                "boundary or law fixes?"
            )
        if info in (-8, -9):
            return "the factorisation ran out of workspace"
    return REASONS.get(reason, str(reason).lower().replace("_", " "))
