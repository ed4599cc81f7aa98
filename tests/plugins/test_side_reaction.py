"""A side reaction beside a charge transfer, against closed forms."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from strips import FARADAY, R_GAS, strip

from trona.deck import Deck
from trona.errors import UserError
from trona.session import Result, run

T = 298.15
I0, KAPPA, D = 20.0, 0.5, 1e-4
"""Exchange current density, A/m2, conductivity, S/m, and thickness, m, of the electrolyte."""
LAYERS = (("metal", 1e-5, 1), ("electrolyte", D, 2), ("host", 1e-5, 1))
PAIR = "metal | electrolyte"


def cell(folder: Path, physics: dict[str, Any], **rest: Any) -> Result:
    """Solve a cell of two electrodes; the potential of the host is zero unless given."""
    return run(deck(folder, physics, **rest), record=False)


def deck(
    folder: Path, physics: dict[str, Any], *, metal: dict[str, Any], host: dict[str, Any], dim: int = 1, **sections: Any
) -> Deck:
    """Two electrodes with an electrolyte between them."""
    reactions = [
        {"interface": PAIR, "i0": f"{I0} A/m^2", **metal},
        {"interface": "host | electrolyte", "i0": f"{I0} A/m^2", "kinetics": "linear", **host},
    ]
    return strip(
        folder,
        LAYERS,
        dim=dim,
        width=2e-5,
        given={"temperature": f"{T} K"},
        materials={"metal": "sodium", "host": "sodium", "electrolyte": {"ionic_conductivity": f"{KAPPA} S/m"}},
        physics={"ionic_charge": {"blocks": ["electrolyte"]}, "butler_volmer": reactions, **physics},
        **sections,
    )


def values(result: Result) -> dict[str, float]:
    return {name: output.value for name, output in result.outputs.items()}


@pytest.mark.parametrize(("total", "main"), [(-10.0, -8.0 / 1.25), (0.0, 2.0), (6.0, 8.0)])
def test_current_of_the_electrode_is_that_of_both_reactions(tmp_path: Path, total: float, main: float) -> None:
    """total = i + i_p, i_p = -j - s max(-i, 0); the electrolyte carries the total, so i d/kappa follows it."""
    j, s = 2.0, 0.25
    got = values(
        cell(
            tmp_path,
            {"side_reaction": {"interface": PAIR, "j": f"{j} A/m^2", "fresh_share": s}},
            metal={"mean_current_density": f"{total} A/m^2", "kinetics": "linear"},
            host={},
        )
    )
    assert got[f"reaction_current_density_mean ({PAIR})"] == pytest.approx(main, rel=1e-9)
    assert got["side_current_density_mean"] == pytest.approx(total - main, rel=1e-9)
    voltage = total * D / KAPPA + (main + total) * R_GAS * T / (FARADAY * I0)
    assert got[f"electrode_potential ({PAIR})"] == pytest.approx(voltage, rel=1e-9, abs=1e-12)


def test_tafel_slope_of_the_side_reaction(tmp_path: Path) -> None:
    """At rest i = j exp(-alpha F (phi_s - phi_e - U_p)/RT), with the potential of the metal against the ions eta."""
    j, alpha, U = 2.0, 0.4, -0.03
    side = {"interface": PAIR, "j": f"{j} A/m^2", "alpha": alpha, "potential": f"{U} V"}
    got = values(cell(tmp_path, {"side_reaction": side}, metal={"mean_current_density": "0 A/m^2"}, host={}))
    i = got[f"reaction_current_density_mean ({PAIR})"]
    eta = got[f"overpotential_mean ({PAIR})"]
    assert eta == pytest.approx(2 * R_GAS * T / FARADAY * math.asinh(i / (2 * I0)), rel=1e-9)
    assert i == pytest.approx(j * math.exp(-alpha * FARADAY * (eta - U) / (R_GAS * T)), rel=1e-9)


def test_growth_of_a_film_of_products(tmp_path: Path) -> None:
    """delta = L [sqrt(1 + 2 j v t/L) - 1]: linear, then parabolic; of second order in the time step."""
    j, L, v, end = 1.0, 2e-9, 1e-10, 100.0
    side = {"interface": PAIR, "j": f"{j} A/m^2", "film_length": f"{L} m", "product_volume": f"{v} m^3/C"}
    exact, errors = L * (math.sqrt(1 + 2 * j * v * end / L) - 1), []
    for steps in (80, 160):
        result = cell(
            tmp_path,
            {"side_reaction": side},
            metal={"mean_current_density": "0 A/m^2"},
            host={},
            initial={"product_thickness": "0 m"},
            time={"end": f"{end} s", "step": f"{end / steps} s"},
        )
        errors.append(values(result)["product_thickness_mean"] / exact - 1)
    assert abs(errors[1]) < 1e-4
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.3)


@pytest.mark.parametrize(
    ("physics", "message"),
    [
        ({"side_reaction": {"interface": PAIR, "j": "1 A/m^2", "film_length": "1 nm"}}, "grows over time"),
        ({"side_reaction": {"interface": PAIR, "j": "-1 A/m^2"}}, "physics.side_reaction.j"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, physics: dict[str, Any], message: str) -> None:
    with pytest.raises((UserError, ExceptionGroup)) as caught:
        cell(tmp_path, physics, metal={}, host={})
    assert message in str(caught.value)


def test_an_option_follows_the_film(tmp_path: Path) -> None:
    """What is reported of a law whose option is of a field on the interface is what is solved: i = -i_p at rest."""
    side = {"interface": PAIR, "j": "1 A/m^2", "film_length": "2 nm"}
    i0 = f"{I0} A/m^2 / (1 + product_thickness / 1 nm)"
    got = values(
        cell(
            tmp_path,
            {"side_reaction": side},
            metal={"mean_current_density": "0 A/m^2", "kinetics": "linear", "i0": i0},
            host={},
            initial={"product_thickness": "3 nm"},
            time={"end": "1 s", "step": "1 s"},
        )
    )
    i = got[f"reaction_current_density_max ({PAIR})"]
    assert i == pytest.approx(1 / (1 + 3 / 2), rel=1e-9)
    assert got[f"overpotential_mean ({PAIR})"] == pytest.approx(i * 4 * R_GAS * T / (FARADAY * I0), rel=1e-9)
