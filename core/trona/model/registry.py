"""Finding plugins: built-ins and strangers come through the same entry point."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import pluggy

from trona.errors import TronaError, UserError, nearest
from trona.model.checks.faults import culprit, say
from trona.model.declare import Field, Sum
from trona.model.physics import Physics, PropertyForm
from trona.model.reduction import Reduction
from trona.units import Unit

ENTRY_POINT = "trona"
hookspec = pluggy.HookspecMarker(ENTRY_POINT)
hookimpl = pluggy.HookimplMarker(ENTRY_POINT)


class Hooks:
    """What a plugin package may offer."""

    @hookspec
    def trona_physics(self) -> list[type[Physics]]:
        """Return the physics classes of this package."""
        raise NotImplementedError

    @hookspec
    def trona_property_forms(self) -> list[type[PropertyForm]]:
        """Return further ways to write a material property."""
        raise NotImplementedError

    @hookspec
    def trona_reductions(self) -> list[type[Reduction]]:
        """Return further ways to make one number of an expression."""
        raise NotImplementedError

    @hookspec
    def trona_data(self) -> Path:
        """Return a folder that may hold `materials/*.yaml`, `properties.yaml`, `constants.yaml`, `references.bib`."""
        raise NotImplementedError


@dataclass(frozen=True)
class Registry:
    """All installed physics, property forms and reductions by name, and the data folders, each with its distribution.

    broken: a sentence for each package that is left out because it cannot be loaded.
    """

    physics: dict[str, type[Physics]]
    forms: dict[str, type[PropertyForm]]
    data: tuple[Path, ...]
    distributions: dict[str, str]
    data_origins: dict[Path, str] = field(default_factory=dict)
    broken: tuple[str, ...] = ()
    reductions: dict[str, type[Reduction]] = field(default_factory=dict)

    def find(self, name: str) -> type[Physics] | None:
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
        """Return the distribution, with version, that a physics came from."""
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


@dataclass
class _Package:
    """What one distribution offers under one entry point."""

    distribution: str
    physics: list[type[Physics]] = field(default_factory=list)
    forms: list[type[PropertyForm]] = field(default_factory=list)
    reductions: list[type[Reduction]] = field(default_factory=list)
    data: list[Path] = field(default_factory=list)

    @classmethod
    def load(cls, point: EntryPoint, distribution: str) -> _Package:
        """Import a package and ask its hooks, all of them its own code: whatever goes wrong there is raised."""
        manager = pluggy.PluginManager(ENTRY_POINT)
        manager.add_hookspecs(Hooks)
        manager.register(point.load())
        manager.check_pending()
        found, hook = cls(distribution), manager.hook
        for offered in hook.trona_physics():
            found.physics += _classes(offered, Physics, "trona_physics")
        for offered in hook.trona_property_forms():
            found.forms += _classes(offered, PropertyForm, "trona_property_forms")
        for offered in hook.trona_reductions():
            found.reductions += _classes(offered, Reduction, "trona_reductions")
        for implementation in hook.trona_data.get_hookimpls():
            folder = implementation.function()
            if not isinstance(folder, str | Path) or not Path(folder).is_dir():
                raise TypeError(f"trona_data returns {folder!r}, which is no folder")
            found.data.append(Path(folder))
        return found


def _classes(offered: Any, base: type[Any], hook: str) -> list[Any]:
    found = list(offered)
    for each in found:
        name = getattr(each, "name", "")
        if not (isinstance(each, type) and issubclass(each, base) and isinstance(name, str) and name):
            shown = each.__name__ if isinstance(each, type) else repr(each)
            raise TypeError(f"{hook} offers {shown}, which is no subclass of {base.__name__} with a name")
    return found


def _packages(broken: list[str]) -> Iterator[_Package]:
    """Load every package with the entry point; what cannot be loaded is left out, and told in `broken`."""
    for point in sorted(entry_points(group=ENTRY_POINT), key=lambda p: (p.dist.name if p.dist else "", p.name)):
        origin = f"{point.dist.metadata['Name']} {point.dist.version}" if point.dist else point.value
        try:
            yield _Package.load(point, origin)
        except (Exception, SystemExit) as error:
            where = f" ({place})" if (place := culprit(error)) else ""
            cause = f"{say(error)}{where}"
            broken.append(f"the plugin package {origin} is left out, for it cannot be loaded: {cause}")


@cache
def registry() -> Registry:
    """Load every plugin package registered under the entry point group 'trona'.

    A package that cannot be loaded is left out; `broken` says so. Raises TronaError when two take one name.
    """
    physics: dict[str, type[Physics]] = {}
    forms: dict[str, type[PropertyForm]] = {}
    reductions: dict[str, type[Reduction]] = {}
    origin: dict[str, str] = {}
    data: dict[Path, str] = {}
    broken: list[str] = []
    for package in _packages(broken):
        offers: tuple[tuple[Any, dict[str, Any]], ...] = (
            (package.physics, physics),
            (package.forms, forms),
            (package.reductions, reductions),
        )
        for offered, table in offers:
            for cls in offered:
                if cls.name in origin:
                    raise TronaError(
                        f"{package.distribution} and {origin[cls.name]} both offer '{cls.name}'; uninstall one"
                    )
                table[cls.name] = cls
                origin[cls.name] = package.distribution
        data.update(dict.fromkeys(package.data, package.distribution))
    return Registry(
        dict(sorted(physics.items())),
        dict(sorted(forms.items())),
        tuple(sorted(data)),
        origin,
        data,
        tuple(broken),
        dict(sorted(reductions.items())),
    )
