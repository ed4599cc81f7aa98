"""`trona run`: results, silence, failed solves, and errors in parallel."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from trona.cli import main

DECK = """\
mesh: {file: three_layers.msh, length_unit: um}
materials: {metal: sodium, film: uniform_sei, electrolyte: napf6_carbonate}
physics: {heat: {blocks: [metal, film, electrolyte]}}
boundaries: {top: {temperature: 300 K}, bottom: {heat_flux: 10 W/m^2}}
outputs: {fields: none}
"""


@pytest.fixture
def deck(folder: Path) -> Path:
    path = folder / "deck.yaml"
    path.write_text(DECK, encoding="utf-8")
    return path


def test_run(deck: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    # PETSc complains at exit of words it does not know, if it gets to see them.
    monkeypatch.setattr(sys, "argv", ["trona", "run", "deck.yaml", "-o", "results"])
    assert main(["run", "deck.yaml", "-o", "results"]) == 0
    assert sys.argv[1:] == ["run", "deck.yaml", "-o", "results"]
    out, err = capsys.readouterr()
    assert "temperature_max" in out and out.endswith("results in results\n")
    assert err.splitlines() == ["deck", "finished"]
    summary = json.loads(Path("results/summary.json").read_text(encoding="utf-8"))
    assert summary["status"] == "finished"
    assert {p["owner"]: p["value"] for p in summary["parameters"] if p["name"] == "thermal_conductivity"} == {
        "metal": 142.0,
        "film": 0.5,
        "electrolyte": 0.2,
    }

    assert main(["run", "deck.yaml", "-q", "boundaries.top.temperature=310 K", "-o", "results"]) == 0
    assert capsys.readouterr() == ("", "")
    # The same folder again: an earlier run is replaced, and the override has arrived.
    assert "310 K" in Path("results/deck.yaml").read_text(encoding="utf-8")


def test_a_failed_solve(deck: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a fixed temperature the heat that flows in has nowhere to go."""
    # A conductivity that grows by a factor e per kelvin needs more than 3 Newton iterations.
    steep = "materials.film={use: uniform_sei, thermal_conductivity: 1 W/m/K * exp((temperature - 300 K) / (1 K))}"
    words = [
        "run",
        "deck.yaml",
        "-q",
        "-o",
        "results",
        steep,
        "solver.max_iterations=3",
        "boundaries.bottom.heat_flux=1e8 W/m^2",
    ]
    assert main(words) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("heat (flux) at film is not finite: exp(temperature - 300) overflows; ")
    assert err.endswith("no convergence within the allowed iterations\n") and "Traceback" not in err
    report = Path("results/failure.txt").read_text(encoding="utf-8")
    assert "Findings, the most probable cause first" in report and err.splitlines()[0] in report
    summary = json.loads(Path("results/summary.json").read_text(encoding="utf-8"))
    assert summary["status"].startswith("failed: Newton failed after ")


def test_a_folder_in_use_is_refused(deck: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("results").mkdir()
    Path("results/mine.txt").touch()
    assert main(["run", "deck.yaml", "-o", "results"]) == 2
    assert capsys.readouterr().err == (
        "results: not empty and not an earlier trona run; choose another -o, or empty it first\n"
    )


def test_result_in_a_notebook(deck: Path) -> None:
    import trona

    result = trona.run("deck.yaml", record=False)
    text = repr(result)
    assert text.startswith("deck: finished\n") and "temperature_max" in text
    assert len(text) < 1000
    assert result["temperature_min"] == pytest.approx(300.0, abs=0.1)


# ---------------------------------------------------------------------- in parallel

_ONE_RANK_FAILS = """
import os, sys
import trona.model.read_mesh
from trona.errors import UserError

def broken(*_, **__):
    raise {error}

if os.environ.get("OMPI_COMM_WORLD_RANK", os.environ.get("PMI_RANK")) == "1":
    trona.model.read_mesh.read_mesh = broken
"""
_MAIN = "import sys\nfrom trona.cli import main\nsys.exit(main())\n"


def _parallel(folder: Path, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    launcher = shutil.which("mpiexec")
    if launcher is None:
        pytest.skip("mpiexec is not installed")
    # An MPI that this process has started must not be taken for that of the processes below.
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("OMPI_", "PMIX_", "PMI_"))}
    environment |= {
        "PYTHONPATH": os.pathsep.join(str(Path(p).absolute()) for p in sys.path if p),
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "OMPI_MCA_rmaps_base_oversubscribe": "1",
    }
    command = [launcher, "-n", "2", sys.executable, "-c", code + _MAIN, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment)


def test_a_mistake_is_told_once(deck: Path) -> None:
    done = _parallel(deck.parent, "", "check", "deck.yaml", "boundaries.top.temperature=3 V")
    assert done.returncode == 2
    assert done.stderr.count("expected a quantity in K, got '3 V'") == 1
    assert done.stdout.count("ok") == 0


def test_only_the_first_rank_prints(deck: Path) -> None:
    done = _parallel(deck.parent, "", "check", "deck.yaml")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines().count("ok") == 1


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        ("ZeroDivisionError('here')", 1, "trona: a bug in trona or in a plugin: ZeroDivisionError: here"),
        ("UserError('only here')", 2, "only here"),
    ],
    ids=["bug", "mistake"],
)
def test_an_error_on_one_rank_ends_all(error: str, code: int, message: str, deck: Path) -> None:
    """The other rank goes on into a collective operation, and would wait there for ever."""
    before = "import trona.cli.ranks\ntrona.cli.ranks._PATIENCE = 0.5\n" + _ONE_RANK_FAILS.format(error=error)
    done = _parallel(deck.parent, before, "run", "deck.yaml", "-q", "-o", "results")
    assert done.returncode == code
    assert message in done.stderr
