"""`pytest --trona-plugin NAME`: what is collected, what it says, and that it costs nothing when it is not asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def run(folder: Path, *words: str) -> tuple[int, str]:
    """Run pytest in a folder; the exit code and all that it said."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words],
        cwd=folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one test."""
    (tmp_path / "test_own.py").write_text("def test_own():\n    pass\n")
    return tmp_path


def test_one_item_per_proof_and_nothing_else(project: Path) -> None:
    code, said = run(project, "--trona-plugin", "heat", "-v", "-k", "documentation or dimension")
    assert code == 0 and "2 passed" in said
    assert "trona::heat::documentation PASSED" in said and "trona::heat::dimension check PASSED" in said
    assert "test_own" not in said


def test_beside_tests_that_are_named(project: Path) -> None:
    code, said = run(project, "--trona-plugin", "heat", "-v", "-k", "documentation or own", "test_own.py")
    assert code == 0 and "2 passed" in said and "test_own.py::test_own PASSED" in said


def test_beside_all_tests_from_the_settings_of_a_project(project: Path) -> None:
    (project / "pytest.ini").write_text("[pytest]\naddopts = --trona-plugin heat\n")
    code, said = run(project, "-v", "-k", "documentation or own")
    assert code == 0 and "2 passed" in said and "test_own.py::test_own PASSED" in said


def test_a_failure_is_its_text(project: Path) -> None:
    deck = project / "other.yaml"
    deck.write_text(
        "mesh: {layers: [{metal: 1 um}]}\nmaterials: {metal: sodium}\nphysics: {heat: {blocks: [metal]}}\n"
        "boundaries: {top: {temperature: 25 degC}}\n"
    )
    code, said = run(
        project, "--trona-plugin", "joule_heating", "--trona-deck", "other.yaml", "-k", "example and not serial"
    )
    assert code == 1 and "does not use joule_heating" in said and "Traceback" not in said and "proof.py" not in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--trona-plugin", "heet"), "ERROR: no such plugin 'heet'; nearest: heat"),
        (("--trona-deck", "a.yaml"), "ERROR: --trona-deck goes with one --trona-plugin"),
        (("--trona-plugin", "heat", "--trona-deck", "a.yaml"), "a.yaml'"),
    ],
)
def test_mistakes(project: Path, words: tuple[str, ...], message: str) -> None:
    code, said = run(project, *words)
    assert code == 4 and message in said and "INTERNALERROR" not in said


def test_nothing_is_imported_unless_it_is_asked_for(project: Path) -> None:
    (project / "conftest.py").write_text(
        "import sys\n\n\ndef pytest_unconfigure():\n"
        "    heavy = {'trona', 'trona_plugins', 'firedrake', 'numpy', 'ufl'} & set(sys.modules)\n"
        "    print('loaded:', 'trona_pytest' in sys.modules, sorted(heavy))\n"
    )
    code, said = run(project, "-s", "-p", "no:hypothesispytest", "-p", "no:pytest_mpi")
    assert code == 0 and "loaded: True []" in said
