"""Outputs that consist of parts: on the page of a run, and as pictures."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from run_folders import PARTS, with_parts

from trona import load
from trona.cli import main
from trona.page import page
from trona.record.wholes import LEFT, Whole


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_parts(tmp_path_factory.mktemp("parts") / "run", rest=True)


def section(content: str) -> str:
    found = re.search(r'<section id="wholes">.*?</section>', content, re.DOTALL)
    assert found is not None
    return found[0]


def test_a_stack_over_time(folder: Path) -> None:
    content = page(folder).decode()
    shown = section(content)
    assert "<b>&" not in shown and "voltage &lt;/script&gt;" in shown
    legend = re.findall(r'<li><span class="key (.*?)"></span>(.*?)</li>', shown)
    assert legend == [("whole", "cell"), ("a0", "ohmic (a)"), ("a1", "charge transfer (a | b)"), ("left", LEFT)]
    data = json.loads(re.search(r'<script type="application/json".*?>(.*?)</script>', shown)[1])  # type: ignore[index]
    series = {name: ys for name, _, ys in data["series"]}
    assert data["most"] == 4 and data["unit"] == "mV"
    rows = zip(*(series[name] for name in ("ohmic (a)", "charge transfer (a | b)", LEFT, "cell")), strict=True)
    told = [row for row in rows if None not in row]
    assert len(told) == 20
    assert all(sum(parts) == pytest.approx(whole, rel=1e-5) for *parts, whole in told)
    # Without parts there is nothing to fill: no area reaches into the rest, which begins at a half.
    areas = re.findall(r'<path class="area (a\d)" d="(.*?)"/>', shown)
    assert {kind for kind, _ in areas} == {"a0", "a1"}
    across = [float(x) for _, way in areas for x in re.findall(r"[ML]([\d.]+) ", way)]
    left, right, *_ = data["box"]
    assert max(across) < (left + right) / 2
    # What is here is not among the other curves again.
    assert 'data-chart="history' not in content


def test_one_time_is_bars(tmp_path: Path) -> None:
    content = page(with_parts(tmp_path / "run", steps=1)).decode()
    shown = section(content)
    assert "<img" not in content  # its picture would say the same again
    bars = re.findall(r'<rect class="bar (\w+)" x="(.*?)" y="\d+" width="(.*?)"', shown)
    assert [kind for kind, _, _ in bars] == ["whole", "a0", "a1", "left"]
    widths = [float(width) for _, _, width in bars]
    assert np.array(widths) / widths[0] == pytest.approx([1, 2 / 6, 5 / 6, 1 / 6], rel=5e-3)
    assert re.findall(r">([^<]* mV)<", shown) == ["6 mV", "2 mV", "5 mV", "\N{MINUS SIGN}1 mV"]
    ends = {kind: float(x) + float(width) for kind, x, width in bars}
    assert ends["left"] == pytest.approx(float(bars[0][1]), abs=0.2)  # to the left of zero


def test_a_table_without_them_shows_none(folder: Path, tmp_path: Path) -> None:
    other = with_parts(tmp_path / "run")
    table = other / "outputs.csv"
    table.write_text(table.read_text().replace("cell.ohmic", "cell.lost"))
    assert 'id="wholes"' not in page(other).decode()


def test_pictures(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (folder / "plots/cell.png").stat().st_size > 5000
    assert load(folder).summary["warnings"] == []
    target = tmp_path / "cell.svg"
    assert main(["plot", str(folder), "cell", "--unit", "mV", "-o", str(target)]) == 0
    drawn = target.read_text()
    for said in ("ohmic (a)", "charge transfer (a | b)", LEFT, "Cell [mV]"):
        assert said in drawn, said
    single = with_parts(tmp_path / "run", steps=1)
    assert main(["plot", str(single), "cell", "-o", str(target)]) == 0
    assert "charge transfer (a | b)" in target.read_text()
    assert main(["plot", str(folder), "cell", "--unit", "K", "-o", str(target)]) == 2
    assert "nothing in this picture is measured in K" in capsys.readouterr().err
    assert main(["plot", str(folder), "cell", "--log", "y", "-o", str(target)]) == 2
    assert "--log is not for cell, whose parts are stacked from zero" in capsys.readouterr().err


def test_layers_lie_upon_each_other() -> None:
    columns = {
        "v": np.array([4.0, -1.0, np.nan]),
        "v.a": np.array([3.0, -2.0, np.nan]),
        "v.b_c (x)": np.array([2.0, 1.5, np.nan]),
        "v.none (y)": np.array([1e-15, 0.0, np.nan]),
        "v.d": np.array([-1.0, -0.5, np.nan]),
        "v.left": np.array([0.0, 0.0, np.nan]),
    }
    whole = Whole.of("v", tuple(columns)[1:], columns, dict.fromkeys(columns, "V"))
    assert list(whole.parts) == ["a", "b c (x)", "d"]
    layers = dict(whole.stack())
    expected = {
        "a": [([0, 0], [3, 0]), ([0, -2], [0, 0])],
        "b c (x)": [([3, 0], [5, 1.5]), ([0, -2], [0, -2])],
        "d": [([5, 1.5], [5, 1.5]), ([-1, -2.5], [0, -2])],
    }
    for name, pairs in expected.items():
        for (low, high), (lower, upper) in zip(pairs, layers[name], strict=True):
            assert lower[:2].tolist() == low and upper[:2].tolist() == high, name
            assert np.isnan(upper[2]) or np.isnan(lower[2])
    with pytest.raises(ValueError, match=r"no output 'v\.gone'"):
        Whole.of("v", ("v.gone", "v.left"), columns, dict.fromkeys(columns, "V"))


def test_their_names_are_read_back(folder: Path) -> None:
    assert load(folder).wholes == {"cell": PARTS}
