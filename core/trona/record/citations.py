"""The works to cite for a run, of its plugins and of its software, as BibTeX."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from trona.errors import UserError, nearest

# Keys in software.bib by name of the software.
SOFTWARE: dict[str, tuple[str, ...]] = {
    "firedrake": ("FiredrakeUserManual",),
    "petsc": ("petsc-user-ref", "Dalcin2011"),
    "mumps": ("Amestoy2001", "Amestoy2019"),
    "ufl": ("Alnaes2014",),
    "tsfc": ("Homolya2018",),
    "gmsh": ("Geuzaine2009",),
    "meshio": ("meshio",),
}


def entries(text: str) -> dict[str, str]:
    """The BibTeX entries in `text` by key, unchanged.

    Raises UserError for an entry without a key or without its closing brace.
    """
    found = {}
    position = 0
    while match := re.compile(r"@\s*(\w+)\s*\{").search(text, position):
        position = _closing(text, match.end())
        if match.group(1).lower() in ("comment", "string", "preamble"):
            continue
        entry = text[match.start() : position]
        key = re.match(r"\s*([^\s,{}=]+)\s*,", text[match.end() : position])
        if key is None:
            raise UserError(f"BibTeX entry without a key: {entry[:60]!r}")
        found[key.group(1)] = entry.strip()
    return found


def collect(citations: Iterable[str], software: Iterable[str] = ()) -> list[str]:
    """The entries to cite, each key once, in the order of the keys.

    `citations` are BibTeX texts, or keys of entries in the other texts or in software.bib; `software` are
    names in SOFTWARE. If several texts have the same key, the first in alphabetical order is taken, so that the
    order of the plugins does not matter. Raises UserError for a key without an entry.
    """
    keys: set[str] = set()
    given: dict[str, str] = {}
    for citation in citations:
        if "@" not in citation:
            keys.add(citation.strip())
            continue
        for key, entry in entries(citation).items():
            given[key] = min(entry, given.get(key, entry))
    keys.update(given)
    for name in software:
        if name not in SOFTWARE:
            raise UserError(f"citations: no entry for the software '{name}'{nearest(name, SOFTWARE)}")
        keys.update(SOFTWARE[name])
    known = _software_entries() | given
    for key in sorted(keys - known.keys()):
        raise UserError(f"citations: no BibTeX entry with the key '{key}'{nearest(key, known)}")
    return [known[key] for key in sorted(keys, key=lambda key: (key.casefold(), key))]


@cache
def _software_entries() -> dict[str, str]:
    return entries(files(__package__).joinpath("software.bib").read_text(encoding="utf-8"))


def _closing(text: str, position: int) -> int:
    depth = 1
    for match in re.compile(r"\\.|[{}]", re.DOTALL).finditer(text, position):
        depth += {"{": 1, "}": -1}.get(match.group(), 0)
        if depth == 0:
            return match.end()
    raise UserError(f"BibTeX entry without a closing brace: {text[position : position + 60]!r}")
