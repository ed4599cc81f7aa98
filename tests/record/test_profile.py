from __future__ import annotations

import json
from pathlib import Path

import pytest

from trona.record import RunDirectory
from trona.record.profile import Profile, Share, unmeasured


def ticking(monkeypatch: pytest.MonkeyPatch, *seconds: float) -> Profile:
    """A profile whose clock shows these times, one after the other."""
    times = iter(seconds)
    monkeypatch.setattr("trona.record.profile.clock.perf_counter", lambda: next(times))
    return Profile()


def test_an_inner_phase_stops_the_outer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    profile = ticking(monkeypatch, 0.0, 1.0, 3.0, 7.0, 12.0, 20.0)
    with profile.phase("solve"), profile.phase("audit"):
        pass
    assert profile.phases() == [Share("other", 9.0, 0), Share("solve", 7.0, 1), Share("audit", 4.0, 1)]


def test_a_phase_ends_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    profile = ticking(monkeypatch, 0.0, 1.0, 4.0, 4.0)
    with pytest.raises(ValueError), profile.phase("solve"):
        raise ValueError
    assert profile.phases() == [Share("other", 1.0, 0), Share("solve", 3.0, 1)]


def test_table_data_and_picture(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    profile = ticking(monkeypatch, 0.0, 1.0, 4.0, 4.0)
    with profile.phase("solve"):
        pass
    profile.events = lambda: [("factorisations", 2.0, 5)]
    directory = RunDirectory(tmp_path)
    text = profile.write(directory)
    assert text.splitlines()[0].split() == ["phase", "time", "share", "times"]
    assert text.splitlines()[3].split() == ["solve", "3.00", "s", "75%", "1"]
    assert text.splitlines()[-1].split() == ["factorisations", "2.00", "s", "50%", "5"]
    data = json.loads((tmp_path / "profile.json").read_text())
    assert data["phases"][1] == {"name": "solve", "seconds": 3.0, "times": 1}
    assert data["within"] == [{"name": "factorisations", "seconds": 2.0, "times": 5}]
    assert (tmp_path / "plots" / "profile.png").stat().st_size > 1000
    directory.close()


def test_unmeasured_does_nothing() -> None:
    with unmeasured("solve"):
        pass
