"""The Problem of a composed model, with the solver that its deck asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trona.settings.solver import read_solver

if TYPE_CHECKING:
    from trona.model import Model
    from trona.problem import Problem


def problem_for(model: Model, **more: Any) -> Problem:
    from trona.problem import Problem

    return Problem(model, read_solver(model), **more)
