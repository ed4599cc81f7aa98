"""The benchmark's own program runs, and finds the same as the script written by hand."""

from __future__ import annotations

import sys
from datetime import datetime
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


def test_one_way_mechanics_is_the_same_by_hand(monkeypatch: pytest.MonkeyPatch, tutorial: Path, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(HERE))
    import compare
    import composed
    import mechanics_handwritten

    deck = tutorial.parents[1] / "benchmarks/one_way_mechanics.yaml"
    own, plain = compare.make_mesh(tmp_path, "coarse", 0.3)
    (found, _), (by_hand, _) = composed.main(str(deck), str(own)), mechanics_handwritten.main(str(plain))
    assert found["unknowns"] == by_hand["unknowns"]
    assert sorted(found["check"]) == pytest.approx(sorted(by_hand["check"]), rel=1e-6)
    for name in ("compare", "composed", "mechanics_handwritten", "turns"):
        sys.modules.pop(name)


def test_the_first_residual_is_timed_by_the_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(HERE))
    import warm

    log = tmp_path / "log.txt"
    log.write_text(
        "2026-01-01 10:00:01,500 INFO    deck\n"
        "2026-01-01 10:00:03,250 DEBUG     newton 0: residual 1.98e-05\n"
        "2026-01-01 10:00:04,000 DEBUG     newton 1: residual 4.15e-08\n"
    )
    assert warm.first_residual(log, datetime(2026, 1, 1, 10)) == 3.25
    sys.modules.pop("warm")
