"""`trona materials`: lists the available materials, describes one, or compares several."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trona.cli.ranks import Ranks
from trona.errors import UserError, hint
from trona.record.columns import columns

if TYPE_CHECKING:
    from trona.model import Registry
    from trona.model.materials.library import Conditions, MaterialFile, PropertyName


def materials(arguments: argparse.Namespace, ranks: Ranks) -> int:
    """List the materials, describe one, compare several, or list one property of all."""
    from trona.model import registry
    from trona.model.materials.library import Conditions, library, property_names

    installed = registry()
    found = library(installed, Path())
    for name in arguments.names:
        if name not in found:
            raise UserError(f"trona materials: no material '{name}'{hint(name, found)}")
    chosen = [found[name] for name in dict.fromkeys(arguments.names)]
    if not (chosen or arguments.property or arguments.json):
        if arguments.at:
            raise UserError("trona materials: --at needs the name of a material, or --property")
        ranks.out(_list(list(found.values())))
        return 0
    names = property_names(installed)
    fields = {field for m in found.values() for w in m.written.values() for field in (*w.at, *w.valid)}
    try:
        conditions = Conditions.read(arguments.at, installed, fields)
    except UserError as error:
        raise UserError(f"trona materials --at: {error}") from None
    show = _Values(names, conditions)
    if arguments.property:
        text = _property(arguments.property, chosen or list(found.values()), show)
    elif arguments.json:
        described = [_plain(m, show) for m in chosen or found.values()]
        text = json.dumps(described[0] if len(chosen) == 1 else described, indent=2, ensure_ascii=False)
    elif len(chosen) == 1:
        text = _one(chosen[0], show, installed)
    else:
        text = _side_by_side(chosen, show)
    ranks.out(text)
    return 0


class _Values:
    """Shows values as written, or at given conditions."""

    def __init__(self, names: dict[str, PropertyName], conditions: Conditions) -> None:
        self.names, self.conditions = names, conditions

    def __call__(self, material: MaterialFile, name: str) -> str:
        return self.brief(material, name) + self.beyond(material, name)

    def brief(self, material: MaterialFile, name: str) -> str:
        from trona.model.materials.library import MissingFieldError

        text = material.written[name]
        if name in self.names and self.conditions.values and text.varies:
            unit = self.names[name].unit
            try:
                return f"{self.conditions.value(material, name, unit):.6g} {unit}"
            except MissingFieldError as missing:
                return f"{text.brief}, needs {missing}"
        return text.brief

    def beyond(self, material: MaterialFile, name: str) -> str:
        """Return a warning if the conditions are outside the range of validity."""
        left = self.conditions.left(material, name)
        return f" (out of range: {', '.join(left)})" if left else ""

    def order(self, found: list[MaterialFile]) -> list[str]:
        """Return the properties of some materials, common names first."""
        here = dict.fromkeys(name for m in found for name in m.properties)
        return [*(n for n in self.names if n in here), *(n for n in here if n not in self.names)]


def _list(found: list[MaterialFile]) -> str:
    rows = []
    for m in found:
        assumed = sum(text.assumption for text in m.written.values())
        rows.append((m.name, str(len(m.properties)), str(assumed), m.origin or str(m.path), m.text))
    head = ("material", "properties", "assumed", "from", "what")
    return columns(head, rows, right=(1, 2), width=_width())


def _one(material: MaterialFile, show: _Values, registry: Registry) -> str:
    from trona.model.materials.library import remarks

    rows, notes = [], []
    for name in show.order([material]):
        text = material.written[name]
        rows.append((name, show(material, name), text.uncertainty, text.range, text.origin))
        whole = text.value if text.value != text.brief else ""
        at = f"where a deck has no such field: {', '.join(f'{n} = {v}' for n, v in text.at.items())}" if text.at else ""
        if note := "; ".join(part for part in (whole, at, text.text) if part):
            notes.append(f"  {name}: {note}")
    head = ("property", "value", "uncertainty", "valid", "source")
    title = f"{material.name}: {material.text}" if material.text else material.name
    parts = [f"{title}\n{material.path}{f' [{material.origin}]' if material.origin else ''}"]
    parts.append(columns(head, rows, width=_width()))
    parts += ["\n".join(["notes:", *notes])] if notes else []
    wrong = [f"  {remark}" for remark in remarks(material, registry)]
    parts += ["\n".join(["to check:", *wrong])] if wrong else []
    return "\n\n".join(parts)


def _side_by_side(found: list[MaterialFile], show: _Values) -> str:
    rows = []
    for name in show.order(found):
        cells = [show(m, name) + _mark(m, name) if name in m.properties else "-" for m in found]
        rows.append((name, *cells))
    return columns(("property", *(m.name for m in found)), rows)


def _property(name: str, found: list[MaterialFile], show: _Values) -> str:
    known = show.order(found)
    if name not in known:
        raise UserError(f"trona materials: no material has '{name}'{hint(name, known)}")
    rows = []
    for m in found:
        if name in m.properties:
            text = m.written[name]
            rows.append((m.name, show(m, name), text.uncertainty, text.range, text.origin))
    about = f"{name} [{show.names[name].unit}]: {show.names[name].text}\n\n" if name in show.names else ""
    return about + columns(("material", "value", "uncertainty", "valid", "source"), rows, width=_width())


def _mark(material: MaterialFile, name: str) -> str:
    return " (assumed)" if material.written[name].assumption else ""


def _plain(material: MaterialFile, show: _Values) -> dict[str, Any]:
    properties = {
        name: {**asdict(text), "value": text.value if show(material, name) == text.brief else show(material, name)}
        for name, text in material.written.items()
    }
    return {
        "name": material.name,
        "text": material.text,
        "file": str(material.path),
        "distribution": material.origin,
        "properties": properties,
    }


def _width() -> int:
    """Return the width of the terminal in characters; 0, for unwrapped lines, if the output is not a terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
