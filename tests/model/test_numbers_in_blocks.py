"""Numbers that are determined over blocks: what plugins may say, and what the readers of a model say of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from held import Thermostat
from terms import HEAT, composed, known_too, layered

from trona.errors import UserError
from trona.explain import explain
from trona.model import Model, compose
from trona.model.structure import structure_of
from trona.plugin import Contribution

CLOSED: dict[str, Any] = {"bottom": {"heat_flux": "-7 W/m^2"}}


def holding(
    place: Any,
    integrand: Callable[[Any, Contribution], Any] = lambda s, m: m.field("temperature"),
    target: Callable[[Any, Contribution], Any] = lambda s, m: 0 * m.field("temperature"),
    mean: bool = True,
) -> Callable[[Any, Contribution], None]:
    """A contribution: a source that is one number, determined by a mean or an integral over a place."""

    def contribute(physics: Any, model: Contribution) -> None:
        strength = model.add_global("strength", "W/m^3", "source")
        model.balance("energy").source(strength)
        where = place(model) if callable(place) else place
        model.constrain_integral(strength, where, integrand(physics, model), target(physics, model), mean)

    return contribute


def refused(action: Callable[[Any, Contribution], None], options: Any = None, **sections: Any) -> str:
    with pytest.raises(UserError) as caught:
        composed(action, options, **sections)
    return str(caught.value)


def film(model: Contribution) -> Any:
    found = model.add_surface_field(model.boundary("top"), "film", "K", "film")
    model.add_balance("films", "K", "film", "films").source(found - model.field("temperature"))
    return found


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("a", "a place is a law or a tuple of blocks, got 'a'"),
        ((), "a place is a law or a tuple of blocks, got ()"),
        (("a", "bb"), "no block 'bb'; nearest: b"),
        (("a", "b", "a"), "the block 'a' is named twice"),
    ],
)
def test_places_that_are_none(place: Any, text: str) -> None:
    assert refused(holding(place)) == f"<deck>:1:1 physics.asking: {text}"


@pytest.mark.parametrize(
    ("integrand", "text"),
    [
        (lambda s, m: film(m), "'film' lives at top and has no value in a"),
        (
            lambda s, m: m.interface("a | b").minus.field("temperature"),
            "field 'temperature' on a side of an interface has no value in a",
        ),
        (
            lambda s, m: m.normal[0] * m.field("temperature"),
            "there is no normal in a, only at interfaces and boundaries",
        ),
    ],
)
def test_what_has_no_value_in_a_block(integrand: Any, text: str) -> None:
    """In an equation of a number as in a source."""
    assert refused(holding(("a", "b"), integrand)) == f"<deck>:1:1 physics.asking: {text}"

    def source(physics: Any, model: Contribution) -> None:
        model.balance("energy").source(physics.rate * integrand(physics, model) / model.field("temperature"))

    assert refused(source) == f"<deck>:1:1 physics.asking: {text}"


def test_a_field_that_is_absent_from_a_block() -> None:
    deck = layered(
        {"heat": {"blocks": ["a"]}, "thermostat": {"blocks": ["a", "b"], "mean": "1 K"}},
        boundaries={"bottom": {"temperature": "300 K"}},
    )
    with pytest.raises(UserError, match=r"physics\.thermostat: 'temperature' does not live in b, only in a$"):
        compose(deck, known_too(Thermostat))


def test_a_property_that_a_block_lacks() -> None:
    said = refused(holding(("b",), lambda s, m: m.property("density", "kg/m^3") * m.field("temperature")))
    assert "material 'b' of block b has no 'density' [kg/m^3], which asking needs" in said


@pytest.mark.parametrize(
    ("target", "name"),
    [
        (lambda s, m: m.field("temperature") / 2, "temperature"),
        (
            lambda s, m: m.property("thermal_conductivity", "W/m/K") * m.field("temperature") ** 0,
            "thermal_conductivity",
        ),
        (lambda s, m: m.position[0], "x"),
    ],
)
def test_a_target_that_is_no_number(target: Any, name: str) -> None:
    text = f"'strength' is determined by one number at each time, which cannot depend on '{name}'"
    assert text in refused(holding(("a",), target=target))


def test_units_count_the_size_of_blocks() -> None:
    said = refused(holding(("a", "b"), target=lambda s, m: s.rate, mean=False))
    what = "asking: the integral that determines 'strength' in a+b has the unit m^3*K, expected W/m^3"
    assert said.startswith(f"<deck>:1:1 physics.asking: {what}")


def test_two_ways_at_once() -> None:
    def twice(physics: Any, model: Contribution) -> None:
        holding(("a",))(physics, model)
        model.constrain_integral(model.field("strength"), model.boundary("top"), model.field("temperature"), 0.0, True)

    assert "'strength' is determined twice by asking; let controls of a protocol choose" in refused(twice)


def test_a_mean_fixes_a_level_and_a_mean_of_a_gradient_does_not() -> None:
    composed(holding(lambda m: m.balance("energy").blocks), boundaries=CLOSED)

    def slope(physics: Any, model: Contribution) -> Any:
        from ufl import grad

        return grad(model.field("temperature"))[0]

    text = "nothing fixes the level of 'temperature' in a+b; give its value or a Robin condition on a boundary"
    assert text in refused(holding(("a",), slope), boundaries=CLOSED)


def thermostat(**options: str) -> Model:
    physics = {"heat": {"blocks": ["a", "b"]}, "thermostat": {"blocks": ["b", "a"], **options}}
    return compose(layered(physics, boundaries=CLOSED, materials=HEAT), known_too(Thermostat))


def test_explain_names_the_blocks() -> None:
    said = explain(thermostat(mean="10 K"))
    assert "in b+a  mean of temperature - thermostat.zero = thermostat.mean, by strength (thermostat)" in said
    assert "in b+a  integral of" in explain(thermostat(integral="10 K*m^3"))


def test_the_structure_has_what_the_equation_depends_on() -> None:
    found = structure_of(thermostat(mean="10 K"))
    pairs = {(row.field, column.field): causes for (row, column), causes in found.depends.items()}
    assert pairs["strength", "temperature"] == frozenset() == pairs["temperature", "strength"]
    assert ("strength", "strength") not in pairs
    assert len(found.parts) == 1
