"""Plugins written in a test, and decks of flat layers that they stand in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from trona.deck import Deck
from trona.model import Model, Physics, Registry, compose, registry
from trona.plugin import Contribution, InterfaceOption, Number, Quantity, Sum

HEAT = {"a": {"thermal_conductivity": "2 W/m/K"}, "b": {"thermal_conductivity": "3 W/m/K"}}
LAYERS: list[dict[str, str]] = [{"a": "1 m"}, {"b": "1 m"}]


def known_too(*classes: type[Physics]) -> Registry:
    """The installed plugins and some classes, as if a package `other` had brought them."""
    base = registry()
    origins = {cls.name: "other 1.0" for cls in classes}
    return replace(
        base,
        physics={**base.physics, **{cls.name: cls for cls in classes}},
        distributions={**base.distributions, **origins},
    )


def layered(physics: dict[str, Any], layers: Any = LAYERS, cells: int = 2, **sections: Any) -> Deck:
    """A deck on layers of which the bottom is held at 300 K, unless its sections say otherwise."""
    mesh = {"layers": layers, "cells": cells, **sections.pop("mesh", {})}
    sections.setdefault("materials", HEAT)
    sections.setdefault("boundaries", {"bottom": {"temperature": "300 K"}})
    return Deck.from_dict({"mesh": mesh, "physics": physics, **sections})


def asking(action: Callable[[Any, Contribution], None], sums: tuple[Sum, ...] = ()) -> type[Physics]:
    """A physics `asking` that does what `action` does with it and the model.

    sums: what it feeds and reads.
    """

    class Asking(Physics):
        """Does what a test asks for."""

        name = "asking"
        uses = feeds = sums
        interface = InterfaceOption("where, if at an interface", default=None)
        rate = Quantity("W/m^3", "what it produces", default="1 W/m^3")
        number = Number("what it counts", default="1")

        def contribute(self, model: Contribution) -> None:
            action(self, model)

    return Asking


def composed(
    action: Callable[[Any, Contribution], None], options: Any = None, sums: tuple[Sum, ...] = (), **sections: Any
) -> Model:
    """Heat in two layers, and a physics that does what `action` does."""
    cls = asking(action, sums)
    physics = {"heat": {"blocks": ["a", "b"]}, "asking": options or {}, **sections.pop("physics", {})}
    return compose(layered(physics, **sections), known_too(cls))
