"""Ways to write a property: with or without a `value`, in terms of other properties, and never of itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from terms import layered

from trona.errors import PluginError, UserError
from trona.model import Model, Registry, compose, registry
from trona.model.materials.library import Conditions, library
from trona.model.unknown import symbols_in
from trona.plugin import Contribution, Expression, ModelView, Number, PropertyForm, Quantity, Sum, as_vector
from trona.units import Unit


class Slope(PropertyForm):
    """Proportional to temperature: k = s T. s: W/m/K2. T: K."""

    name = "slope"
    slope = Quantity("W/m/K^2", "slope s")

    def evaluate(self, model: ModelView) -> Expression:
        return self.slope * model.field("temperature")


class WiedemannFranz(PropertyForm):
    """Of another property: k = L sigma T. sigma: S/m. L: Lorenz number, W ohm/K2. T: K."""

    name = "wiedemann_franz"
    lorenz = Quantity("V^2/K^2", "Lorenz number L", default="2.44e-8 V^2/K^2")

    def evaluate(self, model: ModelView) -> Expression:
        return self.lorenz * model.property("conductivity", "S/m") * model.field("temperature")


class Twice(PropertyForm):
    """Twice another property: k = 2 x."""

    name = "twice"
    factor = Number("factor", default="2")
    other = "thermal_conductivity"

    def evaluate(self, model: ModelView) -> Expression:
        return self.factor * model.property(self.other, "W/m/K")


class Thrice(Twice):
    """Thrice what is twice: k = 3 x."""

    name = "thrice"
    factor = Number("factor", default="3")
    other = "b"


class Falling(PropertyForm):
    """Fails: k = 1/0."""

    name = "falling"

    def evaluate(self, model: ModelView) -> Expression:
        return [][1]  # beyond the end


class Vector(PropertyForm):
    """No number: k = (1, 2)."""

    name = "vector"

    def evaluate(self, model: ModelView) -> Expression:
        return as_vector([1.0, 2.0])


FORMS = (Slope, WiedemannFranz, Twice, Thrice, Falling, Vector)


def forms() -> Registry:
    base = registry()
    origins = {cls.name: "other 1.0" for cls in FORMS}
    return replace(
        base, forms={**base.forms, **{c.name: c for c in FORMS}}, distributions={**base.distributions, **origins}
    )


def conducting(how: Any, known: Registry | None = None, **more: Any) -> Model:
    deck = layered({"heat": {"blocks": ["a"]}}, [{"a": "1 m"}], materials={"a": {"thermal_conductivity": how, **more}})
    return compose(deck, known or forms())


def value(model: Model, temperature: float) -> float:
    """The conductivity in the block a at a temperature."""
    from ufl.corealg.traversal import traverse_unique_terminals

    from trona.model.symbols import InputSymbol, Symbol

    expression = model.expand(model.property_symbol("thermal_conductivity", "W/m/K"), "a")
    symbols = [s for s in traverse_unique_terminals(expression) if isinstance(s, Symbol)]
    values = {s: s.expression.constant if isinstance(s, InputSymbol) else temperature for s in symbols}
    return float(expression((0.0,), values))


def test_without_a_value() -> None:
    assert value(conducting({"slope": {"slope": "0.5 W/m/K^2"}}), 310.0) == pytest.approx(155.0, rel=1e-14)


def test_a_form_without_a_value_must_have_the_unit_of_its_property() -> None:
    wrong = type("Wrong", (Slope,), {"evaluate": lambda self, model: self.slope})
    known = replace(forms(), forms={**forms().forms, "slope": wrong})
    with pytest.raises(UserError, match=r"slope: the property thermal_conductivity of a has the unit .*expected W/m/K"):
        conducting({"slope": {"slope": "0.5 W/m/K^2"}}, known)


def test_of_another_property() -> None:
    model = conducting({"wiedemann_franz": {}}, conductivity="2e7 S/m")
    assert value(model, 300.0) == pytest.approx(2.44e-8 * 2e7 * 300, rel=1e-14)
    assert not [w for w in model.warnings if "nothing uses" in w]


def test_another_property_that_is_missing() -> None:
    with pytest.raises(UserError, match="material 'a' of block a has no 'conductivity' \\[S/m\\]"):
        conducting({"wiedemann_franz": {}})


def test_a_property_that_a_material_may_lack() -> None:
    """What asks says what its absence means; where the material has it, that counts, on either side of an interface."""
    layers, k = [{name: "1 m"} for name in "abc"], {"thermal_conductivity": "1 W/m/K"}
    deck = layered({"heat": {"blocks": ["a", "b"]}}, layers, materials={"a": {**k, "share": "0.4"}, "b": k})
    model = compose(deck, forms())
    for block, expected in (("a", 0.4), ("b", 1.0), ("c", 1.0)):
        for side in (None, "plus"):
            found = model.expand(model.property_symbol("share", "1", side, 1.0), block, side)
            at = {s: s.expression.constant for s in symbols_in(found)}
            assert float(found((0.0,), at)) == expected
    with pytest.raises(UserError, match="material 'b' of block b has no 'share'"):
        model.expand(model.property_symbol("share", "1"), "b")
    with pytest.raises(UserError, match="block c has no material, but an expression needs its 'share'"):
        model.expand(model.property_symbol("share", "1"), "c")
    with pytest.raises(UserError, match="'share' is in m; only a pure number can have a default"):
        model.property_symbol("share", "m", default=1.0)


def test_of_itself() -> None:
    with pytest.raises(UserError) as caught:
        conducting({"twice": {}})
    assert str(caught.value) == (
        "<deck>:1:1 materials.a.thermal_conductivity: the property 'thermal_conductivity' of a depends on itself, "
        "directly"
    )
    with pytest.raises(UserError) as caught:
        conducting({"thrice": {}}, b={"twice": {}})
    assert "depends on itself, thermal_conductivity -> b -> thermal_conductivity" in str(caught.value)


def test_a_sum_that_feeds_itself() -> None:
    from terms import composed

    inside, across = Sum("s", "W/m^3", "s"), Sum("r", "W/m^2", "r", on="interface")

    def contribute(self: Any, model: Contribution) -> None:
        model.feed(inside, 2 * model.sum(inside), ("a",))
        model.balance("energy").source(model.sum(inside), ("a",))

    def flux(self: Any, model: Contribution) -> None:
        model.balance("energy").flux(model.balance("energy").total_flux)

    def interface(self: Any, model: Contribution) -> None:
        law = model.interface("a | b")
        law.feed(across, 2 * law.sum(across))
        law.source(law.sum(across), model.balance("energy"), "plus")

    names = ("the sum 's'", "the total flux of energy", "the sum 'r' at a . b")
    for action, name in zip((contribute, flux, interface), names, strict=True):
        with pytest.raises(UserError, match=f"{name} depends on itself, directly"):
            composed(action, sums=(inside, across))


def test_faults() -> None:
    with pytest.raises(PluginError) as caught:
        conducting({"falling": {}})
    line = 1 + next(
        i for i, text in enumerate(Path(__file__).read_text().splitlines()) if text.endswith("# beyond the end")
    )
    assert str(caught.value) == (
        "<deck>:1:1 materials.a.thermal_conductivity.falling: falling (other 1.0) fails with IndexError: list index "
        f"out of range ({__file__}:{line}), which is a fault of the plugin"
    )
    with pytest.raises(UserError) as told:
        conducting({"vector": {}})
    assert str(told.value) == (
        "<deck>:1:1 materials.a.thermal_conductivity.vector: thermal_conductivity of a by vector is a vector of 2 "
        "components, expected a number"
    )


def test_in_a_material_without_a_model(tmp_path: Path) -> None:
    """As `trona materials` evaluates it."""
    (tmp_path / "wire.yaml").write_text(
        "properties:\n  conductivity: {value: 2e7 S/m}\n  thermal_conductivity: {wiedemann_franz: {}}\n"
        "  b: {twice: {}}\n  c: {thrice: {}}\n  d: {selfish: {}}\n"
    )
    plain = forms()
    selfish = type("Selfish", (Twice,), {"name": "selfish", "other": "d"})
    plain = replace(plain, forms={**plain.forms, "selfish": selfish})
    wire = library(plain, tmp_path)["wire"]
    unit, conditions = Unit.parse("W/m/K"), Conditions.read(["temperature=300 K"], plain)
    assert conditions.value(wire, "c", unit) == pytest.approx(6 * 2.44e-8 * 2e7 * 300, rel=1e-12)
    with pytest.raises(UserError, match="the property 'd' depends on itself, d -> d"):
        conditions.value(wire, "d", unit)
