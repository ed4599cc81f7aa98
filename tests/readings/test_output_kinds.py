"""Kinds of outputs: those of a package of its own, numbers of numbers, extremes of curves, and what a run stops at."""

from __future__ import annotations

from math import pi
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_reductions import LOW, SPAN, H, R, slope

from trona.deck import Deck
from trona.errors import UserError
from trona.model import Registry, compose
from trona.session.run import run
from trona.settings import read_settings
from trona.settings.outputs import read_outputs
from trona.settings.schema import schema

MOMENT = {"moment": "temperature", "on": "body"}


@pytest.mark.parametrize("geometry", ["1-D", "2-D", "3-D", "axisymmetric"])
def test_a_moment_of_a_package_in_closed_form(tmp_path: Path, installed: Registry, geometry: str) -> None:
    """Of a temperature that is linear in height: the integral of T y is A (LOW H^2 / 2 + SPAN H^2 / 3)."""
    extra = {"m": MOMENT, "shares": {"histogram": "temperature", "on": "body", "bins": 2}}
    result = run(compose(slope(tmp_path, geometry, extra), installed), record=False)
    area = {"1-D": 1.0, "2-D": R, "3-D": R * R, "axisymmetric": pi * R**2}[geometry]
    axis = {"1-D": "x", "2-D": "y", "3-D": "z", "axisymmetric": "y"}[geometry]
    height = area * H**2 * (LOW / 2 + SPAN / 3)
    assert result[f"m.{axis}"] == pytest.approx(height, rel=1e-9)
    across = {"1-D": height, "2-D": R / 2, "3-D": R / 2, "axisymmetric": 2 * R / 3}[geometry]
    if geometry != "1-D":
        assert result["m.x"] == pytest.approx(across * area * H * (LOW + SPAN / 2), rel=1e-9)
    unit = {"1-D": "m^2*K", "2-D": "m^3*K", "3-D": "m^4*K", "axisymmetric": "m^4*K"}[geometry]
    assert result.outputs[f"m.{axis}"].unit == unit
    assert result["shares.0"] + result["shares.1"] == pytest.approx(1.0, rel=1e-12)
    assert result["shares.0"] == pytest.approx(0.5, rel=1e-9), "the cells end where the halves do"


def test_a_curve_of_a_package_is_written_and_drawn(tmp_path: Path, installed: Registry) -> None:
    way = [["0 m", "0 m"], ["0 m", f"{H} m"], [f"{R} m", f"{H} m"]]
    deck = slope(tmp_path, "2-D", {"way": {"corner": "temperature", "over": way}}, outputs={"plots": ["way"]})
    run(compose(deck, installed), directory=tmp_path / "run")
    rows = (tmp_path / "run/lines/way-000001.csv").read_text().splitlines()
    found = np.array([[float(v) for v in row.split(",")] for row in rows[1:]])
    assert "temperature [K]" in rows[0]
    assert found[:, 0] == pytest.approx([0.0, H, H + R], rel=1e-9)
    assert found[:, -1] == pytest.approx([LOW, LOW + SPAN, LOW + SPAN], rel=1e-9)
    assert (tmp_path / "run/plots/way.png").stat().st_size > 0


def test_a_package_brings_kinds_as_it_brings_physics(installed: Registry) -> None:
    assert {"moment", "histogram", "corner", "reduce", "probe"} <= set(installed.output_kinds)
    assert installed.origin("outputs.moment") == "trona-spread 1.0"
    kinds = schema()["properties"]["outputs"]["properties"]["extra"]["additionalProperties"]["anyOf"]
    (bins,) = [k for k in kinds if "bins" in k.get("properties", {})]
    assert bins["required"] == ["histogram", "on"]
    (line,) = [k for k in kinds if "from" in k.get("properties", {})]
    assert line["required"] == ["line", "from", "to"]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"momnt": "temperature", "on": "body"}, "needs one of corner, field, flow, histogram, line, moment"),
        ({"moment": "temperature"}, "output 'o' needs 'on'"),
        ({**MOMENT, "sid": "body"}, "no such key 'sid'; nearest: side"),
        ({"moment": "heat_flux", "on": "body"}, "'heat_flux' is a vector; only scalars can be reduced"),
        ({"moment": "temprature", "on": "body"}, "nearest: temperature"),
        ({"histogram": "temperature", "on": "body", "bins": 0}, "extra.o.bins: must be at least 1, got '0'"),
        ({"corner": "temperature", "over": [["0 m"]]}, "extra.o.over: a corner has three points, got 1"),
    ],
)
def test_mistakes_have_their_place(tmp_path: Path, installed: Registry, entry: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as refused:
        read_outputs(compose(slope(tmp_path, "1-D", {"o": entry}), installed))
    assert message in str(refused.value)
    assert ".yaml:" in str(refused.value)


# ---------------------------------------------------------------------- numbers that conditions are about

EXTRA: dict[str, Any] = {
    "middle": {"probe": "temperature", "at": [f"{R / 4} m", f"{H / 2} m"]},
    "q": {"probe": "heat_flux", "at": [f"{R / 4} m", f"{H / 2} m"]},
    "into": {"flow": "energy", "through": "top"},
    "up": {"line": "temperature", "from": ["0 m", "0 m"], "to": ["0 m", f"{H} m"], "points": 3},
    "arrows": {"line": "heat_flux", "from": ["0 m", "0 m"], "to": ["0 m", f"{H} m"], "points": 3},
    "edge": {"profile": "temperature", "along": "sides"},
    "hottest": {"reduce": "maximum", "of": "temperature", "on": "body"},
    "gap": {"number": "hottest - middle"},
    "half": {"number": "(edge.max - edge.min) / 2 + q.y * 0 K*m^2/W"},
    "warmth": {"field": "temperature - 300 K"},
}
TOP = "300 K + 1 K/s * t"
"""The temperature at the top, slow against the diffusion, so that the slope is linear in time too."""


def warming(folder: Path, stop: list[dict[str, Any]], **sections: Any) -> Deck:
    """A thin body whose top warms up by 1 K per second."""
    stored = {"thermal_conductivity": "300 W/m/K", "density": "1 kg/m^3", "specific_heat_capacity": "1 J/kg/K"}
    more: dict[str, Any] = {
        "materials": {"body": stored},
        "boundaries": {"bottom": {"temperature": "300 K"}, "top": {"temperature": TOP}},
        "initial": {"temperature": "300 K"},
        "time": {"end": "10 s", "step": "1 s", "method": "bdf1", "stop": stop},
        **sections,
        "outputs": {"fields": "none", "extra": EXTRA, **sections.get("outputs", {})},
    }
    return slope(folder, "2-D", **more)


@pytest.mark.parametrize(
    ("output", "above", "at"),
    [
        ("middle", "302.2 K", 5),
        ("q.y", "-3000.5 W/m^2", None),
        ("into", "4200 W/m", 4),
        ("gap", "2.2 K", 5),
        ("half", "1.7 K", 4),
        ("up.max", "303.5 K", 4),
        ("edge.max", "303.5 K", 4),
        ("up.min", "300.5 K", None),
    ],
)
def test_a_run_stops_at_any_number(tmp_path: Path, output: str, above: str, at: int | None) -> None:
    """In step n the top is at 300 K + n: the middle half as warm, and n K / H times 300 W/m/K enter through R."""
    result = run(warming(tmp_path, [{"output": output, "above": above}]), record=False)
    if at is None:
        assert result.status == ("finished" if output == "up.min" else "stopped: q.y is above -3000.5")
        return
    assert result.status.startswith(f"stopped: {output} is above")
    assert result["hottest"] == pytest.approx(LOW + at, rel=1e-9)


def test_a_run_stops_at_what_its_table_leaves_out(tmp_path: Path) -> None:
    deck = warming(tmp_path, [{"output": "edge.max", "above": "302.5 K"}], outputs={"csv": ["middle", "up.min"]})
    result = run(deck, directory=tmp_path / "run")
    assert result["hottest"] == pytest.approx(303.0, rel=1e-9)
    header, *rows = (tmp_path / "run/outputs.csv").read_text().splitlines()
    assert "middle [K]" in header and "up.min [K]" in header and "edge.max" not in header and len(rows) == 3


def test_a_step_of_a_protocol_ends_at_any_number(tmp_path: Path) -> None:
    protocol = {
        "controls": {"T_top": "K"},
        "steps": [
            {
                "name": "rise",
                "set": {"T_top": "300 K + 1 K/s * step_time"},
                "until": {"edge.max": {"above": "302.3 K"}},
            },
            {"name": "more", "set": {"T_top": "302.3 K + 1 K/s * step_time"}, "until": {"gap": {"above": "1.5 K"}}},
        ],
    }
    deck = warming(
        tmp_path,
        [],
        protocol=protocol,
        boundaries={"bottom": {"temperature": "300 K"}, "top": {"temperature": "T_top"}},
        time={"end": "10 s", "step": "1 s", "method": "bdf1"},
    )
    result = run(deck, record=False)
    assert [end.reason for end in result.passed] == ["edge.max above 302.3", "gap above 1.5"]
    assert result.passed[0].end == pytest.approx(2.3, rel=1e-4)
    assert result["gap"] == pytest.approx(1.5, rel=1e-5)


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("edge", "stop[0].output: 'edge' is a curve (profile), not one number; take edge.min or edge.max"),
        ("arrows", "'arrows' is a curve (line), not one number; take a component of the vector along it"),
        ("q", "'q' has several numbers; take one of q.x, q.y"),
        ("temperature", "'temperature' is a field, not one number; reduce or probe it under outputs.extra"),
        ("warmth", "'warmth' is a quantity in space, not one number; reduce or probe it under outputs.extra"),
        ("midle", "no output 'midle'; nearest: middle"),
        ("edge.mx", "no output 'edge.mx'; nearest: edge.max"),
    ],
)
def test_what_is_no_number_is_told_with_what_is(tmp_path: Path, output: str, message: str) -> None:
    with pytest.raises(UserError) as refused:
        read_settings(compose(warming(tmp_path, [{"output": output, "above": "1 K"}])))
    assert message in str(refused.value) and ".yaml:" in str(refused.value)


def test_a_limit_of_a_protocol_is_told_so_too(tmp_path: Path) -> None:
    steps = [{"name": "rise", "set": {"T_top": "301 K"}, "until": {"edge": {"above": "302 K"}}}]
    protocol = {"controls": {"T_top": "K"}, "steps": steps}
    boundaries = {"bottom": {"temperature": "300 K"}, "top": {"temperature": "T_top"}}
    with pytest.raises(UserError, match=r"until\.edge: 'edge' is a curve \(profile\), not one number; take edge\.min"):
        read_settings(compose(warming(tmp_path, [], protocol=protocol, boundaries=boundaries)))


@pytest.mark.parametrize(
    ("number", "message"),
    [
        ("hottest + into", "extra.o.number: "),
        ("hotest - middle", "nearest: hottest"),
        ("edge - middle", "unknown name 'edge'; nearest: edge."),
        ("edge.mx - middle", "unknown name 'edge.mx'; nearest: edge.m"),
    ],
)
def test_an_expression_of_numbers_is_checked(tmp_path: Path, number: str, message: str) -> None:
    deck = warming(tmp_path, [], outputs={"extra": {**EXTRA, "o": {"number": number}}})
    with pytest.raises(UserError) as refused:
        read_outputs(compose(deck))
    assert message in str(refused.value) and ".yaml:" in str(refused.value)
