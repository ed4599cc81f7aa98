"""The resistance of a contact between conductors, against closed forms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from strips import ends, nodal, solve, strip

from trona.deck import Deck
from trona.errors import DeckError, UserErrors
from trona.model import compose
from trona.record.terminal import SilentReporter
from trona.session.run import run

LA, LB, KA, KB, SA, SB = 2e-3, 3e-3, 5.0, 0.4, 3e3, 7e2
LAYERS = [("a", LA, 3), ("b", LB, 4)]
J, R, Q_TOP, R_HEAT = 2e4, 2e-7, 30.0, 1e-3
"""Current density that enters at the top, A/m2, and runs down; resistance; heat that enters at the top, W/m2."""


def materials(conductivity: str = "electronic_conductivity") -> dict[str, Any]:
    stored = {"density": "1000 kg/m^3", "specific_heat_capacity": "2000 J/kg/K"}
    return {
        "a": {"thermal_conductivity": f"{KA} W/m/K", conductivity: f"{SA} S/m", **stored},
        "b": {"thermal_conductivity": f"{KB} W/m/K", conductivity: f"{SB} S/m", **stored},
    }


def physics(contact: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Electrons in two metals, with a contact between them."""
    return {
        "electronic_charge": {"blocks": ["a", "b"]},
        "contact_resistance": {"interface": "a | b", "R": f"{R} ohm*m^2", **(contact or {})},
        **more,
    }


HEATED = {"heat": {"blocks": ["a", "b"]}, "joule_heating": {}}
APART = {"thermal_resistance": {"interface": "a | b", "R": f"{R_HEAT} K*m^2/W"}}


@pytest.mark.parametrize(("share", "order"), [(0.5, "a | b"), (0.2, "a | b"), (0.8, "b | a")])
def test_two_metals_in_series(tmp_path: Path, share: float, order: str) -> None:
    """Potential and temperature of both, with a jump of each at the contact, whose heat goes to both sides."""
    contact = {"interface": order} if share == 0.5 else {"interface": order, "heat_share": share}
    result = solve(
        tmp_path,
        LAYERS,
        materials=materials(),
        physics=physics(contact, **HEATED, **APART),
        boundaries={
            "bottom": {"electrode_potential": "0 V", "temperature": "300 K"},
            "top": {"electronic_current_density": f"{J} A/m^2", "heat_flux": f"{Q_TOP} W/m^2"},
        },
    )
    below, above = ends(result, "electrode_potential", "a")[1], ends(result, "electrode_potential", "b")
    assert below == pytest.approx(J * LA / SA, rel=1e-10)
    assert above[0] - below == pytest.approx(J * R, rel=1e-9)
    assert above[1] - above[0] == pytest.approx(J * LB / SB, rel=1e-9)
    assert result["potential_jump_max"] == pytest.approx(J * R, rel=1e-9)
    to_a = share if order == "a | b" else 1 - share
    heat, source_a, source_b = J**2 * R, J**2 / SA, J**2 / SB
    crossing = Q_TOP + source_b * LB + (1 - to_a) * heat  # downwards, at the contact
    y, rise = nodal(result, "temperature", "a", 300)
    expected = (crossing + to_a * heat + source_a * LA) / KA * y - source_a / (2 * KA) * y**2
    np.testing.assert_allclose(rise, expected, rtol=1e-8, atol=1e-8)
    hotter = rise[-1] + crossing * R_HEAT
    y, rise = nodal(result, "temperature", "b", 300)
    y = y - LA
    expected = hotter + (Q_TOP + source_b * LB) / KB * y - source_b / (2 * KB) * y**2
    np.testing.assert_allclose(rise, expected, rtol=1e-8)
    ledger = result.ledger["energy"]
    assert ledger.closure < 1e-12
    entries = [e for e in ledger.entries if e.plugin == "contact_resistance"]
    assert {e.side: e.value for e in entries} == pytest.approx({"a": to_a * heat, "b": (1 - to_a) * heat}, rel=1e-9)
    assert result["contact_heat"] == pytest.approx(heat, rel=1e-9)


def test_entropy_and_power_meet_their_balances(tmp_path: Path) -> None:
    """Entropy produced = heat that leaves over its temperature; power = current times voltage; once each."""
    deck = strip(
        tmp_path,
        [("a", LA, 40), ("b", LB, 40)],
        materials=materials(),
        physics=physics({"heat_share": 0.3}, **HEATED, **APART),
        boundaries={
            "bottom": {"electrode_potential": "0 V", "temperature": "300 K"},
            "top": {"electronic_current_density": f"{J} A/m^2", "temperature": "360 K"},
        },
        audit={"monitors": ["entropy_production", "electric_power"]},
    )
    result = run(deck, record=False, reporter=SilentReporter())
    let_in = {e.region: e.value for e in result.ledger["energy"].entries if e.term == "reaction"}
    produced, power = result.monitors["entropy_production"], result.monitors["electric_power"]
    assert produced.value == pytest.approx(-let_in["bottom"] / 300 - let_in["top"] / 360, rel=1e-8)
    assert all(e.value > 0 for e in produced.entries)
    voltage = ends(result, "electrode_potential", "b")[1]
    assert power.value == pytest.approx(J * voltage, rel=1e-9)
    assert {e.plugin: e.value for e in power.entries}["contact_resistance"] == pytest.approx(J**2 * R, rel=1e-9)


def test_ions_on_a_disc_and_heat_on_one_side() -> None:
    """A contact between two ion conductors, one of them in a bath: all its heat goes to the other."""
    radius, given = 2e-3, {"bottom": {"electric_potential": "0 V"}, "top": {"current_density": f"{J} A/m^2"}}
    given["top"] |= {"temperature": "300 K"}
    layers: list[Any] = [{"a": f"{LA} m"}, {"b": f"{LB} m"}]
    content = {
        "mesh": {
            "layers": layers,
            "width": f"{radius} m",
            "cells": 2,
            "cells_across": 2,
            "coordinates": "axisymmetric",
        },
        "materials": materials("ionic_conductivity"),
        "physics": {
            "ionic_charge": {"blocks": ["a", "b"]},
            "heat": {"blocks": ["b"]},
            "contact_resistance": {"interface": "a | b", "R": f"{R} ohm*m^2"},
        },
        "boundaries": given,
    }
    result = run(Deck.from_dict(content), record=False)
    area = np.pi * radius**2
    assert result["contact_current"] == pytest.approx(-J * area, rel=1e-9)
    assert result["contact_heat"] == pytest.approx(J**2 * R * area, rel=1e-9)
    assert str(result.outputs["contact_current"].unit) == "A"
    assert ends(result, "temperature", "b", 300)[0] == pytest.approx(J**2 * R * LB / KB, rel=1e-8)


def test_no_resistance_is_no_jump(tmp_path: Path) -> None:
    result = solve(
        tmp_path,
        LAYERS,
        materials=materials(),
        physics=physics({"R": "0 ohm*m^2"}),
        boundaries={"bottom": {"electrode_potential": "0 V"}, "top": {"electronic_current_density": f"{J} A/m^2"}},
    )
    assert ends(result, "electrode_potential", "b")[1] == pytest.approx(J * (LA / SA + LB / SB), rel=1e-10)
    assert "potential_jump_max" not in result.outputs


def refused(tmp_path: Path, **physics: Any) -> str:
    deck = strip(tmp_path, LAYERS, materials=materials(), given={"temperature": "300 K"}, physics=physics)
    with pytest.raises((DeckError, UserErrors)) as found:
        compose(deck)
    return str(found.value)


def test_refusals(tmp_path: Path) -> None:
    contact = {"interface": "a | b", "R": "1 ohm*m^2"}
    electrons, ions = {"blocks": ["a", "b"]}, {"blocks": ["a", "b"]}
    told = refused(tmp_path, electronic_charge={"blocks": ["a"]}, contact_resistance=contact)
    assert "electrons or ions must carry current in all blocks at a | b: a, b" in told
    both = {"electronic_charge": electrons, "ionic_charge": ions}
    told = refused(tmp_path, **both, contact_resistance=contact)
    assert "electrons and ions both carry current at a | b; give carrier" in told
    told = refused(tmp_path, electronic_charge=electrons, contact_resistance={**contact, "carrier": "ions"})
    assert "ions must carry current in all blocks at a | b: a, b" in told
    told = refused(tmp_path, electronic_charge=electrons, contact_resistance={**contact, "heat_share": 0.4})
    assert "heat_share cannot be given here: heat is solved on no side of a | b" in told
