"""`trona warm` compiles all that a run needs, and each kernel once."""

from __future__ import annotations

import os
import pickle
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from trona.cli import main

_OUTPUTS = """\
outputs:
  extra:
    middle: {probe: temperature, at: [0.5 um]}
"""


def trona(folder: Path, *words: str) -> str:
    """Run a command with a cache of its own in a folder; return what it prints."""
    run = [sys.executable, "-m", "trona.cli", *words]
    caches = ("PYOP2_CACHE_DIR", "FIREDRAKE_TSFC_KERNEL_CACHE_DIR")
    environment = {k: v for k, v in os.environ.items() if k not in caches}
    environment |= {"XDG_CACHE_HOME": str(folder / "cache"), "TRONA_COMPILE_PROCESSES": "2"}
    done = subprocess.run(run, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def libraries(folder: Path) -> set[Path]:
    return set((folder / "cache/trona/pyop2").rglob("*.so"))


def codes(folder: Path) -> Counter[str]:
    """The code of each kernel without the numbers in its names, and how often it has been made."""
    found = [pickle.loads(path.read_bytes()) for path in (folder / "cache/trona/pyop2").rglob("*.pickle")]
    return Counter(re.sub(r"\bform\d*_", "form_", re.sub(r"wrap_form\d*_", "wrap_form_", code)) for code in found)


def test_a_warm_deck_runs_without_compiling(small_run: Path) -> None:
    with (small_run / "deck.yaml").open("a") as deck:
        deck.write(_OUTPUTS)
    assert trona(small_run, "warm", "deck.yaml").splitlines()[-1] == "ok"
    made = libraries(small_run)
    assert made and set(codes(small_run).values()) == {1}
    trona(small_run, "run", "deck.yaml", "-o", "out")
    assert libraries(small_run) == made
    assert not (small_run / "runs").exists()  # warm writes nothing


def test_mistakes_are_told_as_by_check(small_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for command in ("check", "warm"):
        assert main([command, "deck.yaml", "physics.heat.blocks=[flim]", "time.end=1 V"]) == 2
        told.append(capsys.readouterr().err)
    assert told[0] == told[1] != ""


@pytest.mark.slow
def test_two_processes_may_warm_one_cache(small_run: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda _: trona(small_run, "warm", "deck.yaml"), range(2)))
    assert set(codes(small_run).values()) == {1}
    made = libraries(small_run)
    trona(small_run, "run", "deck.yaml", "-o", "out")
    assert libraries(small_run) == made
