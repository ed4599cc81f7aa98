"""Random parameters that are properties of materials, with the uncertainties that the materials state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trona.deck import Deck, Node
from trona.deck.measure import measure
from trona.deck.options import OptionValues
from trona.deck.override import parse_path
from trona.errors import DeckError, hint
from trona.settings.distributions import Distribution, Uncertainty

if TYPE_CHECKING:
    from trona.errors import Location

VALUE = "value"
_ONE = "1"


def settled(deck: Deck, found: OptionValues) -> tuple[Deck, dict[str, Distribution], dict[str, tuple[str, ...]]]:
    """Return the deck, the distributions of all random parameters, and the paths of those with an uncertainty.

    A property with an uncertainty is written out in the deck, with source and all, so that a case replaces only its
    value, or the factor of a formula or a table. Raises DeckError for a property that is none, or has no uncertainty
    that can be applied to it.
    """
    random = found.values["random"]
    distributions: dict[str, Distribution] = {}
    paths: dict[str, tuple[str, ...]] = {}
    for name, spread in (random.values["of"] if random is not None else {}).items():
        if not isinstance(spread, Uncertainty):
            distributions[name] = spread
            continue
        named = (found.values["parameters"] or {}).get(name)
        places = [(n.text, n.location) for n in named] if named else [(name, spread.node.location)]
        own = []
        for text, location in places:
            deck, path, value, uncertainty = _written_out(deck, text, location)
            distribution = spread.about(value, uncertainty)
            if not _same(distributions.setdefault(name, distribution), distribution):
                raise DeckError(f"'{text}' has another value or uncertainty than '{places[0][0]}'", location)
            own.append(path)
        paths[name] = tuple(own)
    return deck, distributions, paths


def _same(one: Distribution, other: Distribution) -> bool:
    import numpy as np

    shares = np.array([0.25, 0.75])
    return [n.text for n in one.nodes(shares)] == [n.text for n in other.nodes(shares)]


def _written_out(deck: Deck, path: str, location: Location) -> tuple[Deck, str, Node, Node]:
    """Return the deck with a property written out, the path of its value, the value, and its uncertainty."""
    from trona.model.loading import registry
    from trona.model.materials.materials import properties_of
    from trona.model.materials.property_text import FACTOR

    steps = parse_path(path, location)
    if len(steps) != 3 or steps[0] != "materials" or not all(isinstance(step, str) for step in steps):
        raise DeckError(
            f"only a property has an uncertainty: expected materials.BLOCK.PROPERTY, got '{path}'", location
        )
    block, name = str(steps[1]), str(steps[2])
    materials = deck.section("materials")
    blocks = materials.mapping() if materials is not None else {}
    if block not in blocks:
        raise DeckError(f"no material of a block '{block}'{hint(block, blocks)}", location)
    properties = properties_of(blocks[block], deck.folder, registry())
    if name not in properties:
        raise DeckError(f"{block} has no property '{name}'{hint(name, properties)}", location)
    node = properties[name]
    parts = node.value if isinstance(node.value, dict) else {}
    if "uncertainty" not in parts:
        raise DeckError(f"'{path}' states no uncertainty ({node.location}); give a range or a distribution", location)
    inner, value = _value_of(parts)
    uncertainty = parts["uncertainty"]
    if value is None:  # a formula or a table: all that it gives, times one number
        if not _relative(uncertainty):
            text = "is an uncertainty of a value; that of a formula or a table is a percentage or a factor"
            raise DeckError(f"'{path}': {uncertainty.kind} {text} ({uncertainty.location})", location)
        given = parts.get(FACTOR)
        inner, value = (FACTOR,), given or Node(node.location, _ONE, _ONE, scope=node.scope)
    deck = deck.with_values({f"materials.{block}.{name}": node})
    return deck, ".".join([f"materials.{block}.{name}", *inner]), value, uncertainty


def _relative(uncertainty: Node) -> bool:
    found = measure(uncertainty)
    return uncertainty.text.startswith("factor ") or (found is not None and found.unit.text == "%")


def _value_of(parts: dict[str, Node]) -> tuple[tuple[str, ...], Node | None]:
    """Return the value of a property and its path in it: its own, or that of the form in which it is written."""
    if VALUE in parts:
        return (VALUE,), parts[VALUE]
    for key, part in parts.items():
        if isinstance(part.value, dict) and VALUE in part.value:
            return (key, VALUE), part.value[VALUE]
    return (), None
