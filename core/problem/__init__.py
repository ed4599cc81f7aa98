"""The Problem room: a composed model as submeshes, spaces, residual, Jacobian and scaling (Firedrake)."""

from trona.problem.problem import Problem

__all__ = ["Problem"]
