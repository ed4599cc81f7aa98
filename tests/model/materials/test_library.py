"""The materials on offer, and the names that packages give to properties."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from trona.errors import DeckError
from trona.model import Registry, registry
from trona.model.materials.library import library, property_names


def with_package(folder: Path, names: str) -> Registry:
    """The installed packages and one more, whose `properties.yaml` holds this."""
    (folder / "properties.yaml").write_text(names)
    base = registry()
    return replace(base, data=(*base.data, folder), data_origins={**base.data_origins, folder: "pouch 1.0"})


def test_a_package_adds_names(tmp_path: Path) -> None:
    names = property_names(with_package(tmp_path, "waviness: {unit: '1', text: pores, between: ['0', 90 %]}"))
    one = names["waviness"]
    assert (str(one.unit), one.text, one.low, one.high, one.distribution) == ("1", "pores", 0.0, 0.9, "pouch 1.0")
    assert str(names["density"].unit) == "kg/m^3"


def test_bounds_of_a_package(tmp_path: Path) -> None:
    waviness = "waviness: {unit: '1', text: pores, between: ['0', '1'], minimum: 0, below: 1}"
    names = property_names(with_package(tmp_path, waviness))
    assert names["waviness"].bounds == {"minimum": 0.0, "below": 1.0}
    assert names["density"].bounds == {"above": 0.0}


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            "density: {unit: kg/m^2, text: x, between: [1 kg/m^2, 2 kg/m^2]}",
            rf"1:10 density: the property 'density' is in kg/m^2, and in kg/m^3 for {registry().origin('heat')}",
        ),
        ("waviness: {unit: '1', text: pores}", "1:11 waviness: the property 'waviness' needs the key 'between'"),
        (
            "waviness: {unit: '1', text: x, between: ['0', '1'], minimun: 0}",
            "1:53 waviness.minimun: no such key 'minimun'; nearest: minimum",
        ),
        (
            "density: {unit: kg/m^3, text: x, between: [100 kg/m^3, 2e4 kg/m^3]}",
            f"1:10 density: the property 'density' has other bounds for {registry().origin('heat')}; uninstall one",
        ),
        ("waviness: {unit: 1/q, text: x, between: []}", "1:18 waviness.unit: unknown unit 'q'"),
        (
            "waviness: {unit: m, text: x, between: [1 m]}",
            "1:39 waviness.between: a range is [LOWEST, HIGHEST], got 1 values",
        ),
        (
            "waviness: {unit: m, text: x, between: [1 m, 2 s]}",
            "1:45 waviness.between[1]: expected a quantity in m, got '2 s'",
        ),
    ],
    ids=["other unit", "no range", "unknown key", "other bounds", "no unit", "one end", "unit of an end"],
)
def test_mistakes_in_names(names: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DeckError, match="^" + re.escape(f"{tmp_path}/properties.yaml:{message}")):
        property_names(with_package(tmp_path, names))


def test_a_material_beside_the_deck_comes_first(tmp_path: Path) -> None:
    (tmp_path / "materials").mkdir()
    (tmp_path / "materials" / "sodium.yaml").write_text("properties: {density: 1 kg/m^3}")
    (tmp_path / "notes.yaml").write_text("text: 'properties: none'\n")
    found = library(registry(), tmp_path)
    assert found["sodium"].origin == ""
    assert found["lithium"].origin == registry().origin("heat")
    assert "notes" not in found
