"""A run of six quick steps with a checkpoint at each, and what may happen while a step is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trona.stepper import Stepper

DECK = """\
mesh: {layers: [{film: 1 um}], cells: 2}
materials: {film: uniform_sei}
physics:
  heat: {blocks: [film]}
boundaries:
  top: {temperature: 25 degC}
initial: {temperature: 30 degC}
elements: {order: 1}
time: {end: 6 us, step: 1 us}
checkpoint: {every_steps: 1}
"""


def meanwhile(monkeypatch: pytest.MonkeyPatch, step: int, act: Callable[[], Any]) -> list[Any]:
    """Do something while a step is made; return, later, what it gave."""
    advance, found = Stepper._advance, []

    def patched(self: Stepper, now: int, *rest: Any) -> Any:
        if now == step and not found:
            found.append(None)
            found[0] = act()
        return advance(self, now, *rest)

    monkeypatch.setattr(Stepper, "_advance", patched)
    return found
