"""The machinery of the campaign, and that its page, results and faults are of one age."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent))

import campaign
from decks import DECKS, plugins_of
from mutants import PACKAGES, ROOT, Mutant, all_mutants
from page import caught, render
from proofs import PROOFS

from trona.model import registry

KINDS = {"sign", "factor", "missing term", "swapped", "unit", "side", "argument"}
MUTANT = Mutant(
    "cold",
    "plugins/trona_plugins/arrhenius.py",
    "sign",
    "falls",
    "exp(-self",
    "exp(self",
    ("ohmic",),
    ("tests/stepper/test_bdf.py",),
)


@pytest.mark.parametrize("mutant", all_mutants(), ids=lambda m: m.name)
def test_each_fault_fits_the_source(mutant: Mutant) -> None:
    changed = mutant.apply((ROOT / mutant.file).read_text(encoding="utf-8"))
    compile(changed, mutant.file, "exec")
    assert set(mutant.decks) <= set(DECKS) and mutant.tests
    assert not mutant.plugin or all(mutant.plugin in plugins_of(d) for d in mutant.decks)
    for test in mutant.tests:
        path, _, name = test.partition("::")
        assert runs_by_itself(path, name.partition("[")[0]), test


def runs_by_itself(path: str, name: str) -> bool:
    """Whether a test exists and is not marked slow; name: '' for any of its file."""
    tests = {f.name: f.decorator_list for f in ast.parse((ROOT / path).read_text(encoding="utf-8")).body
             if isinstance(f, ast.FunctionDef) and f.name.startswith("test_")}  # fmt: skip
    wanted = [tests[name]] if name in tests else tests.values() if not name else ()
    return any("pytest.mark.slow" not in map(ast.unparse, decorators) for decorators in wanted)


def test_a_fault_whose_tests_do_not_run_survives(tmp_path: Path) -> None:
    """A test that is marked slow is left out, and notices nothing."""
    slow = "tests/page/test_browser.py::test_shipped_decks"
    assert not runs_by_itself(*slow.split("::")) and not runs_by_itself("tests/page/test_browser.py", "test_none")
    program = f"import proofs; print(repr(proofs.closed_forms({replace(MUTANT, tests=(slow,))!r}, {tmp_path!r})))"
    names = "from pathlib import PosixPath; from mutants import Mutant; "
    done = subprocess.run(
        [sys.executable, "-c", names + program], cwd=Path(__file__).parent, capture_output=True, text=True
    )
    assert done.stdout.splitlines()[-1] == "''", done.stderr


def test_every_plugin_and_every_kind_of_fault_is_there() -> None:
    plugins = Counter(m.plugin for m in all_mutants() if m.plugin and m.plugin != "reductions")
    known = registry()
    assert set(plugins) == {*known.physics, *known.forms} and min(plugins.values()) >= 4
    assert sum(plugins.values()) >= 40
    assert {m.kind for m in all_mutants() if m.plugin} == KINDS
    core = Counter(m.kind for m in all_mutants() if not m.plugin)
    assert core["time level"] >= 5 and core.total() >= 10


def test_a_fault_that_does_not_fit_is_an_error() -> None:
    for old in ("not there", "self"):
        with pytest.raises(
            ValueError, match=r"mutant cold: .* times in plugins/trona_plugins/arrhenius.py, expected once"
        ):
            replace(MUTANT, old=old).apply((ROOT / MUTANT.file).read_text(encoding="utf-8"))


def test_the_copy_has_the_fault_and_the_checkout_does_not(tmp_path: Path) -> None:
    before = (ROOT / MUTANT.file).read_text(encoding="utf-8")
    MUTANT.write(tmp_path)
    assert (ROOT / MUTANT.file).read_text(encoding="utf-8") == before
    assert (tmp_path / "trona_plugins/arrhenius.py").read_text(encoding="utf-8") == MUTANT.apply(before)
    assert {p.name for p in tmp_path.iterdir()} == {Path(place).name for place in PACKAGES}
    names = [Path(place).name for place in PACKAGES]
    paths = ", ".join(f"{name}.__file__" for name in names)
    found = subprocess.run(
        [sys.executable, "-c", f"import {', '.join(names)}; print({paths})"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert found.stdout.split() == [str(tmp_path / name / "__init__.py") for name in names]


def test_a_wrong_unit_is_refused_and_nothing_else_is_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(campaign, "CACHE", tmp_path)
    unit = next(m for m in all_mutants() if m.name == "arrhenius-no-gas-constant")
    found = campaign.prove(unit)
    assert list(found) == ["dimension check"]
    assert "takes exp of" in found["dimension check"]


def test_a_proof_that_dies_or_hangs_has_found_something(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said = iter(["dies with -11", "does not end", ""])

    def process(folder: Path, lines: Path, name: str, proofs: Any, longest: float) -> str:
        ended = next(said)
        done = proofs[:1] if ended == "dies with -11" else () if ended else proofs
        lines.write_text("".join(json.dumps({"proof": p, "by": ""}) + "\n" for p in done))
        return ended

    monkeypatch.setattr(campaign, "_process", process)
    found = campaign.prove(MUTANT)
    assert found == {"dimension check": "", "audit": "dies with -11", "verify": "does not end", "closed forms": ""}


def test_results_of_changed_mutants_do_not_count(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(campaign, "RESULTS", tmp_path / "results.json")
    first, second = all_mutants()[:2]
    campaign.write({first.name: {"digest": first.digest}, second.name: {"digest": "old"}, "gone": {"digest": ""}})
    assert campaign.read() == {first.name: {"digest": first.digest}}
    assert first not in campaign.missing(campaign.read()) and second in campaign.missing(campaign.read())


def test_a_pattern_runs_what_has_no_result(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(campaign, "RESULTS", tmp_path / "results.json")
    every = [m for m in all_mutants() if m.name.startswith("joule-")]
    campaign.write({every[0].name: {"digest": every[0].digest}})
    assert campaign.chosen(["joule-*"]) == every[1:]
    assert campaign.chosen([every[1].name, every[0].name]) == [every[1], every[0]]
    assert campaign.chosen([]) == campaign.missing(campaign.read())
    with pytest.raises(SystemExit, match="no mutant jule"):
        campaign.chosen(["joule-*", "jule-*"])


def test_results_and_page_are_those_of_the_mutants() -> None:
    """After a change: make mutation, which runs what has changed and writes the page."""
    stored = json.loads(campaign.RESULTS.read_text(encoding="utf-8"))
    assert stored == campaign.read()
    assert campaign.PAGE.read_text(encoding="utf-8") == render(all_mutants(), stored)
    for mutant in all_mutants():
        if mutant.name in stored:
            result = stored[mutant.name]
            assert set(result) - {"digest"} <= set(PROOFS)
            assert caught(result) != bool(mutant.survives), mutant.name
