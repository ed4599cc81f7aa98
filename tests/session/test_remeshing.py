"""Meshes that become poor while they move: told, and made anew with the state carried over."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from problems import problem_for
from scipy.spatial import cKDTree
from strips import FARADAY, strip

from trona.errors import DeckError, PoorMeshError
from trona.model import Model, compose
from trona.session.run import run

if TYPE_CHECKING:
    from pathlib import Path

    from trona.session.result import Result

WIDTH, BASE, HEIGHT, BUMP = 1e-6, 0.5e-6, 2e-6, 1.5e-7
CURRENT, VOLUME = 10.0, 2.375e-5
END, STEP = 220.0, 20.0
DECK: dict[str, Any] = {
    "materials": {
        "metal": {"use": "sodium", "molar_volume": f"{VOLUME} m^3/mol"},
        "liquid": {
            "ionic_conductivity": "2e-4 S/m",
            "density": "1200 kg/m^3",
            "specific_heat_capacity": "1800 J/kg/K",
            "thermal_conductivity": "1e-9 W/m/K",
        },
    },
    "physics": {
        "ionic_charge": {"blocks": ["liquid"]},
        "butler_volmer": {"interface": "metal | liquid", "i0": "20 A/m^2", "kinetics": "linear"},
        "growth": {"interface": "metal | liquid"},
        "heat": {"blocks": ["metal", "liquid"]},
    },
    "initial": {"temperature": "310 K + 5 K * x / 1 um"},
    "boundaries": {"top": {"current_density": f"{CURRENT} A/m^2"}, "bottom": {"mesh_displacement": "0 m"}},
    "elements": {"order": 2, "mesh_displacement": 1, "interface_traction": 1},
    "solver": {"relative_tolerance": 1e-12},
    "outputs": {"extra": {"deep": {"probe": "temperature", "at": ["0.5 um", "0.2 um"]}}},
}


def bumpy(folder: Path, motion: dict[str, Any], end: float = END, **more: Any) -> Model:
    """Half a wave of metal under a liquid; it grows fastest on its crest."""
    sections = {**DECK, "time": {"end": f"{end} s", "step": f"{STEP} s"}, **more}
    deck = strip(
        folder,
        [("metal", BASE, 2), ("liquid", HEIGHT, 6)],
        dim=2,
        width=WIDTH,
        cells_across=4,
        motion={"direction": "y", **motion},
        **sections,
    )
    mesh = compose(deck).mesh
    x, y = mesh.points.T
    near = np.where(y < BASE, y / BASE, (BASE + HEIGHT - y) / HEIGHT)
    points = np.column_stack([x, y + near * BUMP * np.cos(np.pi * x / WIDTH)])
    return compose(deck, mesh=replace(mesh, points=points))


def surface(result: Result) -> np.ndarray:
    """Vertices of the interface now, from left to right."""
    from trona.session.transfer import moved_vertices

    mesh = result.problem.model.mesh
    own = np.unique(mesh.facets[np.isin(mesh.facet_set, mesh.interfaces["metal | liquid"].sets)])
    points = moved_vertices(result.problem)[own]
    return points[np.argsort(points[:, 0])]


def mean_in(model: Model, block: str, linear: Callable[[Any], Any]) -> float:
    """Mean over a block of what is linear in x."""
    mesh = model.mesh
    corners = mesh.points[mesh.cells[mesh.cell_block == mesh.blocks.index(block)]]
    edges, centres = corners[:, 1:] - corners[:, :1], corners.mean(axis=1)
    sizes = np.abs(np.linalg.det(edges)) / 2
    return float((sizes * linear(centres[:, 0])).sum() / sizes.sum())


class Told:
    """A reporter that keeps what it is told."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.warnings: list[str] = []

    def message(self, text: str) -> None:
        self.messages.append(text)

    def warning(self, text: str) -> None:
        self.warnings.append(text)

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args, **rest: None


CHECKPOINT = {"every_steps": 1, "keep": 20}
REMESH = {"on_poor_mesh": "remesh", "smallest_quality": 0.75}


@pytest.fixture(scope="module")
def remeshed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Told, Path]:
    folder, told = tmp_path_factory.mktemp("remeshed"), Told()
    model = bumpy(folder, REMESH, checkpoint=CHECKPOINT)
    return run(model, directory=folder / "run", reporter=told), told, folder


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """The same on the mesh as it was read, however poor."""
    return run(bumpy(tmp_path_factory.mktemp("kept"), {**REMESH, "smallest_quality": 0}), record=False)


def test_a_new_mesh_is_told(remeshed: tuple[Result, Told, Path]) -> None:
    _, told, _ = remeshed
    (text,) = told.messages
    assert re.fullmatch(
        r"the mesh is too poor at t = \d+ s: a cell in metal at \(.*\) m has a quality of 0\.\d+, 0\.7\d? of that at "
        r"first, below motion\.smallest_quality = 0\.75; a new mesh takes its place, with \d+ cells instead of 64, "
        r"and 0\.\d+ as the lowest quality instead of 0\.\d+",
        text,
    ), text
    (text,) = (w for w in told.warnings if "has grown" in w)
    assert text.startswith("the mesh of liquid has grown by 0.02"), text


def test_growth_is_that_of_the_charge_across_a_new_mesh(tmp_path: Path) -> None:
    """To the last digits with BDF1, whose steps add up to what is there; the audit knows what has passed."""
    told = Told()
    time = {"end": f"{END} s", "step": f"{STEP} s", "method": "bdf1"}
    result = run(bumpy(tmp_path, REMESH, time=time), record=False, reporter=told)
    assert len(told.messages) == 1
    x, y = surface(result).T
    (passed,) = [e.value for e in result.ledger["charge"].entries if e.region == "top"]
    # The top is free and bends a little: a larger area, by the square of its slope, lets more through.
    assert passed == pytest.approx(CURRENT * END * WIDTH, rel=1e-6)
    assert np.trapezoid(y, x) / WIDTH - BASE == pytest.approx(passed * VOLUME / FARADAY / WIDTH, rel=1e-9)


def test_nothing_is_lost_on_the_way_to_a_new_mesh(remeshed: tuple[Result, Told, Path]) -> None:
    ledger = remeshed[0].ledger
    assert all(x.closure < 1e-12 and x.worst is not None and x.worst.value < 1e-9 for x in ledger.values())
    energy = ledger["energy"]
    made = [e.value for e in energy.entries if e.plugin == "remeshing" and e.term == "source"]
    assert len(made) == 1 and energy.largest is not None
    assert abs(made[0]) < 1e-12 * abs(energy.largest.value)
    assert energy.changed == pytest.approx(energy.stored, rel=1e-2)


def test_a_new_mesh_ends_where_the_old_one_does(remeshed: tuple[Result, Told, Path], kept: Result) -> None:
    result = remeshed[0]
    old, new = surface(kept), surface(result)
    heights = np.interp(old[:, 0], *new.T)
    assert np.abs(heights - old[:, 1]).max() < 5e-3 * np.ptp(old[:, 1])
    assert result["theta"] == pytest.approx(kept["theta"], rel=2e-2)
    for name in ("temperature_max", "temperature_min"):
        assert result[name] == pytest.approx(kept[name], abs=2e-2)


def test_field_files_follow_the_new_mesh(remeshed: tuple[Result, Told, Path]) -> None:
    folder = remeshed[2] / "run"
    index = (folder / "fields.pvd").read_text()
    counts = set()
    for step in range(1, int(END / STEP) + 1):
        assert f"fields/metal-{step:06d}.vtu" in index
        head = (folder / f"fields/metal-{step:06d}.vtu").read_bytes()
        counts |= set(re.findall(rb'NumberOfPoints="(\d+)"', head))
    assert len(counts) == 2


def test_a_run_goes_on_from_a_checkpoint_on_a_new_mesh(remeshed: tuple[Result, Told, Path]) -> None:
    whole, _, folder = remeshed
    shutil.copytree(folder / "run", folder / "cut")
    for path in (folder / "cut" / "checkpoints").glob("*.npz"):
        if int(path.stem) > 10:
            path.unlink()
    told = Told()
    again = run(bumpy(folder, REMESH, checkpoint=CHECKPOINT), restart=folder / "cut", reporter=told)
    assert told.messages == []
    assert again.problem.model.mesh.digest() == whole.problem.model.mesh.digest()
    for name, output in whole.outputs.items():
        assert again[name] == pytest.approx(output.value, rel=1e-12), name
    assert surface(again) == pytest.approx(surface(whole), rel=1e-12)
    for name, ledger in whole.ledger.items():
        ours = {(e.term, e.plugin, e.region, e.side, e.piece): e.value for e in again.ledger[name].entries}
        assert len(ours) == len(ledger.entries)
        for e in ledger.entries:
            assert ours[e.term, e.plugin, e.region, e.side, e.piece] == pytest.approx(e.value, rel=1e-9, abs=1e-25)


@pytest.mark.slow
def test_salt_and_a_protocol_cross_a_new_mesh(tmp_path: Path) -> None:
    """Plated and rested, in steps of controlled error."""
    liquid = {
        "ionic_conductivity": "2e-4 S/m",
        "salt_diffusivity": "1e-10 m^2/s",
        "transference_number": "0.4",
        "thermodynamic_factor": "1",
    }
    more: dict[str, Any] = {
        "materials": {**DECK["materials"], "liquid": liquid},
        "physics": {
            "ionic_charge": {"blocks": ["liquid"]},
            "salt": {"blocks": ["liquid"]},
            "growth": {"interface": "metal | liquid"},
            "butler_volmer": DECK["physics"]["butler_volmer"],
        },
        "given": {"temperature": "298.15 K"},
        "initial": {"salt_concentration": "1000 mol/m^3 + 10 mol/m^3 * x / 1 um"},
        "boundaries": {**DECK["boundaries"], "top": {"current_density": "current"}},
        "outputs": {"extra": {"salt": {"reduce": "mean", "of": "salt_concentration", "on": "liquid"}}},
        "protocol": {
            "controls": {"current": "A/m^2"},
            "integrals": {"capacity": "current"},
            "steps": [
                {
                    "name": "plate",
                    "set": {"current": f"{CURRENT} A/m^2"},
                    "until": {"capacity": f"{CURRENT * END} C/m^2"},
                },
                {"name": "rest", "set": {"current": "0 A/m^2"}, "until": {"time": "20 s"}},
            ],
        },
        "time": {"step": "1 s", "largest_step": "30 s", "tolerance": {"salt_concentration": "2 mol/m^3"}},
    }
    model, told = bumpy(tmp_path, REMESH, **more), Told()
    before = mean_in(model, "liquid", lambda x: 1000 + 10e6 * x)
    result = run(model, directory=tmp_path / "run", reporter=told)
    assert len([m for m in told.messages if "a new mesh takes its place" in m]) == 1, told.messages
    x, y = surface(result).T
    grown = CURRENT * VOLUME * END / FARADAY
    assert (np.trapezoid(y, x) / WIDTH - BASE) / grown == pytest.approx(1, rel=1e-6)
    for name, ledger in result.ledger.items():
        assert ledger.closure < 1e-9, name
    # The mesh of the liquid is not spread as a liquid moves. What that makes of the salt is told.
    assert result["salt"] == pytest.approx(before, abs=0.05)
    assert re.fullmatch(
        r"the mesh of liquid has grown by 0\.0\d+ of its volume, and what is stored there with it \(the ledger's entry "
        r"'motion'\); motion\.rigid: \[liquid\] keeps it",
        told.warnings[-1],
    ), told.warnings


def test_a_poor_mesh_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(PoorMeshError) as caught:
        run(bumpy(tmp_path, {"smallest_quality": 0.9}), directory=tmp_path / "run", reporter=Told())
    text = str(caught.value)
    assert re.fullmatch(
        r"the mesh is too poor at t = \d+ s: a cell in metal at \(.*\) m has a quality of 0\.\d+, 0\.\d+ of that at "
        r"first, below motion\.smallest_quality = 0\.9; try motion\.smoothing: elastic, another motion\.direction, or "
        r"a finer mesh there, or motion\.on_poor_mesh: remesh",
        text,
    ), text
    assert json.loads((tmp_path / "run" / "summary.json").read_text())["status"] == f"failed: {text}"
    assert "step,time" in (tmp_path / "run" / "outputs.csv").read_text().replace(" [s]", "")


def test_a_cell_that_is_inside_out_is_refused(kept: Result) -> None:
    problem = kept.problem
    problem.refuse_meaningless()
    state = problem.unknowns.states[0]
    part = state.subfunctions[problem.unknowns.find("mesh_displacement").index]
    before = part.dat.data_ro.copy()
    part.dat.data[len(before) // 2] += 10e-6 / float(problem.unknowns.find("mesh_displacement").scale)
    with pytest.raises(PoorMeshError, match=r"^the mesh turns inside out in (metal|liquid) at \(.*\) m; try motion"):
        problem.refuse_meaningless()
    part.dat.data[:] = before


def test_a_curved_cell_that_is_inside_out_between_its_vertices_is_refused(tmp_path: Path) -> None:
    import firedrake as fd

    problem = problem_for(bumpy(tmp_path, {}, elements={"order": 2}))
    problem.refuse_meaningless()
    component = problem.unknowns.find("mesh_displacement")
    part = problem.unknowns.states[0].subfunctions[component.index]
    x = fd.Function(fd.VectorFunctionSpace(component.mesh, "CG", 2))
    x.interpolate(fd.SpatialCoordinate(component.mesh))
    apart, _ = cKDTree(problem.model.mesh.points).query(x.dat.data_ro)
    part.dat.data[apart > 1e-12] = 2e-6 / float(component.scale)  # the middles of edges alone
    assert problem.quality is not None
    assert problem.quality.poorest().kept == pytest.approx(1)
    with pytest.raises(PoorMeshError, match="turns inside out"):
        problem.refuse_meaningless()


@pytest.mark.parametrize(
    ("more", "text"),
    [
        (
            {"elements": {"order": 2, "mesh_displacement": 2}},
            r"elements\.mesh_displacement: with motion\.on_poor_mesh: remesh the order of 'mesh_displacement' must ",
        ),
        (
            {"boundaries": {**DECK["boundaries"], "bottom": {"mesh_displacement": "1 nm/s * t"}}},
            r"boundaries\.bottom: with motion\.on_poor_mesh: remesh a boundary can only hold 'mesh_",
        ),
    ],
)
def test_what_does_not_go_with_new_meshes_is_refused(tmp_path: Path, more: dict[str, Any], text: str) -> None:
    with pytest.raises(DeckError, match=text):
        bumpy(tmp_path, REMESH, **more)


@pytest.mark.parallel(2)
def test_two_processes_make_no_new_mesh(tmp_path: Path) -> None:
    with pytest.raises(PoorMeshError, match="a new mesh can be made on one process only, and this run has 2"):
        run(bumpy(tmp_path, {**REMESH, "smallest_quality": 0.9}), record=False)
