"""Finding plugins: built-ins and strangers come through the same entry point."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pluggy
from trona.errors import TronaError, nearest
from trona.model.declare import FieldDeclaration
from trona.model.physics import Physics, PropertyForm

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
    def trona_data(self) -> Path:
        """Return a folder that may hold `materials/*.yaml`, `properties.yaml`, `constants.yaml`, `references.bib`."""
        raise NotImplementedError


@dataclass(frozen=True)
class Registry:
    """All installed physics and property forms by name, and the data folders, each with its distribution."""

    physics: dict[str, type[Physics]]
    forms: dict[str, type[PropertyForm]]
    data: tuple[Path, ...]
    distributions: dict[str, str]
    data_origins: dict[Path, str] = field(default_factory=dict)

    def find(self, name: str) -> type[Physics] | None:
        return self.physics.get(name)

    def declared_field(self, name: str) -> FieldDeclaration | None:
        """Return the declaration of a field by any installed physics, None if there is none."""
        declared = (d for cls in self.physics.values() for d in cls.provides)
        return next((d for d in declared if isinstance(d, FieldDeclaration) and d.name == name), None)

    def origin(self, name: str) -> str:
        """Return the distribution, with version, that a physics came from."""
        return self.distributions.get(name, "unknown distribution")

    def no_such(self, name: str) -> str:
        """Return the message for an unknown physics name."""
        hint = nearest(name, self.physics)
        if hint:
            close = hint.rsplit(" ", 1)[-1]
            hint = f"{hint} ({self.origin(close)})"
        return f"no such plugin{hint}"


@cache
def registry() -> Registry:
    """Load every plugin package registered under the entry point group 'trona'.

    Raises TronaError when a package cannot be imported, offers an unknown hook, or takes a name in use.
    """
    manager = pluggy.PluginManager(ENTRY_POINT)
    manager.add_hookspecs(Hooks)
    try:
        manager.load_setuptools_entrypoints(ENTRY_POINT)
        manager.check_pending()
    except Exception as error:
        raise TronaError(f"a plugin package cannot be loaded: {error}") from error
    distributions = {
        id(plugin): f"{dist.metadata['name']} {dist.version}"
        for plugin, dist in manager.list_plugin_distinfo()
    }
    physics: dict[str, Any] = {}
    forms: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for hook, table in ((manager.hook.trona_physics, physics), (manager.hook.trona_property_forms, forms)):
        for implementation in hook.get_hookimpls():
            source = distributions.get(id(implementation.plugin), implementation.plugin_name)
            offered: Any = implementation.function()
            for cls in offered:
                if cls.name in table:
                    raise TronaError(
                        f"{source} and {origin[cls.name]} both offer '{cls.name}'; uninstall one"
                    )
                table[cls.name] = cls
                origin[cls.name] = source
    data: dict[Path, str] = {
        Path(str(implementation.function())): distributions.get(
            id(implementation.plugin), implementation.plugin_name
        )
        for implementation in manager.hook.trona_data.get_hookimpls()
    }
    return Registry(
        dict(sorted(physics.items())), dict(sorted(forms.items())), tuple(sorted(data)), origin, data
    )
