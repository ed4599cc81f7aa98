"""What another package brings changes nothing of ours without a word: names are refused, or qualified."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from terms import layered

from trona.deck import read_deck
from trona.errors import UserError
from trona.model import Model, Registry, compose, registry
from trona.model.materials.library import library, property_names
from trona.model.symbols import SumAt
from trona.plugin import Balance, Blocks, Contribution, Field, Physics, Sum, balance, grad

OURS = registry().origin("heat")
NAME = OURS.partition(" ")[0]


ASKED = Sum("asked", "C/mol", "what is asked for")


class Asking(Physics):
    """Asks for a constant."""

    name = "asking"
    requires = (balance("energy"),)
    feeds = (ASKED,)
    constant = "faraday_constant"

    def contribute(self, model: Contribution) -> None:
        model.feed(ASKED, model.constant(self.constant), model.mesh.blocks)


class Tracer(Physics):
    """A balance whose inflow has the name of another one's."""

    name = "tracer"
    provides = (
        Field("c", "mol/m^3", "c", scale="1 mol/m^3"),
        Balance("tracer", "mol/m^3/s", "c", "c", inflow="heat_flux", inflow_text="what enters"),
    )
    blocks = Blocks("where")

    def contribute(self, model: Contribution) -> None:
        model.balance("tracer").flux(-model.property("diffusivity", "m^2/s") * grad(model.field("c")))


def with_package(folder: Path, *classes: type[Physics], version: str = "other-pack 2.0", **files: str) -> Registry:
    """The installed packages, and another with these files: 'constants' is `constants.yaml`, 'sodium' a material."""
    for name, text in files.items():
        path = folder / (f"{name}.yaml" if name in ("constants", "properties") else f"materials/{name}.yaml")
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text)
    base = registry()
    return replace(
        base,
        physics={**base.physics, **{cls.name: cls for cls in classes}},
        data=tuple(sorted((*base.data, folder))),
        data_origins={**base.data_origins, folder: version},
        distributions={**base.distributions, **{cls.name: version for cls in classes}},
    )


def constant_of(model: Model, plugin: str) -> float:
    feed = next(f for f in model.feeds[SumAt(ASKED)] if f.plugin == plugin)
    return float(feed.expression.expression.constant)


FARADAY = "faraday_constant: {value: 1 C/mol}\n"
CONDUCTING = "properties: {thermal_conductivity: {value: 7 W/m/K}}\n"


def heat(materials: dict[str, Any] | None = None, **more: Any) -> Any:
    return layered({"heat": {"blocks": ["a"]}, **more}, [{"a": "1 m"}], materials=materials or {"a": "sodium"})


def test_a_plain_constant_is_that_of_the_own_package(tmp_path: Path) -> None:
    """Each package means its own; what it defines again reaches nobody else."""
    ours = type("Ours", (Asking,), {"name": "ours"})
    known = with_package(tmp_path, Asking, ours, constants=FARADAY)
    known = replace(known, distributions={**known.distributions, "ours": OURS})
    model = compose(heat(asking={}, ours={}), known)
    assert constant_of(model, "ours") == pytest.approx(96485.33212331001, rel=1e-15)
    assert constant_of(model, "asking") == 1.0


def test_a_third_package_must_say_whose_constant_it_means(tmp_path: Path) -> None:
    known = with_package(tmp_path, Asking, constants=FARADAY)
    third = replace(known, distributions={**known.distributions, "asking": "third 1.0"})
    with pytest.raises(UserError) as caught:
        compose(heat(asking={}), third)
    origins = sorted_origins(third)
    spelt = " or ".join(f"'{o.partition(' ')[0]}:faraday_constant'" for o in origins)
    told = f"the physical constant 'faraday_constant' is defined by {' and by '.join(origins)}; write {spelt}"
    assert str(caught.value) == f"<deck>:1:1 physics.asking: {told}"
    for name, value in ((f"{NAME}:faraday_constant", 96485.33212331001), ("other_pack:faraday_constant", 1.0)):
        qualified = type("Qualified", (Asking,), {"constant": name})
        model = compose(heat(asking={}), replace(third, physics={**third.physics, "asking": qualified}))
        assert constant_of(model, "asking") == pytest.approx(value, rel=1e-15)


def sorted_origins(known: Registry) -> list[str]:
    return [known.data_origins[folder] for folder in known.data if (folder / "constants.yaml").is_file()]


def test_a_material_of_two_packages_is_qualified(tmp_path: Path) -> None:
    known = with_package(tmp_path, sodium=CONDUCTING)
    with pytest.raises(
        UserError, match=r"materials.a: the material 'sodium' is defined by .* and by .*; write '.*:sodium' or"
    ):
        compose(heat(), known)
    ours = compose(heat({"a": f"{NAME}:sodium"}), known).materials["a"]
    theirs = compose(heat({"a": {"use": "other-pack:sodium"}}), known).materials["a"]
    assert ours.file == str(next(iter(known.folders(OURS))) / "materials/sodium.yaml")
    assert theirs.file == str(tmp_path / "materials/sodium.yaml")
    listed = library(known, tmp_path / "nowhere")
    assert {f"{NAME}:sodium", "other-pack:sodium"} <= set(listed)
    assert "sodium" not in listed
    with pytest.raises(UserError, match="no material 'nobody:sodium'"):
        compose(heat({"a": "nobody:sodium"}), known)


def test_a_file_beside_the_deck_is_the_users_own(tmp_path: Path) -> None:
    known = with_package(tmp_path / "package", sodium=CONDUCTING)
    (tmp_path / "sodium.yaml").write_text(CONDUCTING)
    (tmp_path / "deck.yaml").write_text(
        "mesh: {layers: [{a: 1 m}], cells: 1}\nmaterials: {a: sodium}\nphysics:\n  heat: {blocks: a}\n"
        "boundaries: {bottom: {temperature: 300 K}}\n"
    )
    assert compose(read_deck(tmp_path / "deck.yaml"), known).materials["a"].file == str(tmp_path / "sodium.yaml")


def test_a_range_of_a_property_is_not_redefined(tmp_path: Path) -> None:
    text = "density: {unit: kg/m^3, text: mass per volume, between: [1 kg/m^3, 2 kg/m^3]}\n"
    known = with_package(tmp_path, properties=text)
    with pytest.raises(UserError, match=r"the property 'density' has other bounds for .*; uninstall one"):
        property_names(known)


def test_a_key_of_a_boundary_has_one_meaning(tmp_path: Path) -> None:
    known = with_package(tmp_path, Tracer)
    boundaries: dict[str, Any] = {"bottom": {"temperature": "300 K", "c": "1 mol/m^3"}, "top": {"heat_flux": "5 W/m^2"}}
    materials = {"a": {"thermal_conductivity": "2 W/m/K", "diffusivity": "1 m^2/s"}}
    physics = {"heat": {"blocks": ["a"]}, "tracer": {"blocks": ["a"]}}
    deck = layered(physics, [{"a": "1 m"}], materials=materials, boundaries=boundaries)
    with pytest.raises(UserError) as caught:
        compose(deck, known)
    assert str(caught.value) == (
        f"<deck>:1:1 boundaries.top.heat_flux: 'heat_flux' is the inflow of energy of heat ({OURS}) and the inflow of "
        "tracer of tracer (other-pack 2.0); write inflow: {energy: ...} or inflow: {tracer: ...}"
    )
    boundaries["top"] = {"inflow": {"energy": "5 W/m^2"}}
    assert compose(layered(physics, [{"a": "1 m"}], materials=materials, boundaries=boundaries), known)


def test_a_field_that_two_declare_in_other_units(tmp_path: Path) -> None:
    class Strange(Physics):
        """Declares another temperature."""

        name = "strange"
        provides = (Field("temperature", "1/s", "no temperature"),)

        def contribute(self, model: Contribution) -> None:
            pass

    known = with_package(tmp_path, Strange)
    with pytest.raises(
        UserError, match=r"the field 'temperature' is in K for heat \(.*\), and in 1/s for strange \(other"
    ):
        known.declared_field("temperature")
