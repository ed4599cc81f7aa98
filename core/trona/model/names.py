"""Names of what plugins add: where a plugin stands several times in a deck, each carries its region.

Where it stands several times in one region, each carries the text too that tells it apart there.
They depend on how often a plugin stands in the deck, and on nothing else: not on order, and not on other options.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trona.model.declare import Sum


def labelled(region: str, label: str) -> str:
    """Return the region that names carry, with what tells several in it apart."""
    return f"{region}, {label}" if label else region


class Names:
    """Which plugins stand in a deck more than once, which names their classes provide, and which sums they feed.

    standing: each plugin with the region that it acts in. feeding: each sum that a plugin of the deck feeds, with the
    key of the interface or boundary that it acts at.
    added: the names in the model of what plugins add, by the plain name and the place.
    """

    def __init__(
        self,
        standing: Iterable[tuple[str, str]] = (),
        provided: Iterable[str] = (),
        feeding: Iterable[tuple[Sum, str]] = (),
    ) -> None:
        self._together = Counter(standing)
        self._standing = Counter(plugin for plugin, _ in self._together.elements())
        self._provided, self._feeding = frozenset(provided), frozenset(feeding)
        self.added: dict[tuple[str, str], str] = {}

    def several(self, plugin: str) -> bool:
        """Whether a plugin stands in the deck more than once."""
        return self._standing[plugin] > 1

    def feeds(self, declared: Sum, at: str | None = None) -> bool:
        """Whether a plugin feeds a sum; with `at`, one that acts at the interface or boundary of this key."""
        return any(each is declared and at in (None, where) for each, where in self._feeding)

    def of(self, plugin: str, region: str, key: str = "", label: str = "") -> OwnNames:
        """Return the names for what a plugin adds that acts in a region; key: of an interface or boundary.

        label: what tells it apart from others in the same region, if there are any.
        """
        label = label if self._together[plugin, region] > 1 else ""
        return OwnNames(region, self.several(plugin), self._provided, key, self.added, label)


class OwnNames:
    """The names in the model of what one use of a plugin adds; it goes on to use the plain ones."""

    def __init__(
        self,
        region: str = "",
        several: bool = False,
        provided: frozenset[str] = frozenset(),
        key: str = "",
        added: dict[tuple[str, str], str] | None = None,
        label: str = "",
    ) -> None:
        self.label = label
        self.region, self._several, self._provided, self._place = region, several, provided, key or region
        self._own: dict[str, str] = {}
        self._added = {} if added is None else added

    def make(self, name: str, region: str = "") -> str:
        """Return the name in the model of something that is added under this name.

        region: where it lives; by default where the plugin acts.
        """
        region = region or self.region
        end = f" ({labelled(region, self.label)})"
        carries = (self._several or name in self._provided) and region and not name.endswith(end)
        self._own[name] = f"{name}{end}" if carries else name
        if region and not self.label:  # of several in one place, others cannot mean one
            self._added[name, self._place if region == self.region else region] = self._own[name]
        return self._own[name]

    def find(self, name: str) -> str:
        """Return the name in the model of what the plugin knows by this name.

        That is its own, or what another plugin adds where this one acts.
        """
        return self._own.get(name) or self._added.get((name, self._place), name)
