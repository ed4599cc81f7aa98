"""Options: a class declares them, a deck gives their values, and all mistakes are reported together.

class ThermalResistance(Physics):
    interface = InterfaceOption("where the resistance acts")
    R = Quantity("K*m^2/W", "area-specific thermal resistance", minimum="0 K*m^2/W")
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Self, TypeVar, overload

from trona.deck.source import Node, parse_yaml
from trona.errors import DeckError, Location, UserError, nearest, raise_all
from trona.units import Unit

T = TypeVar("T")


class Required:
    """The default of an option that must be given."""

    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED = Required()
Default = str | None | Required

VARIABLES: Mapping[str, str] = {"t": "s", "x": "m", "y": "m", "z": "m"}


@dataclass(frozen=True)
class OptionContext:
    """The names that values of options may refer to.

    The tuples hold the names of regions and fields; None means that they are not known yet and are not checked.
    `check_interface` raises UserError or ValueError for an unknown interface. `variables` are the names that
    expressions may contain, with their units; with `more_to_come` there will be others, and expressions of names that
    are not known yet are read then. `folder` is the folder of relative file names.
    """

    blocks: tuple[str, ...] | None = None
    boundaries: tuple[str, ...] | None = None
    interfaces: tuple[str, ...] | None = None
    fields: tuple[str, ...] | None = None
    check_interface: Callable[[str], None] | None = None
    variables: Mapping[str, Unit] = field(default_factory=dict)
    more_to_come: bool = False
    folder: Path = Path()


class Option(Generic[T]):
    """One option of a class: its text for the manual, its default and its reader.

    The default is spelt as in a deck ('20 A/m^2', 'false', '[a, b]'); None makes the option optional without
    a value. On an instance the attribute is the value that was read, on the class the declaration.
    """

    kind = "value"

    def __init__(self, text: str = "", *, default: Default = REQUIRED) -> None:
        self.text = text
        self.default = default
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name.removesuffix("_")

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> Self | T:
        if instance is None:
            return self
        try:
            value: T = instance.__dict__[self.name]
        except KeyError:
            raise AttributeError(f"the option '{self.name}' of {owner.__name__} has not been read") from None
        return value

    @property
    def required(self) -> bool:
        return self.default is REQUIRED

    def read(self, node: Node, context: OptionContext) -> T:
        """Return the value of a node. Raises UserError if it is not allowed for this option."""
        raise NotImplementedError

    def read_default(self, location: Location, context: OptionContext) -> T | None:
        """Return the default value; `location` is the mapping without the option."""
        if not isinstance(self.default, str):
            return None
        return self.read(parse_yaml(self.default, location.file, location.path), context)

    def json_type(self) -> dict[str, Any]:
        """Return the JSON schema of the allowed values."""
        raise NotImplementedError

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of the option, with its text and default."""
        fragment = {"description": self.text, **self.json_type()}
        if isinstance(self.default, str):
            fragment["default"] = parse_yaml(self.default, self.name).plain()
        return fragment


class Options:
    """The options that a class declares as attributes."""

    @staticmethod
    def declared(owner: type) -> dict[str, Option[Any]]:
        """The options of a class and its bases, bases first, in the order of declaration.

        A class drops an option of its base by setting the attribute to something else, such as None. An attribute with
        '_' at its end is an option without it: `from_` is 'from' in a deck.
        """
        found: dict[str, Option[Any]] = {}
        for klass in reversed(owner.__mro__):
            for attribute_name, attribute in vars(klass).items():
                name = attribute_name.removesuffix("_")
                if isinstance(attribute, Option):
                    found[name] = attribute
                else:
                    found.pop(name, None)
        return found


@dataclass(frozen=True)
class OptionValues:
    """The values of options by name, and the nodes of those that the deck gives."""

    values: dict[str, Any]
    given: dict[str, Node]
    location: Location

    def location_of(self, name: str) -> Location:
        """The location of the option, or of the mapping that leaves it at its default."""
        return self.given[name].location if name in self.given else self.location


def read_options(
    owner: str, declared: Mapping[str, Option[Any]], node: Node | None, context: OptionContext
) -> OptionValues:
    """Read the options `declared` by `owner` (a name for messages) from a mapping.

    No node, or an empty one (`name:`), gives no option. Raises UserError, or UserErrors with all mistakes of the
    mapping.
    """
    location = node.location if node else Location("<deck>", 1, 1)
    entries = {} if node is None or node.value is None else node.mapping()
    values: dict[str, Any] = {}
    errors: list[UserError] = []
    for key in entries:
        if key not in declared and node is not None:
            errors.append(DeckError(f"no such option of {owner}{nearest(key, declared)}", node.key(key)))
    for name, option in declared.items():
        try:
            if name in entries:
                values[name] = option.read(entries[name], context)
            elif option.required:
                raise DeckError(f"{owner} needs the option '{name}'{_unit_of(option)}: {option.text}", location)
            else:
                values[name] = option.read_default(location, context)
        except UserError as error:
            errors.append(error)
    raise_all(errors)
    return OptionValues(values, dict(entries), location)


def _unit_of(option: Option[Any]) -> str:
    unit = getattr(option, "unit_text", "")
    return f" ({unit})" if unit else ""


def check_name(node: Node, what: str, names: Iterable[str] | None) -> str:
    """Return the name in a node, which must be among `names` unless these are None."""
    name = node.string()
    if names is not None and name not in (known := tuple(names)):
        raise node.error(f"no such {what} '{name}'{nearest(name, known)}")
    return name


def collect(results: Iterable[Callable[[], T]]) -> list[T]:
    """Call all readers, and raise all of their errors together."""
    values: list[T] = []
    errors: list[UserError] = []
    for read in results:
        try:
            values.append(read())
        except UserError as error:
            errors.append(error)
    raise_all(errors)
    return values
