"""The example deck is read and composed, and each wrong option is reported at its location."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import yaml

from trona.conformance.proof import Failed, NotApplicable, Proof, fail
from trona.deck import (
    Blocks,
    Boolean,
    Choice,
    Deck,
    Integer,
    ListOf,
    MappingOf,
    Number,
    Option,
    Quantity,
    Text,
    parse_expression,
)
from trona.errors import UserError
from trona.model.checks.dimension_check import UnitError, wrong_units
from trona.units import Unit

if TYPE_CHECKING:
    from trona.conformance.example import Example
    from trona.conformance.subject import Path

_OUTSIDE = {"minimum": -1.0, "above": 0.0, "maximum": 1.0, "below": 0.0}
"""Direction in which a bound is violated; a strict bound is violated by itself."""


def option_proofs(example: Example) -> list[Proof]:
    return [
        Proof("example deck", partial(_composes, example)),
        Proof("dimension check", partial(_dimensions, example)),
        Proof("messages for wrong options", partial(_messages, example)),
    ]


def _composes(example: Example) -> None:
    """Check that the deck uses the plugin, fits the schema and composes; another proof checks units."""
    if not example.subject.used_in(example.plain):
        raise Failed(f"{example.path} does not use {example.subject.name}")
    fail(schema_problems(example.plain))
    try:
        example.composed()
    except UserError as error:
        if not _of_units(error):
            raise Failed(f"the example deck does not compose:\n{error}") from None
    except Exception as error:
        raise Failed(f"composing the example deck raises {type(error).__name__}: {error}") from error


def schema_problems(plain: dict[str, Any]) -> Iterator[str]:
    """Yield where a deck violates the JSON schema of the installed plugins, if jsonschema is installed."""
    try:
        from jsonschema import Draft202012Validator
    except ImportError:
        return
    from trona.settings.schema import schema

    for error in Draft202012Validator(schema()).iter_errors(plain):
        yield f"the JSON schema refuses {'.'.join(map(str, error.absolute_path)) or 'the deck'}: {error.message}"


def _dimensions(example: Example) -> None:
    try:
        model = example.composed()
    except UserError as error:
        if _of_units(error):
            raise Failed(str(error)) from None
        model = example.model  # raises if the deck does not compose
    fail(map(str, wrong_units(model)))


def _of_units(error: UserError) -> bool:
    return all(isinstance(e, UnitError) for e in getattr(error, "errors", (error,)))


def _messages(example: Example) -> None:
    if not example.subject.cls.declared_options():
        raise NotApplicable(f"{example.subject.name} has no options")
    if not (places := example.subject.places(example.plain)):
        raise NotApplicable(f"the example deck gives no options to {example.subject.name}")
    _ = example.model
    fail(filter(None, (_misreported(example, *case) for case in _cases(example, places[0]))))


def _cases(example: Example, place: Path) -> Iterator[tuple[Path, str, Any, tuple[str, ...]]]:
    """Yield mistakes: path of the options, option, wrong value (None: option removed), expected words."""
    name = example.subject.name
    for option in example.subject.cls.declared_options().values():
        misspelt = option.name + option.name[-1]
        yield place, misspelt, "1", ("no such option", f"nearest: {option.name}")
        if option.required:
            yield place, option.name, None, (f"{name} needs the option '{option.name}'",)
        for value, words in wrong_values(option, name if not example.subject.is_physics else ""):
            yield place, option.name, value, words


def wrong_values(option: Option[Any], form: str = "") -> Iterator[tuple[Any, tuple[str, ...]]]:
    """Yield values that an option must refuse, with words that its message must contain.

    form: name of the property form of the option; its `value` has the unit of the property.
    """
    match option:
        case Quantity() if form and option.name == "value":
            yield ["many"], ()
        case Quantity():
            unit = option.unit
            other = "kg" if not unit.same_dimension(Unit.parse("kg")) else "s"
            expected = (option.unit_text,) if option.unit_text else ()
            yield f"1 {other}", expected
            if option.unit_text:
                yield 1, expected
            for bound, text in option.bounds.items():
                limit = parse_expression(text, {}, unit).constant
                outside = limit + _OUTSIDE[bound] * max(1.0, abs(limit))
                spelt = f"{outside!r} {unit.si}" if option.unit_text else outside
                yield spelt, ("must be", text)
        case Number() | Integer():
            yield "many", ("number",)
            for bound, limit in option.bounds.items():
                yield type(limit)(limit + _OUTSIDE[bound]), ("must be", f"{limit:g}")
        case Boolean():
            yield "perhaps", ("expected true or false",)
        case Choice():
            wrong = option.values[0] + option.values[0][-1]
            yield wrong, (f"expected one of {', '.join(option.values)}", f"nearest: {option.values[0]}")
        case Text():
            yield ["a", "list"], ("expected text",)
        case Blocks():
            yield ["no_such_block"], ("no_such_block",)
        case ListOf() | MappingOf():
            yield 1, ("expected a",)
        case _:
            yield "no_such_name", ("no_such_name",)


def _misreported(example: Example, place: Path, option: str, value: Any, words: tuple[str, ...]) -> str | None:
    """Return what is wrong with the message for one mistake, None if it is correct."""
    content = copy.deepcopy(example.plain)
    above: Any = content
    for key in place[:-1]:
        above = above[key]
    own = above[place[-1]] = dict(above[place[-1]] or {})
    if value is None:
        del own[option]
    else:
        own[option] = value
    case = f"without '{option}'" if value is None else f"'{option}: {value}'"
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    try:
        example.compose(Deck.from_text(text, example.deck.folder, "wrong.yaml"))
    except UserError as error:
        return _flaw(case, str(error), place, option if value is not None else "", words)
    except Exception as error:
        return f"{case} raises {type(error).__name__}: {error}; expected a message"
    return f"{case} is accepted"


def _flaw(case: str, said: str, place: Path, option: str, words: tuple[str, ...]) -> str | None:
    path = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in (*place, *([option] if option else [])))
    located = re.compile(rf"wrong\.yaml:\d+:\d+ {re.escape(path[1:])}(\[\d+\])?: ")
    lines = [line for line in said.splitlines() if located.match(line)]
    if not lines:
        return f"{case} is not reported at {path[1:]}, but: {said}"
    missing = [word for word in words if not any(word in line for line in lines)]
    return f"{case}: the message lacks {missing}: {lines[0]}" if missing else None
