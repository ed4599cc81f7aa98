"""A rigid plate on a solid, against closed forms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bodies import body, box, everywhere
from test_elasticity import METAL, NU, E

from trona.deck import Deck
from trona.errors import DeckError, UserErrors
from trona.model import compose
from trona.session import Result, run

WIDTH, HEIGHT, P = 3e-6, 2e-6, 1e6
OEDOMETRIC = E * (1 - NU) / ((1 + NU) * (1 - 2 * NU))
"""Stress over strain where the body cannot widen, Pa."""
MIRRORS = {
    "bottom": {"displacement": [None, "0 m"]},
    "left": {"displacement": ["0 m", None]},
    "right": {"displacement": ["0 m", None]},
}


def press(folder: Path, platen: dict[str, str], **rest: Any) -> Result:
    """A block under a plate on its top, between mirrors."""
    physics = {"elasticity": {"blocks": ["body"]}, "platen": {"boundary": "top", **platen}, **rest.pop("more", {})}
    content = {"materials": METAL, "boundaries": MIRRORS, **rest}
    return run(body(folder, (3, 2), box((0, WIDTH), (0, HEIGHT)), physics=physics, **content), record=False)


def values(result: Result) -> dict[str, float]:
    return {name: output.value for name, output in result.outputs.items()}


@pytest.mark.parametrize("slip", ["free", "none"])
def test_load_between_mirrors(tmp_path: Path, slip: str) -> None:
    """Uniaxial strain in plane strain: u_P = p H (1 + nu) (1 - 2 nu)/(E (1 - nu)); sticking changes nothing."""
    got = values(press(tmp_path, {"load": f"{P * WIDTH} N", "slip": slip}))
    assert got["plate_displacement"] == pytest.approx(P * HEIGHT / OEDOMETRIC, rel=1e-9)
    assert got["plate_load"] == pytest.approx(P * WIDTH, rel=1e-10)
    for name in ("mean", "max", "min"):
        assert got[f"contact_pressure_{name}"] == pytest.approx(P, rel=1e-9)


def test_pressure_on_free_sides(tmp_path: Path) -> None:
    """The block widens as it likes under a plate without friction: u_P = p H (1 - nu^2)/E in plane strain."""
    sides = {"bottom": MIRRORS["bottom"], "left": MIRRORS["left"]}
    result = press(tmp_path, {"pressure": f"{P} Pa"}, boundaries=sides)
    got = values(result)
    assert got["plate_displacement"] == pytest.approx(P * HEIGHT * (1 - NU**2) / E, rel=1e-9)
    assert got["contact_pressure_max"] == pytest.approx(P, rel=1e-9)
    for axis in "xy":
        assert result.ledger[f"momentum[{axis}]"].closure < 1e-12
    (entry,) = (e for e in result.ledger["momentum[y]"].entries if e.plugin == "platen")
    assert (entry.term, entry.region) == ("boundary", "top")
    assert entry.value == pytest.approx(-P * WIDTH, rel=1e-10)  # downwards, into the body


def test_given_displacement_makes_the_same_pressure(tmp_path: Path) -> None:
    got = values(press(tmp_path, {"displacement": f"{P * HEIGHT / OEDOMETRIC!r} m"}))
    assert got["contact_pressure_mean"] == pytest.approx(P, rel=1e-9)
    assert got["plate_displacement"] == pytest.approx(P * HEIGHT / OEDOMETRIC, rel=1e-12)


def test_disc_in_axisymmetric_coordinates(tmp_path: Path) -> None:
    """A load in N on a disc whose rim is held."""
    area = 3.141592653589793 * WIDTH**2
    sides = {"bottom": MIRRORS["bottom"], "right": MIRRORS["right"]}
    result = press(tmp_path, {"load": f"{P * area} N"}, boundaries=sides, coordinates="axisymmetric")
    got = values(result)
    assert got["plate_displacement"] == pytest.approx(P * HEIGHT / OEDOMETRIC, rel=1e-9)
    assert got["plate_load"] == pytest.approx(P * area, rel=1e-10)
    assert str(result.outputs["plate_load"].unit) == "N"


def test_plate_that_holds_shear(tmp_path: Path) -> None:
    """A body that is held all around and swells in shear only: the stuck plate takes it up, and is not pushed."""
    held = {side: {"displacement": ["0 m", "0 m"]} for side in ("bottom", "left", "right")}
    result = press(
        tmp_path,
        {"displacement": "0 m", "slip": "none"},
        boundaries=held,
        more={"eigenstrain": {"blocks": ["body"], "components": {"xy": "1e-3"}}},
    )
    shear = everywhere(result, "stress_xy")[1]
    assert shear == pytest.approx(-2 * E / (2 * (1 + NU)) * 1e-3, rel=1e-9)
    assert abs(values(result)["contact_pressure_max"]) < 1e-6 * E * 1e-3


def deck(**physics: Any) -> Deck:
    """Two layers of different stiffness, pressed from the side: each is beside the other under one plate."""
    soft, stiff = ({"youngs_modulus": f"{e} Pa", "poisson_ratio": str(NU)} for e in (E, 5 * E))
    return Deck.from_dict(
        {
            "mesh": {"layers": [{"soft": "2 um"}, {"stiff": "1 um"}], "width": "3 um", "cells": 2, "cells_across": 2},
            "materials": {"soft": soft, "stiff": stiff},
            "physics": {"elasticity": {"blocks": ["soft", "stiff"], "assumption": "plane_stress"}, **physics},
            "boundaries": {"bottom": MIRRORS["bottom"]},
        }
    )


def test_load_divides_by_stiffness() -> None:
    """One strain in both, uniaxial stress in each: p = E u_P/(W/2), and the pressure jumps between the blocks."""
    load = 12.0
    result = run(deck(platen={"boundary": "sides", "load": f"{load} N"}), record=False)
    got = values(result)
    strain = load / (2 * (2e-6 * E + 1e-6 * 5 * E))  # the boundary is both sides
    assert got["plate_load"] == pytest.approx(load, rel=1e-10)
    assert got["plate_displacement"] == pytest.approx(strain * WIDTH / 2, rel=1e-9)
    assert got["contact_pressure_min"] == pytest.approx(E * strain, rel=1e-9)
    assert got["contact_pressure_max"] == pytest.approx(5 * E * strain, rel=1e-9)
    entries = {e.side: e.value for e in result.ledger["momentum[x]"].entries if e.plugin == "platen"}
    assert entries == pytest.approx({"soft": 0.0, "stiff": 0.0}, abs=1e-9 * load)


@pytest.mark.parametrize("last", ["push", "hold"])
def test_protocol_chooses(tmp_path: Path, last: str) -> None:
    """Controls choose between load and displacement, in one problem."""
    ways = {
        "push": {"name": "push", "set": {"force": f"{P * WIDTH} N"}, "until": {"time": "1 s"}},
        "hold": {"name": "hold", "set": {"place": "1 nm"}, "until": {"time": "1 s"}},
    }
    steps = [*(way for name, way in ways.items() if name != last), ways[last]]
    result = press(
        tmp_path,
        {"load": "force", "displacement": "place"},
        time={"step": "1 s"},
        protocol={"controls": {"force": "N", "place": "m"}, "steps": steps},
    )
    pressure = P if last == "push" else 1e-9 / HEIGHT * OEDOMETRIC
    assert result["contact_pressure_mean"] == pytest.approx(pressure, rel=1e-9)
    assert result["plate_displacement"] == pytest.approx(pressure * HEIGHT / OEDOMETRIC, rel=1e-9)


def test_plate_on_a_metal_that_grows() -> None:
    """The mesh moves: the strain is that of the present thickness, under the present surface of the plate."""
    thick, current, end, volume, faraday = 1e-6, 10.0, 200.0, 2.375e-5, 96485.33212331001
    content = {
        "mesh": {"layers": [{"metal": "1 um"}, {"sei": "1 um"}], "width": "1 um", "cells": 2, "cells_across": 2},
        "materials": {
            "metal": {"molar_volume": f"{volume} m^3/mol", "youngs_modulus": f"{E} Pa", "poisson_ratio": str(NU)},
            "sei": {"ionic_conductivity": "1e-3 S/m", "youngs_modulus": f"{E} Pa", "poisson_ratio": str(NU)},
        },
        "given": {"temperature": "25 degC"},
        "physics": {
            "ionic_charge": {"blocks": ["sei"]},
            "butler_volmer": {"interface": "metal | sei", "i0": "20 A/m^2"},
            "growth": {"interface": "metal | sei"},
            "elasticity": {"blocks": ["metal", "sei"]},
            "platen": {"boundary": "top", "pressure": f"{P} Pa"},
        },
        "motion": {"direction": "y"},
        "boundaries": {
            "bottom": {"mesh_displacement": "0 m", "displacement": [None, "0 m"]},
            "sides": {"displacement": ["0 m", None]},
            "top": {"current_density": f"{current} A/m^2"},
        },
        "time": {"end": f"{end} s", "step": f"{end / 2} s"},
    }
    result = run(Deck.from_dict(content), record=False)
    grown = current * volume / faraday * end
    assert grown > 0.4 * thick
    expected = P * (2 * thick + grown) / OEDOMETRIC
    assert result["plate_displacement"] == pytest.approx(expected, rel=1e-8)
    assert result["contact_pressure_max"] == pytest.approx(P, rel=1e-8)


def refused(**sections: Any) -> str:
    """The message of a deck that is told in vain to press two layers."""
    platen = sections.pop("platen")
    wrong = deck(platen=platen).resolved()
    wrong["boundaries"].update(sections)
    with pytest.raises((DeckError, UserErrors)) as found:
        compose(Deck.from_dict(wrong))
    return str(found.value)


def test_refusals() -> None:
    loaded = {"boundary": "top", "load": "1 N"}
    assert "physics.platen: give one of displacement, pressure, load" in refused(platen={"boundary": "top"})
    both = refused(platen={**loaded, "pressure": "1 Pa"})
    assert "physics.platen: give one of displacement, pressure, load, not both pressure and load" in both
    held = refused(platen=loaded, top={"displacement": [None, "0 m"]})
    assert "boundaries.top.displacement: platen holds 'displacement' on 'top', so it cannot be fixed there" in held
