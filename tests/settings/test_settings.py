"""The settings of a deck: every section read once in every command, and all mistakes told together."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest

from trona.cli import main
from trona.deck import Deck, Section, read_deck
from trona.errors import UserErrors
from trona.model import compose
from trona.settings import read_settings
from trona.sweep.worker import Job, Solver

DECK = """\
mesh: {layers: [{metal: 1 um}], cells: 2}
materials: {metal: sodium}
physics: {heat: {blocks: [metal]}}
boundaries: {top: {temperature: T_top}, bottom: {temperature: 25 degC}}
initial: {temperature: 25 degC}
elements: {order: 1}
time: {step: 1 us, stop: [{output: temperature_max, above: 400 K}]}
solver: {preset: direct, tolerance: {energy: 1e-6 W/m^2}}
outputs:
  csv: [temperature_max]
  extra: {mean: {reduce: mean, of: temperature, on: metal}}
protocol:
  controls: {T_top: K}
  steps: [{name: warm, set: {T_top: 310 K}, until: {time: 1 us}}]
audit: {limit: 1e-3, monitors: [entropy_production]}
checkpoint: {keep: 1}
"""
READ = {"time", "solver", "outputs", "protocol", "audit", "checkpoint"}


def command(*words: str) -> Callable[[Path], None]:
    def act(path: Path) -> None:
        assert main([words[0], str(path), *words[1:]]) == 0

    return act


def case(path: Path) -> None:
    assert Solver().solve(Job(1, read_deck(path), path.parent / "case")).status == "finished"


def verified(path: Path) -> None:
    from trona.verify import verify

    verify(path, max_unknowns=1)


@pytest.mark.parametrize(
    "act",
    [command("check"), command("run", "-q", "-o", "out"), case, pytest.param(verified, marks=pytest.mark.slow)],
    ids=["check", "run", "case of a sweep", "verify"],
)
def test_every_section_is_read_once(
    act: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "deck.yaml"
    path.write_text(DECK, encoding="utf-8")
    read: Counter[str] = Counter()
    as_declared = Section.read_node.__func__  # type: ignore[attr-defined]

    def counted(cls: type[Section], *args: Any) -> Section:
        read[cls.name] += 1
        found: Section = as_declared(cls, *args)
        return found

    monkeypatch.setattr(Section, "read_node", classmethod(counted))
    act(path)
    found = {name: count for name, count in read.items() if name in READ}
    if act is verified:  # points of outputs lie in other cells of each refined mesh
        assert found.pop("outputs") == 3
    assert found == dict.fromkeys(found, 1) and found.keys() >= READ - {"outputs"}


def test_mistakes_of_all_sections_are_told_together() -> None:
    wrong = DECK
    for good, bad in (
        ("csv: [temperature_max]", "every: 0"),
        ("step: 1 us", "step: 1 m"),
        ("preset: direct", "preset: indirect"),
        ("until: {time: 1 us}", "until: {time: 1 K}"),
        ("keep: 1", "keep: -1"),
        ("limit: 1e-3", "limit: 2"),
    ):
        assert good in wrong
        wrong = wrong.replace(good, bad)
    with pytest.raises(UserErrors) as caught:
        read_settings(compose(Deck.from_text(wrong)))
    text = str(caught.value)
    for section in READ - {"protocol"}:  # its limits are judged by the outputs, which are wrong here
        assert f" {section}." in text, text


def test_settings_cannot_be_changed() -> None:
    settings = read_settings(compose(Deck.from_text(DECK)))
    for part in (settings, settings.time, settings.solver, settings.protocol, settings.audit, settings.checkpoint):
        name = next(iter(part.__dataclass_fields__))  # type: ignore[union-attr]
        with pytest.raises(FrozenInstanceError):
            setattr(part, name, None)
    with pytest.raises(TypeError):
        settings.solver.tolerances["energy"] = 0.0  # type: ignore[index]
    assert {"mean", "temperature_max"} <= settings.units.keys()
    assert settings.controls == {"T_top": 310.0, "T_top is set": 1.0}
    assert settings.reported.keys() - settings.units.keys() == {"cycle", "protocol_step"}


def test_settings_need_no_firedrake() -> None:
    code = f"""\
import sys
from trona.deck import Deck
from trona.model import compose
from trona.settings import read_settings
read_settings(compose(Deck.from_text({DECK!r})))
assert 'firedrake' not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
