"""The benchmark's own program runs, and counts the current that the deck prescribes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def test_the_composed_program(monkeypatch: pytest.MonkeyPatch, tutorial: Path) -> None:
    monkeypatch.syspath_prepend(str(HERE))
    import composed

    found = composed.main(str(tutorial), str(ROOT / "meshes/wavy_sei.msh"), 1)
    assert abs(found["check"]) == pytest.approx(10.0 * 0.5e-6, rel=1e-9)  # A/m2 through half a micrometre
    assert found["per_step"] > 0
    sys.modules.pop("composed")
