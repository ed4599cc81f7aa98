"""The loop of a run: one event per accepted step, whatever comes between two of them."""

from __future__ import annotations

import ast
import os
import re
import signal
from pathlib import Path
from typing import Any

import pytest

import trona.session
from trona.deck import Deck
from trona.errors import AuditError, SolveError
from trona.model import compose
from trona.record import Accepted
from trona.record.terminal import SilentReporter
from trona.session.run import run
from trona.session.session import Session
from trona.settings import read_settings
from trona.stepper import Stepper

DECK: dict[str, Any] = {
    "mesh": {"layers": [{"film": "1 um"}], "cells": 2},
    "materials": {"film": "uniform_sei"},
    "physics": {"heat": {"blocks": ["film"]}},
    "boundaries": {"top": {"temperature": "T_top"}},
    "initial": {"temperature": "300 K"},
    "elements": {"order": 1},
    "time": {"step": "1 us", "end": "6 us"},
    "outputs": {"extra": {"along": {"line": "temperature", "from": ["0 um"], "to": ["1 um"], "points": 3}}},
    "protocol": {
        "controls": {"T_top": "K"},
        "steps": [
            {"name": "warm", "set": {"T_top": "310 K"}, "until": {"time": "2 us"}},
            {"name": "cool", "set": {"T_top": "300 K"}, "until": {"time": "9 us"}},
        ],
    },
}


def session(**sections: Any) -> Session:
    model = compose(Deck.from_dict({**DECK, **sections}))
    return Session(model, read_settings(model), SilentReporter())


def test_every_step_is_one_event_with_all_that_was_read_off_it() -> None:
    made = session()
    events = list(made.steps())
    assert [e.number for e in events] == [1, 2, 3, 4, 5, 6]
    assert [e.time for e in events] == pytest.approx([1e-6, 2e-6, 3e-6, 4e-6, 5e-6, 6e-6], rel=1e-12)
    assert [e.ended.name if e.ended else "" for e in events] == ["", "warm", "", "", "", ""]
    for event in events:
        assert (
            event.snapshot is not None and event.snapshot.step == event.audit.step == event.newton.step == event.number
        )
        assert event.lines["along"].fields["temperature"].values[-1] == pytest.approx(310 if event.number < 3 else 300)
        assert (event.status, event.error) == ("", None)
        assert {o.name for o in event.outputs} >= {"temperature_max", "cycle", "protocol_step"}
    assert made.status == "finished" and made.norms == [e.newton.residuals for e in events]
    broken = made.broken_off()
    assert broken is not None and (broken.name, broken.reason) == ("cool", "time.end")
    assert [s.name for s in made.passed] == ["warm", "cool"]


def test_a_condition_to_stop_is_the_status_of_its_step() -> None:
    coldest = [next(o.value for o in e.outputs if o.name == "temperature_min") for e in session().steps()]
    limit = (coldest[0] + coldest[1]) / 2
    made = session(time={**DECK["time"], "stop": [{"output": "temperature_min", "above": f"{limit} K"}]})
    events = list(made.steps())
    assert [e.status for e in events] == ["", f"stopped: temperature_min is above {limit:g}"]
    assert made.status == events[-1].status


def test_an_error_is_raised_once_its_step_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    made, taken = session(), []

    def judge(audit: Any) -> None:
        if audit.step == 2:
            raise AuditError("lost")

    monkeypatch.setattr(made.solution.audit, "judge", judge)
    with pytest.raises(AuditError, match="lost"):
        for event in made.steps():
            taken.append(event)
    assert [str(e.error) for e in taken] == ["None", "lost"]


def test_a_signal_that_comes_while_a_step_is_written_down_ends_the_run_after_it(heard_signals: None) -> None:
    made, taken = session(), []
    with made.signals:
        for event in made.steps():
            taken.append(event)
            if event.number == 3:
                os.kill(os.getpid(), signal.SIGTERM)
    assert len(taken) == 3 and made.status == "interrupted: SIGTERM"


def test_what_nobody_writes_down_is_not_gathered() -> None:
    model = compose(Deck.from_dict(DECK))
    first = next(Session(model, read_settings(model), SilentReporter(), recorded=False).steps())
    assert (first.snapshot, dict(first.lines)) == (None, {})
    assert isinstance(first, Accepted)


def test_a_continued_run_that_fails_at_once_names_the_step_it_was_continued_from(
    small_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(small_run / "deck.yaml", directory="out", reporter=SilentReporter())

    def fails(self: Stepper, *rest: Any) -> Any:
        raise SolveError("no step succeeds")

    monkeypatch.setattr(Stepper, "_advance", fails)
    with pytest.raises(SolveError):
        run(small_run / "deck.yaml", overrides=["time.end=8 us"], restart="out", reporter=SilentReporter())
    found = {name: (small_run / "out" / f"{name}.pvd").read_text() for name in ("last_good", "failed")}
    ((time, step),) = re.findall(r'timestep="([^"]*)".*-(\d+)\.vtu', found["last_good"])
    assert (float(time), step) == (pytest.approx(6e-6, rel=1e-12), "000006")
    assert "-000007.vtu" in found["failed"]


# ---------------------------------------------------------------------- the room itself


@pytest.mark.parametrize("room", ["session", "settings"])
def test_no_two_modules_of_the_room_import_each_other_in_a_circle(room: str) -> None:
    folder = Path(trona.session.__file__).parents[1] / room
    inside: dict[str, set[str]] = {}
    for path in folder.glob("*.py"):
        names = {
            name
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom) and node.module
            for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
        }
        inside[path.stem] = {p.stem for p in folder.glob("*.py") if f"trona.{room}.{p.stem}" in names}
    while free := {name for name, others in inside.items() if not others & inside.keys()}:
        for name in free:
            del inside[name]
    assert not inside


def test_no_class_of_a_run_takes_ten_arguments() -> None:
    folder = Path(trona.session.__file__).parent
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name == "__init__":
                count = len(node.args.args) + len(node.args.kwonlyargs) - 1
                assert count <= 6, f"{path.name}:{node.lineno}"
