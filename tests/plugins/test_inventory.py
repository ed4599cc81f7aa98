"""Charge that electrodes hold, and the Coulombic efficiency with a side reaction, against closed forms."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from strips import FARADAY, R_GAS
from test_side_reaction import I0, KAPPA, PAIR, D, T, cell, values

from trona.errors import UserError


@pytest.mark.parametrize("dim", [1, 2])
def test_voltage_and_charge_of_a_full_cell(tmp_path: Path, dim: int) -> None:
    """V = U(q) + i d/kappa + 2 i RT/(F i0) with linear kinetics, q = q0 - integral of i; 3 A/m2 go through."""
    i, q0, Q, end = 3.0, 2000.0, 4000.0, 200.0
    result = cell(
        tmp_path,
        {"inventory": {"interface": "host | electrolyte", "capacity": f"{Q} C/m^2"}},
        metal={"electrode_potential": "0 V", "kinetics": "linear"},
        host={
            "mean_current_density": f"{i} A/m^2",
            "equilibrium_potential": f"3.5 V - 0.7 V * stored_charge / ({Q} C/m^2)",
        },
        initial={"stored_charge": f"{q0} C/m^2"},
        time={"end": f"{end} s", "step": "50 s"},
        dim=dim,
    )
    got, q = values(result), q0 - i * end
    assert got["stored_charge_mean"] == pytest.approx(q, rel=1e-12)
    assert got["filling_mean"] == pytest.approx(q / Q, rel=1e-12)
    voltage = 3.5 - 0.7 * q / Q + i * D / KAPPA + 2 * i * R_GAS * T / (FARADAY * I0)
    assert got["electrode_potential (host | electrolyte)"] == pytest.approx(voltage, rel=1e-9)


def test_open_circuit(tmp_path: Path) -> None:
    """At rest the voltage of the cell is the equilibrium potential of the host, from a table, and nothing is taken."""
    result = cell(
        tmp_path,
        {"inventory": {"interface": "host | electrolyte"}},
        metal={"electrode_potential": "0 V"},
        host={
            "mean_current_density": "0 A/m^2",
            "equilibrium_potential": {"table": [["0 C/m^2", "3.6 V"], ["1000 C/m^2", "3.2 V"]], "of": "stored_charge"},
        },
        initial={"stored_charge": "250 C/m^2"},
        time={"end": "100 s", "step": "50 s"},
    )
    got = values(result)
    assert got["electrode_potential (host | electrolyte)"] == pytest.approx(3.5, rel=1e-12)
    assert got["stored_charge_mean"] == pytest.approx(250, rel=1e-12)


def test_metal_is_cut_off_only_as_it_dissolves(tmp_path: Path) -> None:
    """i > 0 takes i/(1 - s) from q, of which s is dead; i < 0 adds -i."""
    s, i, end = 0.2, 4.0, 100.0
    for sign, taken, dead in ((1, i / (1 - s), i * s / (1 - s)), (-1, -i, 0.0)):
        got = values(
            cell(
                tmp_path,
                {"inventory": {"interface": PAIR, "dead_share": s}},
                metal={"mean_current_density": f"{sign * i} A/m^2"},
                host={},
                initial={"stored_charge": "1000 C/m^2", "dead_charge": "1 C/m^2"},
                time={"end": f"{end} s", "step": "50 s"},
            )
        )
        assert got["stored_charge_mean"] == pytest.approx(1000 - taken * end, rel=1e-12)
        assert got["dead_charge_mean"] == pytest.approx(1 + dead * end, rel=1e-12)


def test_overpotential_where_metal_runs_out(tmp_path: Path) -> None:
    """eta = (2RT/F) asinh(i / (2 i0 q/(q + q_s)))."""
    i, q_s = 3.0, 40.0
    got = values(
        cell(
            tmp_path,
            {"inventory": {"interface": PAIR, "covering_charge": f"{q_s} C/m^2"}},
            metal={"mean_current_density": f"{i} A/m^2"},
            host={},
            initial={"stored_charge": "100 C/m^2"},
            time={"end": "30 s", "step": "15 s"},
        )
    )
    q = 100 - i * 30
    factor = q / (q + q_s)
    eta = 2 * R_GAS * T / FARADAY * math.asinh(i / (2 * I0 * factor))
    assert got[f"overpotential_mean ({PAIR})"] == pytest.approx(eta, rel=1e-9)


def test_efficiency_of_a_cycle(tmp_path: Path) -> None:
    """CE = [(1 - s)(I - j)/(1 + f) - j t_rest/t_plate]/(I + j), once each cycle leaves the same metal."""
    current, j, f, s, plate, rest = 5.0, 0.05, 0.02, 0.04, 600.0, 300.0
    step = [
        {"name": "plate", "set": {"current": f"-{current} A/m^2"}, "until": {"time": f"{plate} s"}},
        {"name": "rest", "until": {"time": f"{rest} s"}},
        {
            "name": "strip",
            "set": {"current": f"{current} A/m^2"},
            "until": {f"electrode_potential ({PAIR})": {"above": "60 mV"}},
        },
    ]
    result = cell(
        tmp_path,
        {
            "inventory": {"interface": PAIR, "dead_share": s, "covering_charge": "100 C/m^2"},
            "side_reaction": {"interface": PAIR, "j": f"{j} A/m^2", "fresh_share": f},
        },
        metal={"mean_current_density": "current"},
        host={},
        initial={"stored_charge": "50 C/m^2", "dead_charge": "0 C/m^2"},
        time={"step": "100 s", "method": "bdf1"},
        protocol={"controls": {"current": "0 A/m^2"}, "integrals": {"capacity": "current"}, "repeat": 2, "steps": step},
    )
    plated, stripped = (result.passed[k].amounts["capacity"] for k in (3, 5))
    exact = ((1 - s) * (current - j) / (1 + f) - j * rest / plate) / (current + j)
    assert -stripped / plated == pytest.approx(exact, rel=1e-5)


def test_a_steady_deck_is_refused(tmp_path: Path) -> None:
    with pytest.raises((UserError, ExceptionGroup)) as caught:
        cell(tmp_path, {"inventory": {"interface": PAIR}}, metal={}, host={})
    assert "changes over time" in str(caught.value)
