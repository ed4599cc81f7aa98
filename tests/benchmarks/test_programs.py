"""The benchmark's own program runs, and finds the same as the script written by hand."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def test_both_programs_solve_the_same(monkeypatch: pytest.MonkeyPatch, tutorial: Path, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(HERE))
    import compare
    import composed
    import handwritten

    own, plain = compare.make_mesh(tmp_path, "coarse", 0.3)
    (found, solve), (by_hand, _) = composed.main(str(tutorial), str(own)), handwritten.main(str(plain))
    assert found["unknowns"] == by_hand["unknowns"]
    assert sorted(found["check"]) == pytest.approx(sorted(by_hand["check"]), rel=1e-6)
    assert solve() > 0
    for name in ("compare", "composed", "handwritten", "turns"):
        sys.modules.pop(name)
