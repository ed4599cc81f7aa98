"""Faults put between the terms of a model and their integrals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from trona.model.composition import Placed
from trona.problem.forms import Forms, Integral

Change = Callable[[Forms, Placed, Integral], Integral | None]


def scaled(integral: Integral, factor: float) -> Integral:
    """Return `factor` times an integral."""
    return replace(integral, density=integral.density.map(lambda density: factor * density))


def seeded(monkeypatch: pytest.MonkeyPatch, change: Change) -> None:
    """Let `change` replace the integral of each term at each of its places; None leaves it out."""
    right = Forms.integrals

    def wrong(self: Forms, transient: bool) -> list[tuple[Placed, Integral]]:
        changed = [(placed, change(self, placed, integral)) for placed, integral in right(self, transient)]
        return [(placed, integral) for placed, integral in changed if integral is not None]

    monkeypatch.setattr(Forms, "integrals", wrong)
