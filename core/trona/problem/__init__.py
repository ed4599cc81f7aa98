"""The Problem room: a composed model as submeshes, spaces, residual, Jacobian and scaling (Firedrake)."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trona.problem.problem import Problem

__all__ = ["Problem"]


def __getattr__(name: str) -> Any:
    # Late, because it imports Firedrake, which the settings of the solver do not need.
    if name == "Problem":
        from trona.problem.start import start_firedrake

        start_firedrake()
        from trona.problem.problem import Problem

        return Problem
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
