"""What the class of a plugin declares: its options, and what it requires, provides, feeds and reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from trona.deck.options import Option, Options, OptionValues
from trona.model.declare import Field, Sum

if TYPE_CHECKING:
    from collections.abc import Callable

    from trona.model.declare import Declaration, Need


class Configured:
    """Something with declared options that become attributes: quantities as symbols, names as text."""

    name: ClassVar[str] = ""

    def __init__(self, values: OptionValues, value_of: Callable[[object, str], Any], owner: str) -> None:
        self.options, self.owner = values, owner
        for option, value in values.values.items():
            setattr(self, option, value_of(value, f"{owner}.{option}"))

    @classmethod
    def declared_options(cls) -> dict[str, Option[Any]]:
        return Options.declared(cls)


class Declared(Configured):
    """What the class of a physics declares in addition to its options; see `Physics`."""

    requires: ClassVar[tuple[Need, ...]] = ()
    provides: ClassVar[tuple[Declaration, ...]] = ()
    uses: ClassVar[tuple[Need, ...]] = ()
    """What it takes into account when there, without needing it."""
    feeds: ClassVar[tuple[Sum, ...]] = ()
    references: ClassVar[tuple[str, ...]] = ()
    several: ClassVar[bool | str] = False
    """Whether it may stand several times at one place, where all of them act.

    Or the option that tells them apart there, a text, which then stands in all names."""
    first_order: ClassVar[bool] = False
    """Whether its equations hold only with time differences of first order, as for a history that may stay as it is."""

    @classmethod
    def reads(cls) -> tuple[Sum, ...]:
        """Return the sums that it requires or uses."""
        return tuple(need for need in (*cls.requires, *cls.uses) if isinstance(need, Sum))

    @classmethod
    def condition_of(cls, declared: Declaration) -> str:
        """Return in words the conditions under which it provides a field; '' if it always does."""
        name = declared.name if isinstance(declared, Field) else declared.field
        return next((d.condition for d in cls.provides if isinstance(d, Field) and d.name == name), "")
