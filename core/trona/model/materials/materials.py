"""Materials: named properties per block, read from YAML files with value, unit, source and uncertainty."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from trona.deck import Node, load_yaml
from trona.deck.files import YAML, read_text
from trona.deck.options import collect
from trona.errors import DeckError, UserError, hint
from trona.model.materials.material import Material
from trona.model.packages import choose, find_files
from trona.model.sections import entries_of

if TYPE_CHECKING:
    from pathlib import Path

    from trona.model.composition import Composition
    from trona.model.registry import Registry


def read_materials(node: Node | None, model: Composition) -> dict[str, Material]:
    """Read the deck's `materials`: a material's name, or {use: NAME, PROPERTY: VALUE, ...}, per block."""

    files: dict[str, tuple[str, dict[str, Node]]] = {}

    def read(block: str, entry: Node) -> Material:
        if block not in model.mesh.blocks:
            assert node is not None
            raise DeckError(f"no block '{block}'{hint(block, model.mesh.blocks)}", node.key(block))
        use, own = _used_and_own(entry)
        name = use.string() if use else block
        if use and name not in files:  # each is read once, for however many blocks
            files[name] = _find(name, use, model.deck.folder, model.registry)
        file, properties = files[name] if use else ("", {})
        return Material(name, block, {**properties, **own}, entry.location, file, frozenset(own))

    found = collect(partial(read, block, entry) for block, entry in entries_of(node).items())
    return {material.block: material for material in found}


def _used_and_own(entry: Node) -> tuple[Node | None, dict[str, Node]]:
    """Return the name of the material that a block uses, if any, and the properties that the deck itself gives."""
    if isinstance(entry.value, str):
        return entry, {}
    if not isinstance(entry.value, dict):
        raise entry.error(f"expected the name of a material or a mapping of properties, got {entry.kind}")
    own = dict(entry.value)
    return own.pop("use", None), own


def properties_of(entry: Node, folder: Path, registry: Registry) -> dict[str, Node]:
    """Return all properties of a block, those of its material among them, without a model.

    entry: what the deck says of the block. Raises DeckError for a material that cannot be found or read.
    """
    use, own = _used_and_own(entry)
    return {**(_find(use.string(), use, folder, registry)[1] if use else {}), **own}


def material_folders(folder: Path, data: tuple[Path, ...]) -> list[Path]:
    """Return where material files are looked for, first match wins: beside the deck, then in plugin packages."""
    return [folder, folder / "materials", *(d / "materials" for d in data)]


def _find(name: str, use: Node, folder: Path, registry: Registry) -> tuple[str, dict[str, Node]]:
    if {"/", "\\"} & set(name):
        raise use.error(f"a material is given by its name, not by a path, got {use.kind}")
    found = find_files(registry, folder, name)
    home = next((registry.data_origins.get(d, "") for d in registry.data if d in folder.parents), "")
    try:
        path = choose("material", name, found, home)
    except UserError as error:
        raise DeckError(str(error), use.location) from None
    if path is not None:
        root = load_yaml(path, use.location)
        section = root.mapping().get("properties")
        if section is None:
            raise UserError(f"{path}: a material file needs a mapping 'properties'")
        return str(path), dict(section.mapping())
    folders = material_folders(folder, registry.data)
    names = sorted({p.stem for place in folders if place.is_dir() for p in place.glob("*.yaml") if is_material(p)})
    raise DeckError(f"no material '{name}'{hint(name, names)}", use.location)


def is_material(path: Path) -> bool:
    """Whether a YAML file looks like a material, as a deck beside it does not."""
    try:
        return "properties:" in read_text(path, "deck", YAML)
    except UserError:
        return False
