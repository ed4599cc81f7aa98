"""Fields and pictures of a run on two ranks: written in pieces, and nothing as long as the mesh is gathered."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from layers import Layer, build

from trona.readings.snapshot import Snapshot
from trona.record import Record
from trona.session import field_files
from trona.session.run import run
from trona.session.session import Session

CELLS, CONDUCTIVITY, FLUX, COLD = 6, {"a": 5.0, "b": 2.0}, 200.0, 300.0


class Spy:
    """A communicator that notes how many bytes its calls hand on."""

    def __init__(self, comm: Any) -> None:
        self._comm = comm
        self.bytes: dict[str, list[int]] = {"gather": [], "allgather": [], "bcast": [], "send": [], "scatter": []}

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._comm, name)
        if name not in self.bytes:
            return call

        def noted(handed: Any, *rest: Any, **options: Any) -> Any:
            self.bytes[name].append(len(pickle.dumps(handed)))
            return call(handed, *rest, **options)

        return noted


@pytest.fixture
def spies(monkeypatch: pytest.MonkeyPatch) -> list[Spy]:
    """The communicators of the sessions to come."""
    made: list[Spy] = []
    begin = Session.__init__

    def spied(session: Session, *arguments: Any, **options: Any) -> None:
        begin(session, *arguments, **options)
        problem: Any = session.solution.problem
        problem.comm = Spy(problem.comm)
        made.append(problem.comm)

    monkeypatch.setattr(Session, "__init__", spied)
    return made


def slabs(folder: Path, dim: int, plots: list[str], **sections: Any) -> Path:
    """Heat through two slabs on each other, from the top: linear in each."""
    from mpi4py import MPI

    folder = MPI.COMM_WORLD.bcast(folder)
    if MPI.COMM_WORLD.rank == 0:
        build(folder / "slabs.msh", [Layer("a", 1.0, CELLS), Layer("b", 1.0, CELLS)], dim=dim, cells_across=CELLS)
        content = {
            "mesh": {"file": "slabs.msh", "length_unit": "mm"},
            "materials": {name: {"thermal_conductivity": f"{k} W/m/K"} for name, k in CONDUCTIVITY.items()},
            "physics": {"heat": {"blocks": ["a", "b"]}},
            "boundaries": {"bottom": {"temperature": f"{COLD} K"}, "top": {"heat_flux": f"{FLUX} W/m^2"}},
            "outputs": {"derived": ["heat_flux"], "plots": plots},
            **sections,
        }
        (folder / "slabs.yaml").write_text(yaml.safe_dump(content))
    MPI.COMM_WORLD.barrier()
    return folder / "slabs.yaml"


def temperature(block: str, height: Any) -> Any:
    """Temperature at heights, m, in K."""
    if block == "a":
        return COLD + FLUX * height / CONDUCTIVITY["a"]
    return temperature("a", 1e-3) + FLUX * (height - 1e-3) / CONDUCTIVITY["b"]


def judge(folder: Path, name: str, dim: int, cells: int) -> None:
    """Read what ParaView reads of a block, and compare it with the closed form."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkDataArray
    from vtkmodules.vtkIOXML import vtkXMLPUnstructuredGridReader

    assert f"fields/{name}-000000.pvtu" in (folder / "fields.pvd").read_text()
    reader = vtkXMLPUnstructuredGridReader()
    reader.SetFileName(str(folder / f"fields/{name}-000000.pvtu"))
    reader.Update()
    found = reader.GetOutput()
    assert reader.GetNumberOfPieces() == 2 and found.GetNumberOfCells() == cells
    heights = vtk_to_numpy(found.GetPoints().GetData())[:, dim - 1]
    data = found.GetPointData()
    assert vtk_to_numpy(data.GetArray("temperature")) == pytest.approx(temperature(name, heights), rel=1e-9)
    flux = vtk_to_numpy(data.GetArray("heat_flux"))
    assert np.abs(flux - [-FLUX if axis == dim - 1 else 0.0 for axis in range(3)]).max() < 1e-7 * FLUX
    assert data.GetArray("heat_flux").GetInformation().Get(vtkDataArray.UNITS_LABEL()) == "W/m^2"


@pytest.mark.parallel(2)
@pytest.mark.parametrize("dim", [2, 3])
def test_each_rank_writes_its_cells(
    dim: int, tmp_path: Path, spies: list[Spy], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Snapshot | None] = []
    monkeypatch.setattr(Record, "show", lambda self, snapshot, left_out: shown.append(snapshot))
    deck = slabs(tmp_path, dim, [])
    result = run(deck, directory=deck.parent / "run")
    assert result.directory is not None
    if result.problem.comm.rank == 0:
        per_box = {2: 2, 3: 6}[dim]
        for name in "ab":
            judge(result.directory, name, dim, per_box * CELLS**dim)
    (spy,) = spies
    # Temperatures alone would be 8 bytes at each of these points.
    points = (2 * CELLS + 1) ** (dim - 1) * (4 * CELLS + 1)
    most = max(max(spy.bytes[name], default=0) for name in ("gather", "allgather", "bcast", "scatter"))
    assert most < 8 * points / 4, spy.bytes
    assert len(spy.bytes["send"]) == result.problem.comm.rank and shown in ([], [None])


@pytest.mark.parallel(2)
def test_a_picture_of_a_body_gathers_its_surface(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Snapshot | None] = []
    show = Record.show

    def noted(record: Record, snapshot: Snapshot | None, left_out: Any) -> None:
        shown.append(snapshot)
        show(record, snapshot, left_out)

    monkeypatch.setattr(Record, "show", noted)
    deck = slabs(tmp_path, 3, ["temperature"])
    result = run(deck, directory=deck.parent / "run")
    if result.problem.comm.rank:
        assert not shown
        return
    (snapshot,) = shown
    assert snapshot is not None and result.directory is not None
    for name, block in snapshot.blocks.items():
        assert list(block.fields) == ["temperature"] and len(block.cells) == 2 * 6 * CELLS**2
        assert block.fields["temperature"].values == pytest.approx(temperature(name, block.points[:, 2]), rel=1e-9)
    assert (result.directory / "plots/temperature.png").stat().st_size > 10_000


@pytest.mark.parallel(2)
def test_a_plane_too_large_for_a_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(field_files, "MOST_DRAWN", 4 * CELLS**2 - 1)
    deck = slabs(tmp_path, 2, ["temperature", "temperature_max"])
    result = run(deck, directory=deck.parent / "run")
    assert result.directory is not None
    if result.problem.comm.rank == 0:
        text = "plots: temperature could not be drawn (a mesh of 144 cells is too large to be gathered on one rank)"
        assert text in (result.directory / "log.txt").read_text()
        assert [p.name for p in (result.directory / "plots").iterdir()] == ["temperature_max.png"]


@pytest.mark.parallel(2)
@pytest.mark.parametrize("failing", [0, 1])
@pytest.mark.parametrize("what", ["encoding", "writing", "surfaces", "tables", "summary"])
def test_no_process_waits_for_one_that_fails(
    what: str, failing: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever fails while results are written or gathered, every process ends, and says so."""
    from mpi4py import MPI
    from pytest_mpi import parallel_assert

    from trona.errors import TronaError
    from trona.record import fields

    rank = MPI.COMM_WORLD.rank
    if what == "writing":
        failing = 0

        def write(record: Record, first: Any, pieces: Any, folder: str = "fields") -> None:
            next(iter(pieces))
            raise MemoryError("too large")

        monkeypatch.setattr(Record, "write_pieces", write)
    elif what in ("tables", "summary"):
        failing = 0  # the only one that writes them

        def full(*_: Any) -> None:
            raise MemoryError("too large")

        monkeypatch.setattr(Record, "step" if what == "tables" else "finish", full)
    elif rank == failing:

        def fail(*arguments: Any) -> Any:
            raise MemoryError("too large")

        monkeypatch.setattr(*((fields, "vtu") if what == "encoding" else (field_files, "_surface")), fail)
    dim = 3 if what == "surfaces" else 2
    deck = slabs(tmp_path, dim, ["temperature"])
    raised: Exception | None = None
    try:
        run(deck, directory=deck.parent / "run")
    except (MemoryError, TronaError) as error:
        raised = error
    expected = "too large" if rank == failing else f"process {failing} has failed: MemoryError: too large"
    parallel_assert(str(raised) == expected)
    parallel_assert(isinstance(raised, MemoryError if rank == failing else TronaError))
