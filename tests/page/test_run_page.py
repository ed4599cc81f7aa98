"""The page of a run: what it shows, that nothing from a deck becomes part of it, and where it is put."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import webbrowser
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from run_folders import HOSTILE, written
from small_run import DECK
from waiting import until

from trona.cli import main
from trona.errors import UserError
from trona.mesh.data import MeshData
from trona.page import LivePage, is_outdated, page, write_page
from trona.record import open_directory, reopen_directory
from trona.record.manifest import MANIFEST

VOID = {"meta", "link", "img", "br", "input", "rect", "path", "circle", "line", "mspace", "none"}


class Outline(HTMLParser):
    """The elements of a page with their attributes, and its text; every element must be closed."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(content)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {key: value or "" for key, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text += data

    def of(self, tag: str) -> list[dict[str, str]]:
        return [given for name, given in self.elements if name == tag]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("plane") / "run")


@pytest.fixture(scope="module")
def content(folder: Path) -> str:
    return page(folder).decode()


@pytest.fixture(scope="module")
def outline(content: str) -> Outline:
    return Outline(content)


def test_all_parts_are_there_in_order(outline: Outline, content: str) -> None:
    heads = re.findall(r"<h2>([^<]*)</h2>", content)
    assert heads == [
        "Warnings", "Outputs", "Outputs over time", "Protocol", "Fields", "Lines and profiles", "Balances", "Mesh",
        "Equations", "Parameters and their sources", "Deck", "Solver", "Versions", "How to cite",
    ]  # fmt: skip
    for said in ("finished", "2026-01-02", "voltage_max", "crosses zero", "142", "a book", "ASSUMED: guess", "25 %"):
        assert said in outline.text, said
    assert "1 of 2 values are assumptions" in outline.text and "@misc{a}" in outline.text
    assert "boundaries" in outline.text and "C/m" in outline.text and "plate" in outline.text
    assert "cannot be shown" not in outline.text


def test_nothing_of_a_deck_becomes_part_of_the_page(outline: Outline, content: str) -> None:
    assert outline.text.count(HOSTILE) >= 4 and outline.text.startswith(f"A run {HOSTILE}")
    scripts = [given for given in outline.of("script") if given.get("type") != "application/json"]
    assert scripts == [{}] and not outline.of("iframe")
    assert not any(name.startswith("on") for _, given in outline.elements for name in given)
    policy = next(g["content"] for g in outline.of("meta") if "http-equiv" in g)
    assert policy.startswith("default-src 'none'; img-src data:;") and "'sha256-" in policy


def test_equations_are_typeset(content: str) -> None:
    assert "<mfrac>" in content and "<mtext>electric_potential</mtext>" in content and "\x1f" not in content


def test_headings_pictures_and_links(outline: Outline) -> None:
    levels = [int(name[1]) for name, _ in outline.elements if re.fullmatch("h[1-6]", name)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(outline.of("img")) == 3 and all(given["alt"].strip() for given in outline.of("img"))
    assert all(given["src"].startswith("data:") for given in outline.of("img"))
    keys = [given["id"] for _, given in outline.elements if "id" in given]
    assert len(keys) == len(set(keys))
    links = [given["href"] for given in outline.of("a")]
    assert links and all(link[0] == "#" and link[1:] in keys for link in links)
    assert all(given.get("aria-label") for given in outline.of("svg") if given.get("role") == "img")


def test_the_same_folder_gives_the_same_bytes(folder: Path, content: str) -> None:
    assert page(folder) == content.encode() and len(content) < 1_000_000


@pytest.mark.parametrize("kind", ["plane", "body"])
def test_a_mesh_drawn_before_its_run_is_not_drawn_again(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbering and the nodes between corners do not count: the bytes are the same, and one new place gives others."""
    from trona.page.fields import mesh, mesh_ahead
    from trona.record import mesh_picture
    from trona.record.results import RecordedRun, load

    run = load(written(tmp_path / "run", kind, 1, 2))
    assert isinstance(run, RecordedRun)
    drawn = mesh(run)
    blocks, points, cells, of = run.fields.snapshot(0).blocks, [], [], []
    for number, block in enumerate(blocks.values()):
        corners = block.cells[::-1, : block.points.shape[1] + 1]
        cells.append(len(block.points) - 1 - corners + sum(map(len, points)))
        points.append(block.points[::-1])
        of.append(np.full(len(corners), number))
    arrays = np.concatenate(points), np.concatenate(cells), np.concatenate(of)
    known: dict[str, Any] = {key: {} for key in ("boundaries", "interfaces", "block_measure")}
    none = np.zeros((0, 2), int), np.zeros(0, int), ()
    name = "triangle" if kind == "plane" else "tetrahedron"
    data = MeshData(
        *arrays[:3], tuple(blocks), *none, **known, bounding_box=none[0], unnamed_boundary_measure=0.0, cell_name=name
    )
    mesh_picture._kept.clear()
    mesh_ahead(data, run.deck)
    with monkeypatch.context() as once:
        once.setattr(mesh_picture, "_figure", None)
        assert mesh(run) == drawn
    data.points[0] *= 1.01
    mesh_ahead(data, run.deck)
    (other,) = mesh_picture._kept
    assert mesh(run) == drawn and other not in mesh_picture._kept


def test_other_meshes(tmp_path: Path) -> None:
    assert 'id="scene"' in page(written(tmp_path / "body", "body", 1, 3)).decode()
    line = page(written(tmp_path / "line", "line")).decode()
    assert 'id="scene"' not in line and 'data-chart="field-0"' in line and "t = 4 min" in line


def test_a_mesh_that_is_too_large_for_the_viewer(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trona.page.scene.BYTES", 1000)
    content = page(folder).decode()
    assert 'id="scene"' not in content and "too large for the viewer" in content and content.count("<img") == 3


def test_times_are_left_out_until_the_rest_fits(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from trona.page.scene import scene
    from trona.record.look import Look
    from trona.record.results import RecordedRun, load

    run = load(folder)
    assert isinstance(run, RecordedRun)
    whole = scene(run.fields, Look(), {})
    assert whole is not None and [frame["name"] for frame in whole["frames"]] == [
        "t = 60 s", "t = 2 min", "t = 3 min", "t = 4 min",
    ]  # fmt: skip
    monkeypatch.setattr("trona.page.scene.BYTES", 10_000)
    few = scene(run.fields, Look(), {})
    assert few is not None and 1 <= len(few["frames"]) < 4 and few["frames"][-1]["name"] == "t = 4 min"


def test_a_run_that_goes_on_and_one_that_was_killed(tmp_path: Path) -> None:
    killed = written(tmp_path / "run", end=None)
    assert "broken off" in page(killed).decode()
    directory = reopen_directory(killed)
    (killed / "outputs.csv").write_text("step,time [s],v [V]\n1,60,2\n2,12")
    content = page(killed).decode()
    assert '<span class="status going">running</span>' in content and "Equations" in content
    assert write_page(killed) == killed / "report.html"  # beside the process that has the folder
    directory.write_bytes("report.html", b"renewed")
    directory.close()
    assert (killed / "report.html").read_bytes() == b"renewed"


def test_a_live_page(tmp_path: Path) -> None:
    """It is made where something has changed, while its run goes on, and is outdated when that has ended."""
    run = written(tmp_path / "a run", end=None)
    live, at = LivePage(run), run / "report.html"
    live()
    assert not at.exists()  # no process writes to it
    directory = reopen_directory(run)
    live()
    content = at.read_text(encoding="utf-8")
    assert content.index('http-equiv="refresh"') < 1000 and "step 4, t = 4 min of 4 min." in content
    assert f"<code>trona stop &#x27;{run.resolve()}&#x27;</code>" in content
    assert not is_outdated(run)
    made = at.stat().st_mtime_ns
    live()
    assert at.stat().st_mtime_ns == made
    later = made + 1_000_000_000
    os.utime(run / "outputs.csv", ns=(later, later))
    live()
    assert at.stat().st_mtime_ns != made
    directory.close()
    assert is_outdated(run) and b"refresh" not in page(run)


def test_a_run_is_followed_and_stopped(small_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    endless = DECK.replace("end: 6 us", "end: 1 s").replace("steps: 1", "steps: 1000000")
    (small_run / "deck.yaml").write_text(endless, encoding="utf-8")
    path = os.pathsep.join(str(Path(p).absolute()) for p in sys.path if p)
    words = [sys.executable, "-m", "trona.cli", "run", "deck.yaml", "-o", "out", "--live"]
    environment = os.environ | {"PYTHONPATH": path, "TRONA_COMPILE_PROCESSES": "2"}
    going = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    at = small_run / "out/report.html"
    until(lambda: at.exists() and "of 1 s." in at.read_text(encoding="utf-8"))
    assert main(["stop", "out"]) == 0
    said, _ = going.communicate(timeout=100)
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN  # as in a background job, and the run inherits it
    sent = signal.SIGTERM if ignored else signal.SIGINT
    assert going.returncode == 128 + sent and "--restart out" in said
    told = (small_run / "out/log.txt").read_text(encoding="utf-8")
    assert "the page is written while the run goes on: out/report.html" in told
    content = at.read_text(encoding="utf-8")
    assert "refresh" not in content[:1000] and f"interrupted: {sent.name}" in content
    assert page("out") == content.encode()
    assert main(["run", "deck.yaml", "--live", "outputs.report=false"]) == 2
    assert "--live: the deck forbids the page (outputs.report)" in capsys.readouterr().err


def test_a_failed_run(tmp_path: Path) -> None:
    failed = written(tmp_path / "run", end="failed: it diverged")
    (failed / "failure.txt").write_text("1. the step is too long <b>", encoding="utf-8")
    content = page(failed).decode()
    assert '<span class="status bad">failed: it diverged</span>' in content
    assert "<h2>Why it failed</h2>" in content and "too long &lt;b&gt;" in content


def test_a_damaged_file_costs_its_part_only(tmp_path: Path) -> None:
    run = written(tmp_path / "run")
    (run / "steps.csv").write_text("number,start [s]\n1,x\n")
    (run / "equations.json").unlink()
    (run / "outputs.csv").write_text("step,time [s]\n1,soon\n")
    summary = json.loads((run / "summary.json").read_text())
    (run / "summary.json").write_text(json.dumps(summary | {"newton": [], "elapsed_seconds": None, "parameters": 3}))
    content = page(run).decode()
    assert content.count("This part cannot be shown") >= 4 and "did not write its equations" in content
    assert 'id="scene"' in content and "<h2>Balances</h2>" in content


def test_where_it_is_put(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = written(tmp_path / "run")
    assert main(["report", str(run)]) == 0
    assert capsys.readouterr().out == f"written to {run / 'report.html'}\n"
    assert "report.html" in (run / MANIFEST).read_text().splitlines()
    assert main(["report", str(run), "-o", str(tmp_path / "other.html")]) == 0
    assert (tmp_path / "other.html").read_bytes() == (run / "report.html").read_bytes()
    open_directory(run, "cell").close()  # a second run replaces it
    assert not (run / "report.html").exists()
    assert main(["report", str(tmp_path)]) == 2
    assert "not the folder of a trona run or sweep" in capsys.readouterr().err


def test_a_page_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    run = written(tmp_path / "run")
    (run / MANIFEST).unlink()  # as in a copy
    write_page(run)
    write_page(run)
    (run / "report.html").write_text("mine")
    with pytest.raises(UserError, match="not written by trona and in the way"):
        write_page(run)
    assert (run / "report.html").read_text() == "mine"


def test_open_makes_what_is_outdated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda where: bool(opened.append(where)) or len(opened) < 2)
    run = written(tmp_path / "run")
    assert is_outdated(run) and main(["open", str(run)]) == 0
    assert opened == [(run / "report.html").as_uri()] and not is_outdated(run)
    made = (run / "report.html").stat().st_mtime_ns
    capsys.readouterr()
    assert main(["open", str(run)]) == 0
    assert capsys.readouterr().out == (
        f"{run / 'report.html'}\nno browser could be started here; open this file in one\n"
    )
    assert (run / "report.html").stat().st_mtime_ns == made
    (run / "log.txt").write_text("more")
    assert is_outdated(run)


def test_a_run_of_the_command_line_ends_with_it(small_run: Path) -> None:
    import trona

    assert main(["run", "deck.yaml", "-q", "-o", "out"]) == 0
    content = (small_run / "out/report.html").read_bytes()
    assert b"<mfrac>" in content or b"<math" in content
    assert page(small_run / "out") == content
    assert main(["run", "deck.yaml", "-q", "-o", "none", "outputs={report: false}"]) == 0
    assert not (small_run / "none/report.html").exists()
    trona.run("deck.yaml", directory="api")
    assert not (small_run / "api/report.html").exists()


def test_a_page_that_cannot_be_made_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from trona.record.terminal import SilentReporter
    from trona.session.pages import leave_page

    def fails(folder: Any) -> bytes:
        raise RuntimeError("a bug")

    run, reporter = written(tmp_path / "run"), SilentReporter()
    monkeypatch.setattr("trona.page.write.page", fails)
    monkeypatch.setattr("trona.record.painter._painters", {})
    monkeypatch.setattr("trona.record.painter.number_of_processes", lambda: 1)
    leave_page(run, reporter)
    assert reporter.warnings == ["report.html could not be made (RuntimeError: a bug)"]
    leave_page(tmp_path / "gone", reporter)  # moved while the run went on, which has been told
    assert len(reporter.warnings) == 1


def test_the_colours_of_the_viewer_are_those_of_pictures() -> None:
    """Unevenly spaced colours show an edge where there is none."""
    import re

    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    from trona.page.html import asset
    from trona.record.scale import COLOURS

    (text,) = re.findall(rf'{COLOURS.upper()} = "([0-9a-f]+)"', asset("page.js"))
    found = [text[i : i + 6] for i in range(0, len(text), 6)]
    assert found == [to_hex(colormaps[COLOURS](i / (len(found) - 1)))[1:] for i in range(len(found))]
