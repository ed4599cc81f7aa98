"""Options made of others: groups of options, and values that may be spelt in several ways."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from trona.deck import Either, Group, Integer, ListOf, MappingOf, Node, OptionContext, OptionValues, Text
from trona.deck.source import parse_yaml
from trona.errors import UserError


class Step:
    name = Text("what it is called")
    length = Integer("how long", default="1")


class Loop:
    repeat = Integer("how often", minimum=1)
    steps = ListOf(Text("name"), "names of the steps")


ONE = Either((Text("name"), Group(Step, "a step", "step"), Group(Loop, "a loop", "loop"), ListOf(Text("name"))), "what")


def node(text: str) -> Node:
    return parse_yaml(text, "d.yaml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plate", "plate"),
        ("[a, b]", ["a", "b"]),
        ("{name: a}", {"name": "a", "length": 1}),
        ("{repeat: 2, steps: [a]}", {"repeat": 2, "steps": ["a"]}),
    ],
)
def test_the_shape_and_the_keys_tell_which_option_is_meant(text: str, value: Any) -> None:
    found = ONE.read(node(text), OptionContext())
    assert (found.values if isinstance(found, OptionValues) else found) == value
    jsonschema.Draft202012Validator(ONE.schema()).validate(node(text).plain())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{name: a, lenght: 2}", "d.yaml:1:11 lenght: no such option of a step; nearest: length"),
        ("{repeat: 0, steps: [a]}", "d.yaml:1:10 repeat: must be at least 1, got '0'"),
        ("{repeat: 2}", "d.yaml:1:1: a loop needs the option 'steps': names of the steps"),
    ],
)
def test_mistakes_are_those_of_the_option_that_is_meant(text: str, message: str) -> None:
    with pytest.raises(UserError) as refused:
        ONE.read(node(text), OptionContext())
    assert str(refused.value) == message
    assert not jsonschema.Draft202012Validator(ONE.schema()).is_valid(node(text).plain())


def test_keys_of_the_users_choice() -> None:
    own = Group({"use": Text("name")}, "material", "", others=Integer("value"))
    validator = jsonschema.Draft202012Validator(MappingOf(own).schema())
    assert validator.is_valid({"film": {"use": "sei", "density": 2}})
    assert not validator.is_valid({"film": {"use": "sei", "density": []}})
