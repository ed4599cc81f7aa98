"""The installed plugins by name, each with the distribution that it came from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from trona.errors import UserError, nearest
from trona.model.declare import Field, Sum
from trona.units import Unit

if TYPE_CHECKING:
    from trona.model.configured import Configured, Declared
    from trona.model.output_kind import OutputKind
    from trona.model.reduction import Reduction


@dataclass(frozen=True)
class Registry:
    """All that is installed: physics, property forms, reductions and kinds of outputs by name, and the data folders.

    distributions, data_origins: where each comes from.

    broken: a sentence for each package that is left out because it cannot be loaded.
    """

    physics: dict[str, type[Declared]]
    forms: dict[str, type[Configured]]
    data: tuple[Path, ...]
    distributions: dict[str, str]
    data_origins: dict[Path, str] = field(default_factory=dict)
    broken: tuple[str, ...] = ()
    reductions: dict[str, type[Reduction]] = field(default_factory=dict)
    output_kinds: dict[str, type[OutputKind]] = field(default_factory=dict)

    def find(self, name: str) -> type[Declared] | None:
        return self.physics.get(name)

    def declared_field(self, name: str) -> Field | None:
        """Return the declaration of a field by any installed physics, None if there is none.

        Raises UserError where two declare it in units that do not fit.
        """
        found = [
            (physics, d)
            for physics, cls in self.physics.items()
            for d in cls.provides
            if isinstance(d, Field) and d.name == name
        ]
        for physics, other in found[1:]:
            first, declared = found[0]
            if not Unit.parse(other.unit).same_dimension(Unit.parse(declared.unit)):
                raise UserError(
                    f"the field '{name}' is in {declared.unit} for {first} ({self.origin(first)}), and in {other.unit} "
                    f"for {physics} ({self.origin(physics)})"
                )
        return found[0][1] if found else None

    @property
    def sums(self) -> dict[str, list[Sum]]:
        """All sums that installed physics feed or read, by name; more than one where packages declare the same name."""
        found: dict[str, list[Sum]] = {}
        for cls in self.physics.values():
            for declared in (*cls.feeds, *cls.reads()):
                same = found.setdefault(declared.name, [])
                if declared not in same:
                    same.append(declared)
        return dict(sorted(found.items()))

    def feeders(self, declared: Sum) -> list[str]:
        """Return the physics that feed a sum."""
        return [name for name, cls in self.physics.items() if declared in cls.feeds]

    def readers(self, declared: Sum) -> list[str]:
        """Return the physics that read a sum."""
        return [name for name, cls in self.physics.items() if declared in cls.reads()]

    def folders(self, distribution: str) -> list[Path]:
        """Return the data folders of a distribution, named with or without its version."""
        return [f for f in self.data if bare(self.data_origins.get(f, "")) == bare(distribution)]

    def origin(self, name: str) -> str:
        """Return the distribution, with version, that a plugin came from; of a kind of output by its `kind_key`."""
        return self.distributions.get(name, "unknown distribution")

    def no_such(self, name: str) -> str:
        """Return the message for an unknown physics name."""
        hint = nearest(name, self.physics)
        if hint:
            close = hint.rsplit(" ", 1)[-1]
            hint = f"{hint} ({self.origin(close)})"
        return "; ".join([f"no such plugin{hint}", *self.broken])


def bare(distribution: str) -> str:
    """Return the name of a distribution as it is compared: without its version, and with one spelling of its name."""
    return re.sub(r"[-_.]+", "-", distribution.partition(" ")[0]).lower()


def kind_key(name: str) -> str:
    """Return the name of a kind of output among all that is installed: a physics may have the plain one."""
    return f"outputs.{name}"
