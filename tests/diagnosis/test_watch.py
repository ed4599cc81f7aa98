"""Ranges of validity: told once per property and block, with place, value and time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from salt import with_salt
from seeds import salt
from strips import strip

from trona.errors import BoundsError, DeckError, UserError
from trona.model import Model, compose, registry
from trona.plugin import Contribution, Physics, Quantity, balance
from trona.record import make_reporter
from trona.session.run import run


def warnings(model: Any) -> list[str]:
    reporter = make_reporter(quiet=True)
    run(model, record=False, reporter=reporter)
    return list(reporter.warnings)


def wall(folder: Path, valid: Any, layers: Any = (("a", 1e-3, 2), ("b", 1e-3, 2)), **sections: Any) -> Model:
    material: dict[str, Any] = {"thermal_conductivity": {"value": "5 W/m/K", "source": "a book", "valid": valid}}
    if "time" in sections:
        material |= {"density": "1 kg/m^3", "specific_heat_capacity": "1 J/kg/K"}
    names = [name for name, _, _ in layers]
    deck = strip(
        folder, list(layers), materials=dict.fromkeys(names, material), physics={"heat": {"blocks": names}}, **sections
    )
    return compose(deck)


def test_a_property_outside_its_range_is_told_once(tmp_path: Path) -> None:
    """The wall warms by 1 K/s from both ends: above 302.5 K after three steps of 1 s, in each block."""
    model = wall(
        tmp_path,
        {"temperature": ["250 K", "302.5 K"]},
        boundaries={b: {"temperature": "300 K + 1 K/s * t"} for b in ("bottom", "top")},
        initial={"temperature": "300 K"},
        time={"end": "6 s", "step": "1 s"},
    )
    found = [text for text in warnings(model) if " t = " in text]
    assert found == [
        f"temperature is 303 K in {b} at ({x}) m and t = 3 s, but thermal_conductivity of {b} is valid only from 250 "
        "to 302.5 K (a book)"
        for b, x in (("a", "0"), ("b", "0.002"))
    ]


@pytest.mark.parametrize(
    ("valid", "message"),
    [
        ({"temprature": ["1 K", "2 K"]}, "no field 'temprature'; nearest: temperature"),
        ({"temperature": ["1 K"]}, "a range is [LOWEST, HIGHEST], got a list"),
        ({"temperature": ["2 K", "1 K"]}, "the lower end of a range must be below the upper, got a list"),
        ({"temperature": ["1 V", "2 K"]}, "expected a quantity in K, got '1 V'"),
    ],
)
def test_a_wrong_range_is_refused_where_it_stands(tmp_path: Path, valid: Any, message: str) -> None:
    with pytest.raises(UserError) as caught:
        wall(tmp_path, valid, boundaries={"top": {"temperature": "300 K"}})
    assert message in str(caught.value) and "thermal_conductivity.valid" in str(caught.value)


def test_open_ends_and_absent_fields(tmp_path: Path) -> None:
    """No upper end: nothing to tell. A field that this deck has not is not watched."""
    sides = {b: {"temperature": "400 K"} for b in ("bottom", "top")}
    assert not warnings(wall(tmp_path, {"temperature": ["250 K", None]}, boundaries=sides))
    assert not warnings(wall(tmp_path, {"electric_potential": ["0 V", "1 V"]}, boundaries=sides))


def test_a_law_and_a_positive_field(tmp_path: Path) -> None:
    """What a plugin expects; and a concentration that a linear solve takes below zero."""
    deck = {"top": {"concentration": "6000 mol/m^3"}, "bottom": {"salt_flux": "-1 mol/m^2/s"}}
    found = warnings(salt(tmp_path, {}, boundaries=deck))
    assert found == [
        "concentration is -3.4e+04 mol/m^3 in salt at (0) m, but concentration of salt is valid only above 0 mol/m^3",
        "concentration is 6000 mol/m^3 in salt at (4e-06) m, but salt is valid only up to "
        "5000 mol/m^3 (data up to 5 M)",
    ]


def test_a_range_beyond_which_a_law_has_no_meaning_ends_the_run(tmp_path: Path) -> None:
    """In a steady deck, after a step, and before the first; within it, nothing is told."""
    hard, ends = {"hard": True}, {"bottom": {"concentration": "1 mol/m^3"}}
    beyond = ends | {"top": {"concentration": "6000 mol/m^3"}}
    place, limit = "in salt at (4e-06) m", "but must be at most 5000 mol/m^3 (data up to 5 M)"
    told = "physics.salt: concentration is 6000 mol/m^3 "
    with pytest.raises(BoundsError) as caught:
        run(salt(tmp_path, hard, boundaries=beyond), record=False)
    assert str(caught.value).endswith(f"{told}{place}, {limit}")
    rising = ends | {"top": {"concentration": "max(1 mol/m^3, 2000 mol/m^3/s * t)"}}
    time, full = {"end": "4 s", "step": "1 s"}, {"concentration": "6000 mol/m^3"}
    with pytest.raises(BoundsError) as caught:
        run(salt(tmp_path, hard, boundaries=rising, time=time), record=False)
    assert str(caught.value).endswith(f"{told}{place} and t = 3 s, {limit}")
    with pytest.raises(DeckError) as refused:
        run(salt(tmp_path, hard, boundaries=ends, time=time, initial=full), record=False)
    assert "physics.salt: before the first step, concentration is 6000 mol/m^3" in str(refused.value)
    assert not warnings(salt(tmp_path, hard, boundaries=ends | {"top": {"concentration": "5000 mol/m^3"}}))


class Level(Physics):
    """A temperature is to lie above a limit, beside a large one elsewhere or with a scale of its own."""

    name = "level"
    requires = (balance("energy"),)
    limit = Quantity("K", "limit", variables=("t",))

    def contribute(self, model: Contribution) -> None:
        excess = model.field("temperature") - self.limit
        model.expect("excess", excess, "K", "it is above", minimum="0 K", blocks=("wall",), hard=True)


class Pole(Physics):
    """What has no value where a temperature is that of a limit."""

    name = "pole"
    requires = (balance("energy"),)
    limit = Quantity("K", "limit", variables=("t",))

    def contribute(self, model: Contribution) -> None:
        pole = 1 / (model.field("temperature") - self.limit)
        model.expect("pole", pole, "1/K", "", minimum="0 1/K", maximum="1 1/K", blocks=("wall",), hard=True)


def test_what_is_infinite_is_beyond_any_range(tmp_path: Path) -> None:
    """It is no measure of round-off, which then would be infinite too."""
    known = registry()
    deck = strip(
        tmp_path,
        [("wall", 1.0, 2)],
        materials={"wall": {"thermal_conductivity": "1 W/m/K"}},
        physics={"heat": {"blocks": ["wall"]}, "pole": {"limit": "300 K"}},
        boundaries={"bottom": {"temperature": "300 K"}, "top": {"temperature": "310 K"}},
    )
    with pytest.raises(BoundsError, match=r"pole is -?inf"):
        run(compose(deck, replace(known, physics={**known.physics, "pole": Pole})), record=False)


@pytest.mark.parametrize(("beyond", "top", "ends"), [(5e-10, 300, False), (1e-6, 300, True), (1e-6, 10000, False)])
def test_round_off_ends_no_run_and_a_violation_does(tmp_path: Path, beyond: float, top: float, ends: bool) -> None:
    """The bound is zero: round-off is measured against the largest value and the scale of the unknown."""
    known = registry()
    deck = strip(
        tmp_path,
        [("wall", 1.0, 2)],
        materials={"wall": {"thermal_conductivity": "1 W/m/K"}},
        physics={"heat": {"blocks": ["wall"]}, "level": {"limit": f"300 K + {beyond!r} K"}},
        boundaries={"bottom": {"temperature": "300 K"}, "top": {"temperature": f"{top} K"}},
    )
    model = compose(deck, replace(known, physics={**known.physics, "level": Level}))
    if ends:
        with pytest.raises(BoundsError, match="excess is -1e-06 K in wall"):
            run(model, record=False)
    else:
        run(model, record=False)


def test_values_that_disagree_at_a_corner(tmp_path: Path) -> None:
    deck = strip(
        tmp_path,
        [("salt", 4e-6, 2)],
        dim=2,
        width=1e-6,
        materials={"salt": {"diffusivity": "1e-10 m^2/s"}},
        physics={"salt": {"blocks": ["salt"]}},
        boundaries={"top": {"concentration": "1 mol/m^3"}, "sides": {"concentration": "2 mol/m^3"}},
    )
    (found,) = warnings(compose(deck, with_salt()))
    assert found.endswith(
        "boundaries.sides.concentration: 'top' and 'sides' meet and hold concentration at 1 mol/m^3 and 2 mol/m^3; "
        "there the flux grows without bound as the mesh is refined"
    )
