"""What plugins may add, and how: sides, shapes, local fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from terms import composed

from trona.errors import UserError
from trona.model.laws import interface_law
from trona.plugin import Contribution, Field, InterfaceLaw, Sum, as_vector, grad

AT = "<memory>:1:1 physics.asking: "


def refused(action: Callable[[Any, Contribution], None], **sections: Any) -> str:
    """The message with which a deck is refused, without the place of the plugin."""
    with pytest.raises(UserError) as caught:
        composed(action, **sections)
    return str(caught.value).split("physics.asking: ")[-1]


def energy(model: Contribution) -> Any:
    return model.balance("energy")


def sides_of(action: Callable[[Any, Any, Any], None]) -> list[str | None]:
    """The sides of the terms that an action at the interface a | b adds to the balance of energy."""

    def contribute(self: Any, model: Contribution) -> None:
        action(self, model.interface("a | b"), energy(model))

    model = composed(contribute)
    return [t.side for t in model.balances["energy"].terms if t.plugin == "asking"]


FLUX = 1.0


@pytest.mark.parametrize(
    ("side", "expected"),
    [
        (lambda law: law.minus, "minus"),
        (lambda law: law.plus, "plus"),
        (lambda law: "minus", "minus"),
        (lambda law: "plus", "plus"),
        (lambda law: InterfaceLaw(law.writer, interface_law("b | a", law.writer.draft.mesh)).minus, "plus"),
    ],
)
def test_both_spellings_of_a_side_mean_the_same(side: Any, expected: str) -> None:
    def contribute(self: Any, model: Contribution) -> None:
        law = model.interface("a | b")
        T = law.minus.field("temperature")
        law.source(
            law.minus.property("thermal_conductivity", "W/m/K") * T * T / T / model.position[0],
            energy(model),
            side(law),
        )

    found = composed(contribute, mesh={"width": "1 m"})
    assert [t.side for t in found.balances["energy"].terms if t.plugin == "asking"] == [expected]


@pytest.mark.parametrize(
    ("side", "told"),
    [
        ("Minus", "'Minus'"),
        ("a", "'a'"),
        (None, "a value of type NoneType"),
        (1, "a value of type int"),
        (lambda m: m.interface("b | c").plus, "the side c of b | c"),
    ],
)
def test_nothing_else_is_a_side(side: Any, told: str) -> None:
    layers = [{"a": "1 m"}, {"b": "1 m"}, {"c": "1 m"}]

    def at(model: Contribution) -> Any:
        return side(model) if callable(side) else side

    def source(self: Any, model: Contribution) -> None:
        model.interface("a | b").source(1.0, energy(model), at(model))

    def move(self: Any, model: Contribution) -> None:
        model.interface("a | b").move(1.0, resting=at(model))

    message = f"a side of a | b is law.minus or law.plus, got {told}"
    assert refused(source, layers=layers) == message
    if side is not None:  # None: neither side rests
        assert refused(move, layers=layers, time={"end": "1 s", "step": "1 s"}) == message


def test_an_exchange_is_between_balances() -> None:
    def contribute(self: Any, model: Contribution) -> None:
        model.interface("a | b").exchange(1.0, minus="energy", plus=energy(model))  # type: ignore[arg-type]

    assert refused(contribute) == "a | b exchanges between balances, got 'energy'"


VECTOR = as_vector([1.0, 2.0])
SHAPES: list[tuple[str, Callable[[Any, Any], Any], str]] = [
    ("source", lambda m, e: e.source(VECTOR), "the source of energy is a vector of 2 components, expected a number"),
    ("storage", lambda m, e: e.storage(VECTOR), "the storage of energy is a vector of 2 components, expected a number"),
    (
        "flux",
        lambda m, e: e.flux(m.field("temperature")),
        "the flux of energy is a number, expected a vector of 1 component",
    ),
    (
        "inflow",
        lambda m, e: e.inflow("top", VECTOR),
        "the inflow of energy is a vector of 2 components, expected a number",
    ),
    (
        "exchange",
        lambda m, e: m.interface("a | b").exchange(VECTOR, e, e),
        "the flux of energy across a | b is a vector of 2 components, expected a number",
    ),
    (
        "source at an interface",
        lambda m, e: m.interface("a | b").source(VECTOR, e, "plus"),
        "the source of energy at a | b is a vector of 2 components, expected a number",
    ),
    (
        "raw",
        lambda m, e: e.raw(grad(m.test(e))),
        "the raw term of energy is a vector of 1 component, expected a number",
    ),
    (
        "output",
        lambda m, e: m.output("o", VECTOR, "1", "o", "mean"),
        "the output o is a vector of 2 components, expected a number",
    ),
    ("text", lambda m, e: e.source("1 W/m^3"), "the source of energy is not an expression but of type str"),
    (
        "target",
        lambda m, e: m.constrain_integral(m.add_global("n", "1", "n"), m.boundary("top"), 1.0, VECTOR, True),
        "the target is a vector of 2 components, expected a number",
    ),
]


@pytest.mark.parametrize(("action", "message"), [s[1:] for s in SHAPES], ids=[s[0] for s in SHAPES])
def test_a_wrong_shape_is_told_at_once(action: Any, message: str) -> None:
    assert refused(lambda self, model: action(model, energy(model))) == message


def test_zero_has_any_shape() -> None:
    def contribute(self: Any, model: Contribution) -> None:
        energy(model).flux(0)
        energy(model).source(0)

    assert composed(contribute)


# ---------------------------------------------------------------------- local fields


S = Sum("s", "1", "s")


def local_field(action: Callable[[Any, Any, Any], None]) -> Callable[[Any, Contribution], None]:
    """A contribution with a local field c in both layers, which has a rate law besides what `action` adds."""

    def contribute(self: Any, model: Contribution) -> None:
        c = model.add_field(Field("c", "1", "c", element="local", scale="1"), ("a", "b"))
        rate = model.add_balance("cs", "1", "c", "rate law of c")
        rate.source(-c)
        action(model, rate, c)

    return contribute


LOCAL: list[tuple[str, Callable[[Any, Any, Any], Any], str]] = [
    (
        "flux",
        lambda m, b, c: b.flux(as_vector([c * self_length(m)])),
        "asking: 'c' is a local field with separate values in each cell, so cs can have no flux; "
        "nothing would flow from cell to cell",
    ),
    (
        "inflow",
        lambda m, b, c: b.inflow("top", c * self_length(m)),
        "asking: 'c' is a local field with separate values in each cell, so cs can have no inflow; "
        "nothing would flow from cell to cell",
    ),
    (
        "gradient",
        lambda m, b, c: energy(m).flux(-m.property("thermal_conductivity", "W/m/K") * m.field("temperature") * grad(c)),
        "asking: the flux of energy has the gradient of 'c', a local field, which jumps from cell to cell",
    ),
    (
        "gradient in a sum",
        lambda m, b, c: (m.feed(S, c, ("a", "b")), m.output("o", grad(m.sum(S))[0], "1/m", "o", "maximum")),
        "asking: the output o has the gradient of 'c', a local field, which jumps from cell to cell",
    ),
    (
        "raw",
        lambda m, b, c: b.raw(c * self_length(m) * grad(m.test(b))[0]),
        "asking: 'c' is a local field with separate values in each cell, so cs can have no flux; "
        "nothing would flow from cell to cell",
    ),
]


def self_length(model: Contribution) -> Any:
    return model.position[0]


@pytest.mark.parametrize(("action", "message"), [s[1:] for s in LOCAL], ids=[s[0] for s in LOCAL])
def test_a_local_field_lives_at_points(action: Any, message: str) -> None:
    assert refused(local_field(action), sums=(S,)) == message


def test_no_boundary_holds_a_local_field() -> None:
    boundaries = {"bottom": {"temperature": "300 K", "c": 1}}
    with pytest.raises(
        UserError, match="'c' is a local field with separate values in each cell, which no boundary can"
    ):
        composed(local_field(lambda m, b, c: None), sums=(S,), boundaries=boundaries)


def test_a_local_field_with_a_rate_law_alone_is_right() -> None:
    assert composed(local_field(lambda m, b, c: b.source(m.sum(S))), sums=(S,))


def test_a_block_named_twice_counts_once() -> None:
    def contribute(self: Any, model: Contribution) -> None:
        energy(model).source(self.rate, ("a", "a"))

    model = composed(contribute)
    assert [t.blocks for t in model.balances["energy"].terms if t.plugin == "asking"] == [("a",)]
