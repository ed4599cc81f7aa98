"""A package that trona knows nothing of adds physics, a law and materials by being installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from trona.model import registry

PACKAGE = Path(__file__).parents[1] / "data/trona_tracer"


def run(*command: str, cwd: Path | None = None, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        env={**os.environ, **environment},
        text=True,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        pytest.fail(done.stdout)
    return done.stdout


def install(source: Path, target: Path) -> str:
    """Install a package to a folder, and return the PYTHONPATH with which it is found."""
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target", str(target))
    run("pip", "install", *options, str(source))
    return os.pathsep.join([str(target), os.environ.get("PYTHONPATH", "")])


NOT_BESIDE = "give .*'time'|needs a metal on the side named first|needs one block beside it"
"""Why a built-in physics may not stand in another one's deck: it is steady, of second order, or of the wrong shape."""


NO_DROP = "no physics here says what it takes of a drop"
"""Why the proof of parts of a drop does not apply to a physics that moves no charge."""


def skipped(said: str) -> list[str]:
    """Return why the kit skipped each proof that it did, where it may: each physics composes with each other one."""
    found = re.findall(r"^SKIPPED \[(\d+)\] \S+: (.*)$", said, re.MULTILINE)
    reasons = [reason for count, reason in found for _ in range(int(count))]
    assert all(re.search(NOT_BESIDE, r) for r in reasons if r.startswith("refused: ")), said
    return reasons


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The stranger's package, installed: its folder and the PYTHONPATH."""
    folder = tmp_path_factory.mktemp("stranger")
    shutil.copytree(PACKAGE, folder / "source")  # setuptools writes beside what it builds
    return folder / "source", install(folder / "source", folder / "installed")


def test_stranger_passes_its_own_tests(stranger: tuple[Path, str]) -> None:
    source, path = stranger
    tests = source / "tests"
    said = run("pytest", "-q", "-p", "no:cacheprovider", f"--rootdir={source}", str(tests), PYTHONPATH=path)
    assert "passed" in said and "skipped" not in said


@pytest.mark.slow
def test_stranger_passes_the_conformance_kit(stranger: tuple[Path, str]) -> None:
    source, path = stranger
    names = ("--trona-plugin", "tracer", "--trona-plugin", "tracer_partition")
    said = run("pytest", "-rs", "-p", "no:cacheprovider", f"--rootdir={source}", *names, PYTHONPATH=path)
    built_in = [n for n in registry().physics if registry().origin(n).startswith("trona ")]
    skips = skipped(said)
    assert re.search(rf"\b{38 + 2 * len(built_in) - len(skips)} passed, {len(skips)} skipped", said), said
    own = [reason for reason in skips if not reason.startswith("refused: ")]
    assert sorted(own) == [NO_DROP, NO_DROP, "the example deck is steady as it stands"]


@pytest.mark.slow
def test_five_strangers_pass_their_tests_and_the_kit(tmp_path: Path) -> None:
    """A film, a contact that may part, a number with a rate, a flow that carries salt, and a number over blocks."""
    source = tmp_path / "source"
    shutil.copytree(PACKAGE.parent / "trona_strangers", source)
    path = install(source, tmp_path / "installed")
    options = ("-rs", "-p", "no:cacheprovider", f"--rootdir={source}")
    assert "8 passed" in run("pytest", *options, str(source / "tests"), PYTHONPATH=path)
    names = [
        word
        for name in ("growing_film", "wall", "lumped_temperature", "flow", "thermostat")
        for word in ("--trona-plugin", name)
    ]
    said = run("pytest", *options, *names, PYTHONPATH=path)
    assert " passed" in said and " failed" not in said


@pytest.mark.slow
def test_new_plugin_passes_as_generated(tmp_path: Path) -> None:
    """Tests and kit, style and types, without an edit; the name has parts, so that all spellings differ."""
    source = tmp_path / "package"
    run("trona.cli", "new-plugin", "salt_diffusion", "-o", str(source))
    path = install(source, tmp_path / "installed")
    options = ("-rs", "-p", "no:cacheprovider", f"--rootdir={source}", f"--config-file={source}/pyproject.toml")
    said = run("pytest", *options, cwd=source, PYTHONPATH=path)
    assert "2 passed" not in said and "tests/test_salt_diffusion.py" in said
    assert "passed" in said
    assert [reason for reason in skipped(said) if not reason.startswith("refused: ")] == [NO_DROP]
    run("ruff", "check", ".", cwd=source)
    run("ruff", "format", "--check", ".", cwd=source)
    types = ("--strict", "--follow-imports", "silent", "--cache-dir", os.devnull, "src", "tests")
    run("mypy", *types, cwd=source, MYPYPATH=str(PACKAGE.parents[2] / "core"))


def test_nothing_of_trona_knows_the_stranger() -> None:
    root = Path(__file__).parents[2]
    for folder in ("core", "plugins"):
        for file in (root / folder).rglob("*.py"):
            assert "tracer" not in file.read_text(), file
