"""Pictures for papers: files of lines and letters, wanted units, sections, directions and animations."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import LogNorm
from PIL import Image

from trona.errors import UserError
from trona.readings.snapshot import BlockData, FieldData, Snapshot
from trona.record import film
from trona.record.directions import _sampled
from trona.record.look import Look, look_of
from trona.record.pictures import Pictures, picture
from trona.record.scale import Scale
from trona.record.sections import both_halves, cut
from trona.units import Unit


def cube() -> Snapshot:
    """Six tetrahedra in a cube of 1 um, with a linear field and a vector."""
    points = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype=float) * 1e-6
    ways = [(4, 2, 1), (4, 1, 2), (2, 4, 1), (2, 1, 4), (1, 4, 2), (1, 2, 4)]
    cells = np.array([[0, a, a + b, 7] for a, b, _ in ways])
    fields = {
        "potential": FieldData(points @ [1e6, 2e6, 4e6], "V"),
        "current": FieldData(np.tile([1.0, 2.0, 3.0], (8, 1)), "A/m^2"),
    }
    return Snapshot(0.0, 0, {"metal": BlockData(points, cells, "tetra", fields)})


@pytest.mark.parametrize(("ending", "begins"), [("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_files_of_lines_and_letters(ending: str, begins: bytes, snapshot: Snapshot, tmp_path: Path) -> None:
    for name in ("a", "b"):
        picture(snapshot, "temperature", tmp_path / f"{name}.{ending}")
    content = (tmp_path / f"a.{ending}").read_bytes()
    assert content.startswith(begins) and (tmp_path / f"b.{ending}").read_bytes() == content
    assert not list(tmp_path.glob(".*")) and len(content) < 400_000
    if ending == "svg":
        assert content.count(b"<image") == 2 and content.count(b"<path") > 20 and b"dc:date" not in content
    else:
        assert b"/Type3" not in content and b"CIDFontType2" in content and b"CreationDate" not in content


def test_wanted_units() -> None:
    warm = Scale.of(np.array([298.15, 310.15]), "temperature", "K", Unit.parse("degC"))
    np.testing.assert_allclose(warm.apply(np.array([298.15, 310.15])), [25, 37])
    assert warm.label == "Temperature [°C]" and (warm.norm.vmin, warm.norm.vmax) == pytest.approx((25, 37))
    close = Scale.of(np.array([298.15, 298.1501]), "temperature", "K", Unit.parse("degC"))
    assert close.label == "Temperature − 25 °C [µK]"  # a difference has no zero of its own
    assert (close.norm.vmin, close.norm.vmax) == pytest.approx((0, 100), abs=1e-6)
    current = Scale.of(np.array([-5.0, 10.0]), "j", "A/m^2", Unit.parse("mA/cm^2"))
    assert current.label == "j [mA/cm²]" and current.apply(np.array([10.0])) == pytest.approx([1.0])


def test_logarithmic_scales() -> None:
    scale = Scale.of(np.array([0.0, 1e-3, 10.0]), "c", "mol/m^3", log=True)
    assert isinstance(scale.norm, LogNorm) and (scale.norm.vmin, scale.norm.vmax) == (1e-3, 10.0)
    with pytest.raises(ValueError, match="needs values above zero"):
        Scale.of(np.array([-1.0, 0.0]), "c", "1", log=True)
    with pytest.raises(ValueError, match="hardly differ"):
        Scale.of(np.array([298.15, 298.1501]), "temperature", "K", log=True)


def test_a_look_follows_the_deck_and_takes_the_first_unit_that_fits() -> None:
    assert look_of({"mesh": {"coordinates": "axisymmetric"}, "time": {}}) == Look(("r", "z"))
    assert look_of({"mesh": {"layers": []}}).steady and not look_of({"protocol": {}}).steady
    look = Look(units=tuple(map(Unit.parse, ("nm", "h", "um"))))
    assert look.scaled(1.0, "m") == (pytest.approx(1e9), "nm") and look.time(10.0) == (3600.0, "h")
    assert look.unit("V") is None and Look().scaled(2e-6, "m") == (pytest.approx(1e6), "µm")


def test_no_time_of_a_steady_run(snapshot: Snapshot) -> None:
    steady = replace(snapshot, time=0.0)
    titles = [Pictures(steady, None, Look(steady=each)).figure("temperature").get_suptitle() for each in (True, False)]
    assert titles == ["", "t = 0 s"]
    plane = Pictures(steady, None, Look(("r", "z"))).figure("temperature").axes[0]
    assert (plane.get_xlabel(), plane.get_ylabel()) == ("$r$ [µm]", "$z$ [µm]")


def test_a_section_through_a_body() -> None:
    found = cut(cube(), 1, 0.25e-6).blocks["metal"]
    a, b, c = (found.points[found.cells[:, i]] for i in range(3))
    (ux, uy), (vx, vy) = (b - a).T, (c - a).T
    assert abs(ux * vy - uy * vx).sum() / 2 == pytest.approx(1e-12)
    np.testing.assert_allclose(found.fields["potential"].values, found.points @ [1e6, 4e6] + 0.5, rtol=1e-6)
    np.testing.assert_allclose(found.fields["current"].values, np.tile([1, 3, 2], (len(found.points), 1)))
    assert cut(cube(), 2, 1e-6).blocks  # the surface itself
    with pytest.raises(ValueError, match="nothing lies at 2e-06 m: the body reaches from 0 m to 1e-06 m"):
        cut(cube(), 0, 2e-6)


def test_both_halves_of_a_section(snapshot: Snapshot) -> None:
    block, whole = snapshot.blocks["metal"], both_halves(snapshot).blocks["metal"]
    n = len(block.points)
    np.testing.assert_array_equal(whole.points[n:], block.points * [-1, 1])
    u = whole.fields["displacement"].values
    np.testing.assert_array_equal(u[n:], u[:n] * [-1, 1])
    np.testing.assert_array_equal(whole.fields["temperature"].values[n:], block.fields["temperature"].values)
    assert len(whole.cells) == 2 * len(block.cells) and whole.cells.max() == 2 * n - 1


@pytest.mark.parametrize("over", ["arrows", "streamlines"])
def test_directions(over: str, snapshot: Snapshot, tmp_path: Path) -> None:
    inside, values = _sampled(snapshot.blocks["metal"], "displacement", np.array([[0.5e-6, 0.25e-6], [5e-6, 0.0]]))
    assert inside.tolist() == [True, False]
    np.testing.assert_allclose(values[0], [0.5e-9, 0.5e-9], rtol=1e-6)
    plain, shown = (Pictures(snapshot, None, Look(over=each)).figure("displacement") for each in ("", over))  # type: ignore[arg-type]
    assert len(shown.axes[0].get_children()) > len(plain.axes[0].get_children())


def test_an_animation_stands_still(snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The axes are those of all states, wherever the mesh is."""
    ends: list[tuple[float, ...]] = []
    real = Pictures.figure

    def spied(self: Pictures, field: str, reach: Any = None) -> Any:
        figure = real(self, field, reach)
        ends.append((*figure.axes[0].get_xlim(), *figure.axes[0].get_ylim()))
        return figure

    def state(factor: float) -> Snapshot:
        block = snapshot.blocks["metal"]
        return replace(snapshot, blocks={"metal": replace(block, points=block.points * [1, factor])})

    monkeypatch.setattr(Pictures, "figure", spied)
    film.film([partial(state, factor) for factor in (1, 1.5, 2)], "temperature", tmp_path / "a.gif", Look())
    assert ends == [pytest.approx((0, 1, 0, 2))] * 3


def test_an_animation_has_one_scale(snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def state(factor: float) -> Snapshot:
        block = snapshot.blocks["metal"]
        field = FieldData(block.fields["temperature"].values * factor, "K")
        return Snapshot(factor, 0, {"metal": replace(block, fields={"temperature": field})})

    film.film([partial(state, factor) for factor in (1, 2, 4)], "temperature", tmp_path / "a.gif", Look())
    with Image.open(tmp_path / "a.gif") as moving:
        assert moving.n_frames == 3 and moving.info["loop"] == 0
        seen = []
        for number in (0, 2):
            moving.seek(number)
            seen.append(np.asarray(moving.convert("RGB"))[moving.height // 2, moving.width // 3].astype(int))
    dark, bright = seen
    assert dark.sum() < 300 and bright[1] > 200  # 1 and 4 of a scale from 1 to 4
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(UserError, match="needs ffmpeg, which is not installed"):
        film.film([snapshot.__class__], "temperature", tmp_path / "a.mp4", Look())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.gif"]
