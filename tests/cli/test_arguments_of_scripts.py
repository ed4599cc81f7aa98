"""A script that runs decks keeps its arguments, and a folder its files: PETSc reads neither."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml

DECK = {
    "mesh": {"layers": [{"a": "1 mm"}], "cells": 2},
    "materials": {"a": {"thermal_conductivity": "5 W/m/K"}},
    "physics": {"heat": {"blocks": ["a"]}},
    "boundaries": {"bottom": {"temperature": "300 K"}, "top": {"heat_flux": "200 W/m^2"}},
}
SCRIPT = """
import sys
import trona

result = trona.run(sys.argv[1], record=False)
from petsc4py import PETSc

print(sorted(PETSc.Options().getAll()), sys.argv[2:], round(result["temperature_max"] - 300.04, 9))
"""


def test_petsc_reads_neither_the_arguments_of_a_script_nor_a_file_of_the_folder(tmp_path: Path) -> None:
    """Options there would print, write files, or change how every deck is solved."""
    (tmp_path / "deck.yaml").write_text(yaml.safe_dump(DECK))
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / ".petscrc").write_text("-log_view :stolen.txt\n-snes_max_it 0\n")
    done = subprocess.run(
        [sys.executable, "script.py", "deck.yaml", "-snes_monitor", "ascii:other.txt", "-snes_view"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "['skip_petscrc'] ['-snes_monitor', 'ascii:other.txt', '-snes_view'] 0.0"
    assert "database options" not in done.stdout + done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == [".petscrc", "deck.yaml", "script.py"]
