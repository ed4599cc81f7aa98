"""A package that trona knows nothing of adds physics, a law and materials by being installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "data/trona_tracer"


def run(*command: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command], env={**os.environ, **environment}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.fail(done.stdout)
    return done.stdout


def test_stranger_passes_its_own_tests(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "installed"
    shutil.copytree(PACKAGE, source)  # setuptools writes beside what it builds
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target", str(target))
    run("pip", "install", *options, str(source))
    path = os.pathsep.join([str(target), os.environ.get("PYTHONPATH", "")])
    tests = source / "tests"
    said = run("pytest", "-q", "-p", "no:cacheprovider", f"--rootdir={source}", str(tests), PYTHONPATH=path)
    assert "passed" in said and "skipped" not in said


def test_nothing_of_trona_knows_the_stranger() -> None:
    root = Path(__file__).parents[2]
    for folder in ("core", "plugins"):
        for file in (root / folder).rglob("*.py"):
            assert "tracer" not in file.read_text(), file
