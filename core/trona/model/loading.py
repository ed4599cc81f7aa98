"""Finding plugins: built-in and third-party ones are loaded through the same entry point."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import pluggy

from trona.errors import TronaError
from trona.model.checks.faults import culprit, say
from trona.model.output_kind import OutputKind
from trona.model.physics import Physics, PropertyForm
from trona.model.reduction import Reduction
from trona.model.registry import Registry, kind_key

ENTRY_POINT = "trona"
API = (1, 11)
"""The version of `trona.plugin`: the first number changes when something goes, the second when something comes."""
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
        """Return further ways to make one number from an expression."""
        raise NotImplementedError

    @hookspec
    def trona_output_kinds(self) -> list[type[OutputKind]]:
        """Return further kinds of outputs that decks may add."""
        raise NotImplementedError

    @hookspec
    def trona_api(self) -> str:
        """Return the version of `trona.plugin` that this package is written for, such as '1.0'."""
        raise NotImplementedError

    @hookspec
    def trona_data(self) -> Path:
        """Return a folder that may hold `materials/*.yaml`, `properties.yaml`, `constants.yaml`, `references.bib`."""
        raise NotImplementedError


@dataclass
class _Package:
    """The plugins that one distribution offers under one entry point."""

    distribution: str
    physics: list[type[Physics]] = field(default_factory=list)
    forms: list[type[PropertyForm]] = field(default_factory=list)
    reductions: list[type[Reduction]] = field(default_factory=list)
    output_kinds: list[type[OutputKind]] = field(default_factory=list)
    data: list[Path] = field(default_factory=list)

    @classmethod
    def load(cls, point: EntryPoint, distribution: str) -> _Package:
        """Import a package and ask its hooks, all of them its own code: whatever goes wrong there is raised."""
        manager = pluggy.PluginManager(ENTRY_POINT)
        manager.add_hookspecs(Hooks)
        manager.register(point.load())
        manager.check_pending()
        found, hook = cls(distribution), manager.hook
        for asked in hook.trona_api():
            check_api(asked)
        for offered in hook.trona_physics():
            found.physics += _classes(offered, Physics, "trona_physics")
        for offered in hook.trona_property_forms():
            found.forms += _classes(offered, PropertyForm, "trona_property_forms")
        for offered in hook.trona_reductions():
            found.reductions += _classes(offered, Reduction, "trona_reductions")
        for offered in hook.trona_output_kinds():
            found.output_kinds += _classes(offered, OutputKind, "trona_output_kinds")
        for implementation in hook.trona_data.get_hookimpls():
            folder = implementation.function()
            if not isinstance(folder, str | Path) or not Path(folder).is_dir():
                raise TypeError(f"trona_data returns {folder!r}, which is not a folder")
            found.data.append(Path(folder))
        return found


def check_api(asked: object) -> None:
    """Raise TronaError if a package is written for another version of `trona.plugin`."""
    parts = asked.split(".") if isinstance(asked, str) else []
    if len(parts) != 2 or not all(part.isdigit() for part in parts):
        raise TronaError(f"trona_api returns {asked!r}, but a version is written '{API[0]}.{API[1]}'")
    major, minor = map(int, parts)
    if major != API[0] or minor > API[1]:
        raise TronaError(f"it is written for version {asked} of trona.plugin, but this is {API[0]}.{API[1]}")


def _classes(offered: Any, base: type[Any], hook: str) -> list[Any]:
    found = list(offered)
    for each in found:
        name = getattr(each, "name", "")
        if not (isinstance(each, type) and issubclass(each, base) and isinstance(name, str) and name):
            shown = each.__name__ if isinstance(each, type) else repr(each)
            raise TypeError(f"{hook} offers {shown}, which is not a subclass of {base.__name__} with a name")
    return found


def _packages(broken: list[str]) -> Iterator[_Package]:
    """Load every package with the entry point; one that cannot be loaded is left out and listed in `broken`."""
    for point in sorted(entry_points(group=ENTRY_POINT), key=lambda p: (p.dist.name if p.dist else "", p.name)):
        origin = f"{point.dist.metadata['Name']} {point.dist.version}" if point.dist else point.value
        try:
            yield _Package.load(point, origin)
        except (Exception, SystemExit) as error:
            where = f" ({place})" if (place := culprit(error)) else ""
            cause = f"{say(error)}{where}"
            broken.append(f"the plugin package {origin} cannot be loaded and is left out: {cause}")


@cache
def registry() -> Registry:
    """Load every plugin package registered under the entry point group 'trona'.

    A package that cannot be loaded is left out; `broken` says so. Raises TronaError if two packages use the same name.
    """
    physics: dict[str, type[Physics]] = {}
    forms: dict[str, type[PropertyForm]] = {}
    reductions: dict[str, type[Reduction]] = {}
    output_kinds: dict[str, type[OutputKind]] = {}
    origin: dict[str, str] = {}
    data: dict[Path, str] = {}
    broken: list[str] = []
    for package in _packages(broken):
        offers: tuple[tuple[Any, dict[str, Any]], ...] = (
            (package.physics, physics),
            (package.forms, forms),
            (package.reductions, reductions),
            (package.output_kinds, output_kinds),
        )
        for offered, table in offers:
            for cls in offered:
                key = kind_key(cls.name) if table is output_kinds else cls.name
                if key in origin:
                    raise TronaError(f"{package.distribution} and {origin[key]} both offer '{key}'; uninstall one")
                table[cls.name] = cls
                origin[key] = package.distribution
        data.update(dict.fromkeys(package.data, package.distribution))
    return Registry(
        dict(sorted(physics.items())),
        dict(sorted(forms.items())),
        tuple(sorted(data)),
        origin,
        data,
        tuple(broken),
        dict(sorted(reductions.items())),
        dict(sorted(output_kinds.items())),
    )
