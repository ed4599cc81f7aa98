"""What each command imports, counted in a process of its own: nothing that it does not need."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from small_run import DECK as SMALL

DECK = Path(__file__).parents[2] / "inputs" / "tutorial" / "sodium_sei.yaml"
_SCRIPT = """
import json, sys
from trona.cli.main import main
code = main(sys.argv[1:])
names = {name.split(".")[0] for name in sys.modules} - set(sys.stdlib_module_names) - {"__main__"}
print(json.dumps([code, sorted(name for name in names if not name.startswith("_")), len(sys.modules)]))
"""


def imported(*words: str) -> tuple[set[str], int]:
    """Return the libraries that a command imports, and the number of all modules."""
    ended = subprocess.run([sys.executable, "-c", _SCRIPT, *words], capture_output=True, text=True, check=True)
    code, names, number = json.loads(ended.stdout.splitlines()[-1])
    assert code == 0, ended.stderr
    return set(names), number


def test_help_imports_no_library() -> None:
    names, number = imported("--help")
    assert names == {"trona"}
    assert number < 200


def test_check_imports_little() -> None:
    names, number = imported("check", str(DECK))
    assert names <= {"cython_runtime", "numpy", "pluggy", "trona", "trona_plugins", "ufl", "yaml"}
    assert number < 700


def test_what_draws_is_not_imported_before_something_is_drawn() -> None:
    rooms = "problem", "readings.audit", "readings.readers", "diagnosis", "stepper", "session.session", "record"
    script = f"""
import importlib, sys
from trona.problem.start import start_firedrake
start_firedrake()
for room in {rooms}:
    importlib.import_module("trona." + room)
found = [name for name in ("matplotlib", "PIL", "scipy.spatial", "pint", "gmsh") if name in sys.modules]
assert not found, found
import firedrake.pyplot
assert "matplotlib.pyplot" in sys.modules and firedrake.pyplot.tripcolor
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


def test_a_run_imports_nothing_that_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process draws, which imports it while the run goes on."""
    monkeypatch.setenv("TRONA_COMPILE_PROCESSES", "2")
    monkeypatch.chdir(tmp_path)
    Path("deck.yaml").write_text(SMALL)
    names, _ = imported("run", "deck.yaml", "outputs.plots=[temperature]", "-q", "-o", "run")
    assert not names & {"matplotlib", "PIL"}
    assert {path.name for path in Path("run/plots").iterdir()} == {"temperature.png"}
