"""Sums: declared once, fed and read by name of the object; whatever else is an error with a cause."""

from __future__ import annotations

from typing import Any

import pytest
from terms import asking, known_too, layered

from trona.errors import UserError
from trona.explain import explain
from trona.model import Model, compose
from trona.model.unknown import constant_of
from trona.plugin import Contribution, InterfaceOption, Physics, Quantity, Sum
from trona_plugins.sums import GROWTH_VELOCITY, REACTION_CURRENT

HEAT = Sum("extra_heat", "W/m^3", "heat that others produce")
GIVEN = Sum("given_heat", "W/m^2", "heat at an interface", on="interface")
FACTOR = Sum("share", "1", "factors", product=True)


def composed(*classes: type[Physics], **physics: Any) -> Model:
    deck = layered({"heat": {"blocks": ["a", "b"]}, **(physics or {cls.name: {} for cls in classes})})
    return compose(deck, known_too(*classes))


def refused(*classes: type[Physics], **physics: Any) -> str:
    with pytest.raises(UserError) as caught:
        composed(*classes, **physics)
    return str(caught.value).split(": ", 1)[1].removeprefix("physics.asking: ")


def plugin(name: str, action: Any, **declared: Any) -> type[Physics]:
    """A physics of this name that does what `action` does, with these attributes of its class."""
    return type(name.title(), (asking(action),), {"name": name, "uses": (), "feeds": (), **declared})


class Producing(Physics):
    """Feeds twice the heat, and three factors."""

    name = "producing"
    feeds = (HEAT, FACTOR)
    rate = Quantity("W/m^3", "what it produces", default="3 W/m^3")

    def contribute(self, model: Contribution) -> None:
        for _ in range(2):
            model.feed(HEAT, self.rate, ("a",))
        for _ in range(3):
            model.feed(FACTOR, 2.0, ("a", "b"))


def test_feeds_add_up_and_factors_multiply() -> None:
    found: dict[str, Any] = {}

    def read(self: Any, model: Contribution) -> None:
        found.update(sum=model.sum(HEAT), product=model.sum(FACTOR))

    reading = plugin("reading", read, uses=(HEAT, FACTOR))

    def values(model: Model, block: str) -> list[float | None]:
        return [constant_of(model.expand(found[name], block)) for name in ("sum", "product")]

    fed = composed(Producing, reading)
    assert values(fed, "a") == [6.0, 8.0] and values(fed, "b") == [0.0, 8.0]
    assert values(composed(reading), "a") == [0.0, 1.0]


def test_a_string_is_no_sum_and_hears_of_the_nearest() -> None:
    def feed(self: Any, model: Contribution) -> None:
        model.feed("growth_velocty", 1.0, ("a",))  # type: ignore[arg-type]

    text = refused(asking(feed))
    assert text == "a sum is fed through the object that declares it, got 'growth_velocty'; nearest: growth_velocity"


def test_a_sum_that_the_class_does_not_name() -> None:
    def feed(self: Any, model: Contribution) -> None:
        model.feed(HEAT, 1.0, ("a",))

    def read(self: Any, model: Contribution) -> None:
        model.balance("energy").source(model.sum(HEAT))

    assert refused(asking(feed)) == "asking cannot feed the sum 'extra_heat', which its `feeds` does not name"
    text = "asking cannot read the sum 'extra_heat', which its `requires` and `uses` do not name"
    assert refused(asking(read)) == text


def test_a_sum_that_nothing_feeds() -> None:
    """Neither in the deck, nor, where it is one at an interface, at that interface."""
    nothing = plugin("needing", lambda self, model: None, requires=(HEAT,))
    assert refused(nothing) == "needing requires the sum 'extra_heat', which nothing here feeds"
    feeding = plugin("producing", lambda self, model: None, feeds=(HEAT,))
    assert composed(nothing, feeding)
    text = refused(plugin("needing", lambda self, model: None, requires=(REACTION_CURRENT,)))
    assert text.endswith("which nothing here feeds; fed by butler_volmer")


def test_a_sum_is_needed_where_its_reader_acts() -> None:
    def feed(self: Any, model: Contribution) -> None:
        model.interface(self.interface).feed(GIVEN, self.rate * model.position[0])

    where = InterfaceOption("where")
    feeding = plugin("feeding", feed, feeds=(GIVEN,), interface=where)
    needing = plugin("needing", lambda self, model: None, requires=(GIVEN,), interface=where)
    layers = [{"a": "1 m"}, {"b": "1 m"}, {"c": "1 m"}]
    materials = {block: {"thermal_conductivity": "1 W/m/K"} for block in "abc"}

    def at(first: str, second: str) -> Model:
        physics = {"heat": {"blocks": [*"abc"]}, "feeding": {"interface": first}, "needing": {"interface": second}}
        return compose(layered(physics, layers, materials=materials), known_too(feeding, needing))

    assert at("a | b", "a | b")
    with pytest.raises(UserError, match="needing requires the sum 'given_heat', which nothing here feeds"):
        at("a | b", "b | c")


def test_a_sum_lives_where_it_is_declared() -> None:
    def feed(self: Any, model: Contribution) -> None:
        model.feed(GIVEN, 1.0, ("a",))

    text = refused(plugin("asking", feed, feeds=(GIVEN,)))
    assert text == "the sum 'given_heat' lives at interfaces, and cannot be fed in blocks"


def test_a_second_declaration_of_a_name_is_refused() -> None:
    """A package that copies a declaration would feed a sum that nobody reads."""
    copied = Sum(GROWTH_VELOCITY.name, GROWTH_VELOCITY.unit, GROWTH_VELOCITY.text, on=GROWTH_VELOCITY.on)
    first = plugin("first", lambda self, model: None, feeds=(GROWTH_VELOCITY,))
    second = plugin("second", lambda self, model: None, uses=(copied,))
    text = refused(first, second)
    assert text == (
        "the sum 'growth_velocity' is declared twice, by first (other 1.0) and second (other 1.0); "
        "one must import the object of the other"
    )


def test_who_feeds_and_who_reads_is_told() -> None:
    reading = plugin("reading", lambda self, model: None, uses=(HEAT,))
    page = explain(composed(Producing, reading))
    assert "extra_heat [W/m^3]" in page and "read by" in page and "reading" in page
    known = known_too(Producing, reading)
    assert known.feeders(HEAT) == ["producing"] and known.readers(HEAT) == ["reading"]
    assert known.sums["extra_heat"] == [HEAT]
