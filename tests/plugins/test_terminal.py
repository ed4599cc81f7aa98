"""A boundary with one unknown potential and a given current, against bodies whose resistance is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bodies import body, box
from strips import FARADAY, R_GAS, solve, strip
from test_salt import C0, MATERIALS, T_PLUS, D

from trona.deck import Deck
from trona.errors import DeckError, SolveError, UserErrors
from trona.session import Result, run
from trona.verify import verify

SIGMA = {"a": 2e7, "b": 5e6}
HEIGHT = {"a": 2e-3, "b": 1e-3}
INNER, OUTER = 1e-3, 4e-3
CURRENT = 3e4
"""Conductivities, S/m, and heights of two conductors side by side, from r or x = INNER to OUTER, m; current, A."""
GROUND = {"electrode_potential": "0 V"}


def pair(folder: Path, terminal: dict[str, Any], coordinates: str = "planar", **sections: Any) -> Result:
    """Two conductors, one on the other, with the ground on their left and the terminal on their right."""
    content: dict[str, Any] = {
        "materials": {b: {"electronic_conductivity": f"{s} S/m"} for b, s in SIGMA.items()},
        "physics": {"electronic_charge": {"blocks": ["a", "b"]}, "terminal": {"boundary": "right", **terminal}},
        "boundaries": {"left": GROUND},
        **sections,
    }
    shape = box((INNER, OUTER), (0, sum(HEIGHT.values())))
    return run(body(folder, (6, 3), shape, coordinates=coordinates, rows="aab", **content), record=False)


def conductance(coordinates: str) -> dict[str, float]:
    """Of each, in S or S per metre of depth: sigma h/L, and 2 pi sigma h/ln(b/a) all the way round."""
    shape = 1 / (OUTER - INNER) if coordinates == "planar" else 2 * np.pi / np.log(OUTER / INNER)
    return {b: SIGMA[b] * HEIGHT[b] * shape for b in SIGMA}


def values(result: Result) -> dict[str, float]:
    return {name: output.value for name, output in result.outputs.items()}


@pytest.mark.parametrize("way", ["total_current", "mean_current_density", "potential"])
@pytest.mark.parametrize(("coordinates", "rel"), [("planar", 1e-9), ("axisymmetric", 2e-4)])
def test_two_conductors_side_by_side(tmp_path: Path, way: str, coordinates: str, rel: float) -> None:
    """V = I/(G_a + G_b), and each block takes its share of the current: they have one potential at the terminal."""
    each = conductance(coordinates)
    voltage = CURRENT / sum(each.values())
    area = sum(HEIGHT.values()) * (2 * np.pi * OUTER if coordinates == "axisymmetric" else 1)
    given = {"total_current": f"{CURRENT} A", "potential": f"{float(voltage)!r} V"}
    given["mean_current_density"] = f"{float(CURRENT / area)!r} A/m^2"
    result = pair(tmp_path, {way: given[way]}, coordinates)
    got = values(result)
    assert got["terminal_voltage"] == pytest.approx(voltage, rel=rel)
    assert got["terminal_current"] == pytest.approx(CURRENT, rel=rel if way == "potential" else 1e-9)
    assert got["terminal_current_density_max"] == pytest.approx(
        CURRENT / area * each["a"] / HEIGHT["a"] / (sum(each.values()) / sum(HEIGHT.values())), rel=10 * rel
    )
    ledger = result.ledger["electronic_charge"]
    assert ledger.closure < 1e-12
    entries = {e.side: e.value for e in ledger.entries if e.plugin == "terminal"}
    assert entries == pytest.approx({b: CURRENT * each[b] / sum(each.values()) for b in each}, rel=10 * rel)


def first_order(folder: Path, rows: str) -> Deck:
    return body(
        folder,
        (2, 3),
        box((INNER, OUTER), (0, sum(HEIGHT.values()))),
        rows=rows,
        materials={b: {"electronic_conductivity": f"{s} S/m"} for b, s in SIGMA.items()},
        physics={
            "electronic_charge": {"blocks": ["a", "b"]},
            "terminal": {"boundary": "right", "total_current": f"{CURRENT} A"},
        },
        boundaries={"left": GROUND},
        elements={"order": 1},
    )


@pytest.mark.parametrize("rows", ["aab", "aba", "baa"])
def test_currents_beside_each_other_in_first_order(tmp_path: Path, rows: str) -> None:
    """In each block i = sigma V/L, up to the point that blocks share: there, too, each has its own current."""
    result = run(first_order(tmp_path, rows), record=False)
    got, each = values(result), conductance("planar")
    voltage = CURRENT / sum(each.values())
    assert got["terminal_voltage"] == pytest.approx(voltage, rel=1e-9)
    for name, block in (("max", "a"), ("min", "b")):
        density = SIGMA[block] * voltage / (OUTER - INNER)
        assert got[f"terminal_current_density_{name}"] == pytest.approx(density, rel=1e-9)
    entries = {e.side: e.value for e in result.ledger["electronic_charge"].entries if e.plugin == "terminal"}
    assert entries == pytest.approx({b: CURRENT * each[b] / sum(each.values()) for b in each}, rel=1e-9)


@pytest.mark.slow
def test_verify_in_first_order(tmp_path: Path) -> None:
    assert verify(first_order(tmp_path, "aba"), max_unknowns=200).failures == []


def test_current_that_is_uneven(tmp_path: Path) -> None:
    """Opposite is a potential A + B cos(k x): V = A + I H/(W sigma), i = I/W - sigma B k cos(k x)/sinh(k H)."""
    width, height, A, B, sigma = 3e-3, 2e-3, 0.2, 1e-3, SIGMA["a"]
    k = np.pi / width
    deck = body(
        tmp_path,
        (12, 8),
        box((0, width), (0, height)),
        materials={"body": {"electronic_conductivity": f"{sigma} S/m"}},
        physics={
            "electronic_charge": {"blocks": ["body"]},
            "terminal": {"boundary": "top", "total_current": f"{CURRENT} A"},
        },
        boundaries={"bottom": {"electrode_potential": f"{A} V + {B} V * cos({k!r} * x / (1 m))"}},
    )
    got = values(run(deck, record=False))
    assert got["terminal_voltage"] == pytest.approx(A + CURRENT * height / (width * sigma), rel=1e-6)
    swing = sigma * B * k / np.sinh(k * height)
    assert swing > 0.1 * CURRENT / width
    assert got["terminal_current_density_max"] - CURRENT / width == pytest.approx(swing, rel=5e-2)
    assert got["terminal_current_density_min"] - CURRENT / width == pytest.approx(-swing, rel=5e-2)


def cell(folder: Path, *terminals: dict[str, str], **rest: Any) -> Any:
    """Two metals with linear kinetics at the salt between them; terminals below and above."""
    metal = {"electronic_conductivity": "20 S/m"}
    kinetics = {"i0": "10 A/m^2", "kinetics": "linear"}
    return strip(
        folder,
        [("anode", 2e-3, 2), ("salt", 3e-3, 2), ("cathode", 1e-3, 2)],
        width=1e-2,
        materials={"anode": metal, "cathode": metal, "salt": {"ionic_conductivity": "2 S/m"}},
        given={"temperature": "300 K"},
        physics={
            "electronic_charge": {"blocks": ["anode", "cathode"]},
            "ionic_charge": {"blocks": ["salt"]},
            "butler_volmer": [
                {"interface": "anode | salt", "equilibrium_potential": "0.3 V", **kinetics},
                {"interface": "cathode | salt", **kinetics},
            ],
            "terminal": list(terminals),
        },
        **{"dim": 2, **rest},
    )


def test_circuit_of_two_terminals(tmp_path: Path) -> None:
    """What enters below leaves above: V drops by the resistances of metals, reactions and salt, and by U."""
    current = 2.0  # A/m2
    deck = cell(
        tmp_path,
        {"boundary": "bottom", "potential": "0.1 V"},
        {"boundary": "top", "total_current": f"{-current * 1e-2} A"},
    )
    got = values(run(deck, record=False))
    resistance = 3e-3 / 20 + 3e-3 / 2 + 2 * R_GAS * 300 / (FARADAY * 10)
    assert got["terminal_voltage (bottom)"] == pytest.approx(0.1, rel=1e-9)
    assert got["terminal_voltage (top)"] == pytest.approx(0.1 - 0.3 - current * resistance, rel=1e-9)
    assert got["terminal_current (bottom)"] == pytest.approx(current * 1e-2, rel=1e-9)
    assert got["terminal_current (top)"] == pytest.approx(-current * 1e-2, rel=1e-9)


def test_ions_in_three_dimensions(tmp_path: Path) -> None:
    """V = I H/(kappa A) in a solution between two electrodes."""
    result = solve(
        tmp_path,
        [("salt", 2e-3, 2)],
        dim=3,
        width=3e-3,
        materials={"salt": {"ionic_conductivity": "2 S/m"}},
        physics={"ionic_charge": {"blocks": ["salt"]}, "terminal": {"boundary": "top", "total_current": "1 mA"}},
        boundaries={"bottom": {"electric_potential": "0 V"}},
    )
    assert result["terminal_voltage"] == pytest.approx(1e-3 * 2e-3 / (2 * 9e-6), rel=1e-9)
    assert result["terminal_current"] == pytest.approx(1e-3, rel=1e-9)


def test_contact_and_terminals_on_a_moving_mesh(tmp_path: Path) -> None:
    """Divalent metal grows on a collector by i V_m t/(2 F): V is that of the resistances as they are then."""
    i, end, volume, size, width, contact = 50.0, 2000.0, 2e-5, 1e-4, 2e-4, 1e-3
    sigma = {"collector": 2e-3, "metal": 1e-3, "salt": 1.0}
    result = solve(
        tmp_path,
        [("collector", size, 1), ("metal", size, 2), ("salt", size, 2)],
        dim=2,
        width=width,
        materials={
            "collector": {"electronic_conductivity": f"{sigma['collector']} S/m"},
            "metal": {"electronic_conductivity": f"{sigma['metal']} S/m", "molar_volume": f"{volume} m^3/mol"},
            "salt": {"ionic_conductivity": f"{sigma['salt']} S/m"},
        },
        given={"temperature": "300 K"},
        physics={
            "electronic_charge": {"blocks": ["collector", "metal"]},
            "ionic_charge": {"blocks": ["salt"], "cation_valence": 2},
            "butler_volmer": {"interface": "metal | salt", "i0": "20 A/m^2", "kinetics": "linear"},
            "growth": {"interface": "metal | salt"},
            "contact_resistance": {"interface": "metal | collector", "R": f"{contact} ohm*m^2"},
            "terminal": [
                {"boundary": "bottom", "total_current": f"{-i * width} A"},
                {"boundary": "top", "potential": "0 V"},
            ],
        },
        motion={"direction": "y", "rigid": ["collector"]},
        boundaries={"bottom": {"mesh_displacement": "0 m"}, "top": {"mesh_displacement": "0 m"}},
        time={"end": f"{end} s", "step": f"{end / 4} s"},
    )
    grown = i * volume * end / (2 * FARADAY)
    assert grown > 0.1 * size
    layers = size / sigma["collector"] + (size + grown) / sigma["metal"] + (size - grown) / sigma["salt"]
    across = layers + contact + R_GAS * 300 / (2 * FARADAY * 20)
    assert result["terminal_voltage (bottom)"] == pytest.approx(-i * across, rel=1e-5)
    assert result["terminal_current (top)"] == pytest.approx(i * width, rel=1e-9)
    assert result["potential_jump_max"] == pytest.approx(i * contact, rel=1e-9)


def test_salt_at_a_terminal_of_two_cells(tmp_path: Path) -> None:
    """c falls by i (1 - t_plus) H/(F D): random signs, by which rows are scaled, cancel in the row of V here."""
    height, current = 2e-5, 5.0
    result = solve(
        tmp_path,
        [("metal", 1e-6, 1), ("salt", height, 4)],
        dim=2,
        width=1e-5,
        materials={"salt": MATERIALS["salt"]},
        given={"temperature": "300 K"},
        physics={
            "ionic_charge": {"blocks": ["salt"]},
            "salt": {"blocks": ["salt"]},
            "butler_volmer": {"interface": "metal | salt", "i0": "20 A/m^2"},
            "terminal": {"boundary": "top", "mean_current_density": f"{current} A/m^2"},
        },
        boundaries={"top": {"salt_concentration": f"{C0} mol/m^3"}},
    )
    fall = current * (1 - T_PLUS) * height / (FARADAY * D)
    assert result["salt_concentration_min"] == pytest.approx(C0 - fall, rel=1e-6)
    assert result["reaction_current_density_mean"] == pytest.approx(-current, rel=1e-9)


@pytest.mark.parametrize("last", ["drive", "hold"])
def test_protocol_chooses(tmp_path: Path, last: str) -> None:
    """Controls choose between current and potential, in one problem."""
    ways = {
        "drive": {"name": "drive", "set": {"current": f"{CURRENT} A"}, "until": {"time": "1 s"}},
        "hold": {"name": "hold", "set": {"voltage": "1 V"}, "until": {"time": "1 s"}},
    }
    result = pair(
        tmp_path,
        {"total_current": "current", "potential": "voltage"},
        time={"step": "1 s"},
        protocol={
            "controls": {"current": "A", "voltage": "V"},
            "steps": [*(way for name, way in ways.items() if name != last), ways[last]],
        },
    )
    through = CURRENT if last == "drive" else sum(conductance("planar").values())
    assert result["terminal_current"] == pytest.approx(through, rel=1e-9)
    assert result["terminal_voltage"] == pytest.approx(through / sum(conductance("planar").values()), rel=1e-9)


def test_currents_alone(tmp_path: Path) -> None:
    """What enters has no way out, and the potential no level: a failed solve says which, and how much."""
    with pytest.raises(SolveError) as found:
        pair(tmp_path, {"total_current": f"{CURRENT} A"}, boundaries={})
    told = str(found.value)
    assert "leave a surplus of 3e+04 A/m that nothing can take up" in told
    assert "terminal at right: 2e+04 A/m, from terminal.total_current = 30000.0 A" in told  # beside a, by its area


def refused(folder: Path, terminal: dict[str, Any], **sections: Any) -> str:
    with pytest.raises((DeckError, UserErrors)) as found:
        pair(folder, terminal, **sections)
    return str(found.value)


def test_refusals(tmp_path: Path) -> None:
    told = refused(tmp_path, {})
    assert "physics.terminal: give one of potential, mean_current_density, total_current" in told
    told = refused(tmp_path, {"potential": "1 V", "total_current": "1 A"})
    assert "give one of potential, mean_current_density, total_current, not both potential and total_current" in told
    current = {"total_current": "1 A"}
    twice = [{"boundary": "right", **current}] * 2
    told = refused(tmp_path, {}, physics={"electronic_charge": {"blocks": ["a", "b"]}, "terminal": twice})
    assert "terminal is listed twice, and both would add 'terminal_potential (right)'" in told
    told = refused(tmp_path, current, boundaries={"right": GROUND})
    assert "terminal holds 'electrode_potential' on 'right', so it cannot be fixed there" in told
    told = refused(tmp_path, current, boundaries={"right": {"electronic_current_density": "1 A/m^2"}})
    assert "terminal holds 'electrode_potential' on 'right', so no flux can be set there" in told
    robin = {"robin": {"electrode_potential": {"coefficient": "1 S/m^2", "reference": "0 V"}}}
    assert "so no flux can be set there" in refused(tmp_path, current, boundaries={"right": robin})
    one = {"electronic_charge": {"blocks": ["a"]}, "terminal": {"boundary": "right", **current}}
    told = refused(tmp_path, {}, physics=one)
    assert "electrons or ions must carry current in all blocks at 'right': a, b" in told


def test_a_terminal_on_a_line(tmp_path: Path) -> None:
    """The end of a line is a terminal too: V = I L / sigma."""
    line = strip(
        tmp_path,
        [("a", 1e-3, 2)],
        materials={"a": {"electronic_conductivity": "4 S/m"}},
        physics={
            "electronic_charge": {"blocks": ["a"]},
            "terminal": {"boundary": "top", "mean_current_density": "3 A/m^2"},
        },
        boundaries={"bottom": GROUND},
    )
    result = run(line, record=False)
    assert result["terminal_voltage"] == pytest.approx(3 * 1e-3 / 4, rel=1e-10)
    assert result["terminal_current_density_max"] == pytest.approx(3.0, rel=1e-10)
