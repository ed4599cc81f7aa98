"""Composition with built-in physics: each must compose with the example deck or be refused with a message."""

from __future__ import annotations

import copy
import re
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

from trona.conformance.example import example_decks
from trona.conformance.proof import Failed, NotApplicable, Proof
from trona.conformance.subject import Subject
from trona.deck import Blocks, BoundaryOption, Deck, InterfaceOption, Option, load_yaml
from trona.errors import UserError
from trona.model.loading import ENTRY_POINT

if TYPE_CHECKING:
    from trona.conformance.example import Example
    from trona.mesh import MeshData
    from trona.model import Registry

_SHARED = ("boundaries", "initial", "given")
"""Sections whose entries are copied with the other physics."""


def together_proofs(example: Example) -> list[Proof]:
    """Return one proof for each built-in physics except the plugin itself and those in its example deck."""
    subject = example.subject
    others = [
        name
        for name in subject.registry.physics
        if name != subject.name and re.match(rf"{ENTRY_POINT} \S+$", subject.registry.origin(name))
    ]
    return [
        Proof(f"composes with {name}", partial(_together, example, name))
        for name in others
        if name not in example.plain["physics"]
    ]


def _together(example: Example, name: str) -> None:
    mesh = example.model.mesh
    decks = example_decks(Subject(name, example.subject.registry.physics[name], example.subject.registry))
    if not decks:
        raise NotApplicable(f"{name} has no example deck")
    plain = load_yaml(decks[0]).plain()
    reasons = []
    for interface, needed, sided in product(mesh.interfaces or ("",), (False, True), (False, True)):
        merged = _merged(example, plain, mesh, interface, name if needed else "", sided)
        try:
            model = example.compose(Deck.from_dict(merged, example.deck.folder, f"{example.deck.name}+{name}.yaml"))
        except UserError as error:
            reasons.append(str(error).splitlines()[0])
            continue
        except Exception as error:
            raise Failed(f"composing it with {name} raises {type(error).__name__}: {error}") from error
        if not {name, example.subject.name} <= {p.name for p in model.physics} | set(model.registry.forms):
            raise Failed(f"{name} or {example.subject.name} is lost when they are composed")
        return
    raise NotApplicable(f"refused: {reasons[0]}")


def _merged(
    example: Example, other: dict[str, Any], mesh: MeshData, interface: str, bare: str, sided: bool
) -> dict[str, Any]:
    """Return the example deck with the physics of another deck added on its blocks, boundaries and interface.

    bare: a physics of the other deck that gets its required options only.
    sided: whether physics on one side of the other deck's interface stay on that side, and conditions on boundaries of
    the same names; else physics act on all blocks, and conditions on the first boundaries.

    The entries of the example deck are kept. The other deck adds the missing physics and, for every block and
    boundary, the properties and conditions that they need.
    """
    plain = copy.deepcopy(example.plain)
    registry = example.subject.registry
    added = {n: entry for n, entry in other["physics"].items() if n not in plain["physics"]}
    sides = _sides(added, registry, interface) if sided else {}
    for name, entry in added.items():
        options = dict((entry[0] if isinstance(entry, list) else entry) or {})
        declared = registry.physics[name].declared_options().values()
        given = [option for option in declared if option.name in options and (option.required or name != bare)]
        values = {option.name: _moved(option, options[option.name], mesh, interface, sides) for option in given}
        plain["physics"][name] = values
    provided = {d.name for name in added for d in registry.physics[name].provides}
    inflows = {getattr(d, "inflow", "") for name in added for d in registry.physics[name].provides}
    plain["materials"] = _materials(plain.get("materials") or {}, other.get("materials") or {}, mesh)
    for section in _SHARED:
        theirs = other.get(section) or {}
        if section == "boundaries":
            conditions = {
                name: {k: v for k, v in entry.items() if k in provided | inflows}
                for name, entry in theirs.items()
                if "|" not in name
            }
            conditions = {name: entry for name, entry in conditions.items() if entry}
            same = sided and conditions.keys() <= {*mesh.boundaries}
            for name, new in zip(conditions if same else mesh.boundaries, conditions.values(), strict=False):
                boundaries = plain.setdefault(section, None) or {}
                boundaries[name] = {**new, **(boundaries.get(name) or {})}
                plain[section] = boundaries
        else:
            new = {k: v for k, v in theirs.items() if k in provided or section == "given"}
            new = {k: v for k, v in new.items() if k not in example.model.fields}
            if new:
                plain[section] = {**new, **(plain.get(section) or {})}
    return plain


def _moved(option: Option[Any], value: Any, mesh: MeshData, interface: str, sides: dict[str, str]) -> Any:
    """Return the value of an option for the regions of this deck."""
    if isinstance(option, Blocks):
        blocks = [sides[b] for b in ([value] if isinstance(value, str) else value) if b in sides]
        return blocks or list(mesh.blocks)
    if isinstance(option, InterfaceOption):
        return interface
    if isinstance(option, BoundaryOption):
        # Conditions go to the first boundaries, where a law at a boundary may act on the same field.
        return next(reversed([*mesh.boundaries]), "")
    return value


def _sides(physics: dict[str, Any], registry: Registry, interface: str) -> dict[str, str]:
    """Map the blocks beside the interface of the other deck to blocks of this deck."""
    for name, entry in physics.items():
        options = (entry[0] if isinstance(entry, list) else entry) or {}
        for option in registry.physics[name].declared_options().values():
            theirs = str(options.get(option.name, ""))
            if isinstance(option, InterfaceOption) and "|" in theirs and "|" in interface:
                pair = (tuple(side.strip() for side in text.split("|")) for text in (theirs, interface))
                return dict(zip(*pair, strict=True))
    return {}


def _materials(own: dict[str, Any], other: dict[str, Any], mesh: MeshData) -> dict[str, Any]:
    """Return the material of every block, extended by properties of the other deck's materials."""
    merged: dict[str, Any] = dict(own)
    below = {key: value for material in other.values() for key, value in _properties(material).items()}
    for block in mesh.blocks if below else ():
        above = own.get(block)
        spelt = {"use": above} if isinstance(above, str) else dict(above or {})
        known = _properties(above) if above is not None else {}
        merged[block] = {**{k: v for k, v in below.items() if k not in known}, **spelt}
    return merged


def _properties(material: Any) -> dict[str, Any]:
    """Return the properties of a material in a deck as plain data."""
    from trona.model import registry

    spelt = {"use": material} if isinstance(material, str) else dict(material or {})
    found: dict[str, Any] = {}
    if name := spelt.pop("use", None):
        for folder in registry().data:
            path = folder / "materials" / f"{name}.yaml"
            if path.is_file():
                found = load_yaml(path).mapping()["properties"].plain()
    return {**found, **spelt}
