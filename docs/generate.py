"""Writes docs/reference/*.md from the code: what is installed is what the reference says.

python docs/generate.py [FOLDER]
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import rooms

from trona.deck import SECTIONS, Option, load_yaml
from trona.deck.tokens import CONSTANTS, FUNCTIONS
from trona.model import Registry, registry
from trona.model.loading import Hooks
from trona.model.materials.library import library, property_names
from trona.model.materials.property_text import Written
from trona.plugin import (
    Account,
    Balance,
    BoundaryLaw,
    Contribution,
    Curve,
    CurveData,
    Entry,
    Field,
    Flow,
    InterfaceLaw,
    ModelView,
    Monitor,
    Numbers,
    OnRegion,
    OutputKind,
    Over,
    Physics,
    Points,
    Profile,
    PropertyForm,
    Reduction,
    Sum,
    Trace,
)
from trona.settings.sections import SECTIONS as SECTION_CLASSES
from trona.settings.sections import mappings
from trona.units import Unit

HEAD = "<!-- made from the code by docs/generate.py -->\n"


def pages() -> Iterator[tuple[str, str]]:
    """Yield file name and text of every page, and of the picture of the rooms."""
    found = registry()
    yield "physics.md", physics_page(found)
    yield "sections.md", sections_page(found)
    yield "properties.md", properties_page(found)
    yield "materials.md", materials_page(found)
    yield "plugin-api.md", api_page()
    yield "rooms.md", rooms_page()
    yield "rooms.svg", rooms.picture()


def physics_page(found: Registry) -> str:
    parts = ["# Physics", "All installed physics, with their strong forms, options, units and defaults."]
    rows = [(f"[`{name}`](#{name})", summary(cls)) for name, cls in found.physics.items()]
    parts.append(table(("name", "meaning"), rows))
    for name, cls in found.physics.items():
        parts += [f"## {name}", f"From {found.origin(name).rsplit(' ', 1)[0]}.", docstring(cls)]
        if cls.requires:
            parts.append("Requires: " + ", ".join(map(need, cls.requires)) + ".")
        if cls.uses:
            parts.append("Uses, if present: " + ", ".join(map(need, cls.uses)) + ".")
        if cls.feeds:
            parts.append("Feeds: " + ", ".join(map(need, cls.feeds)) + ".")
        parts += [declared(d, cls.condition_of(d)) for d in cls.provides]
        options = cls.declared_options()
        parts.append(options_table(options) if options else "It has no options.")
    return page(parts)


def rooms_page() -> str:
    """Return the page that shows which room of the core imports which."""
    what = "A staircase of rooms, with a dot for each import of an earlier room and none of a later one"
    return page(
        [
            "# Rooms of the code",
            "The folders of the code are called *rooms* ([Architecture](../architecture.md)). The row of a room has a "
            "dot under each room that it imports; the area of the dot grows with the number of imports, including "
            "those for annotations. There is nothing above the diagonal, because no room imports a later one.",
            f"![{what}](rooms.svg)",
        ]
    )


def need(asked: Any) -> str:
    """Return what a plugin requires or uses, in a few words."""
    return f"{getattr(asked, 'kind', 'sum')} `{asked.name}`"


def declared(declaration: Field | Balance, condition: str = "") -> str:
    """Return a line on what a physics provides, and when."""
    condition = f", {condition}" if condition else ""
    if isinstance(declaration, Field):
        kind = {"volume": "field", "surface": "surface field", "global": "global number"}[declaration.kind]
        return f"Provides the {kind} `{declaration.name}` [{declaration.unit}]{condition}: {declaration.text}."
    text = f"Provides the balance `{declaration.name}` [{declaration.unit}] of `{declaration.field}`{condition}: "
    text += f"{declaration.text}."
    if declaration.inflow:
        unit = Unit.parse(declaration.unit) * Unit.parse("m")
        text += f" Boundary condition `{declaration.inflow}` [{unit}]: {declaration.inflow_text}."
    return text


def sections_page(found: Registry) -> str:
    parts = [
        "# Sections and expressions",
        "The sections of a deck: "
        + ", ".join(f"`{s}`" for s in SECTIONS)
        + ". Only `mesh` and `physics` are required. "
        "[Write a deck](../deck.md) shows how they are used.",
    ]
    for cls in SECTION_CLASSES:
        parts += [f"## {cls.name}", inspect.getdoc(cls) or "", options_table(cls.options())]
        if (others := cls.others()) is not None:
            parts.append(f"Any other key ({others.kind}): {others.text}.")
    for name, option in mappings(found).items():
        parts += [f"## {name}", f"{option.text[0].upper()}{option.text[1:]}."]
    names = [f"`{f}`" for f in (*FUNCTIONS, *CONSTANTS)]
    parts += [
        "## Expressions",
        "The operators are `+ - * / ^` (also `**`), comparisons `< <= > >=`, `and`, `or` and `not`; the functions and "
        "constants are " + ", ".join(names) + ".",
        "## Reductions",
        table(("reduction", "meaning"), [(f"`{name}`", cls.text()) for name, cls in found.reductions.items()]),
    ]
    parts += [options_table(options) for r in found.reductions.values() if (options := r.declared_options())]
    parts += ["## Kinds of outputs", "An entry of `outputs.extra` is of the kind whose name is one of its keys."]
    for name, kind in found.output_kinds.items():
        parts += [f"### {name}", kind.text(), options_table(kind.declared_options())]
    return page(parts)


def properties_page(found: Registry) -> str:
    parts = [
        "# Material properties",
        "The common property names, the property forms besides `value`, `expression` and `table`, and the "
        "physical constants that plugins use. [Materials](materials.md) lists the values.",
        "## Names",
        "The units are in SI; a file may use any unit of the same dimension. `trona materials` questions values "
        "outside the plausible range.",
    ]
    names = property_names(found).values()
    head = ("property", "unit", "plausible", "meaning")
    parts.append(table(head, [(f"`{n.name}`", str(n.unit), f"{n.low:g} to {n.high:g}", n.text) for n in names]))
    for name, form in found.forms.items():
        parts += [f"## {name}", docstring(form), options_table(form.declared_options())]
    rows = []
    for folder in found.data:
        path = folder / "constants.yaml"
        if path.is_file():
            entries = load_yaml(path).plain().items()
            rows += [(f"`{name}`", str(entry["value"]), str(entry.get("source", ""))) for name, entry in entries]
    return page([*parts, "## Constants", table(("constant", "value", "source"), rows)])


def materials_page(found: Registry) -> str:
    """Return every material of the installed packages: each property with value, range and source."""
    parts = [
        "# Materials",
        "The materials of the installed packages. An **assumed** value has no published source that we know of: "
        "vary it in a sweep. [Materials and their sources](../materials.md) explains how to read and write such files.",
    ]
    shelf = [m for m in library(found, Path(__file__).parent / "reference").values() if m.origin]
    rows = [(f"[`{m.name}`](#{m.name})", str(len(m.properties)), m.text) for m in shelf]
    parts.append(table(("material", "properties", "description"), rows))
    for material in shelf:
        text = f"{material.text}. From {material.origin.rsplit(' ', 1)[0]}."
        rows = [property_row(name, text) for name, text in material.written.items()]
        parts += [f"## {material.name}", text, table(("property", "value", "valid", "source"), rows)]
    return page(parts)


def property_row(name: str, text: Written) -> tuple[str, ...]:
    """Return name, value with uncertainty, range and source of a property."""
    at = ", ".join(f"{field} = {value}" for field, value in text.at.items())
    value = f"{text.value} (at {at} in a deck without this field)" if at else text.value
    within = "within a " if text.uncertainty.startswith("factor") else "± "
    spread = f", {within}{text.uncertainty}" if text.uncertainty else ""
    source = f"**assumed**: {text.source}" if text.assumption else text.source
    return f"`{name}`", f"{value}{spread}", text.range, f"{source}; {text.text}" if text.text else source


PUBLIC: tuple[Any, ...] = (
    Physics,
    PropertyForm,
    Contribution,
    Account,
    InterfaceLaw,
    Trace,
    BoundaryLaw,
    ModelView,
    Field,
    Balance,
    Sum,
    Monitor,
    Reduction,
    Over,
    OutputKind,
    Entry,
    OnRegion,
    Points,
    Profile,
    Flow,
    Numbers,
    Curve,
    CurveData,
)
"""The classes that a plugin is written with."""


def api_page() -> str:
    parts = [
        "# Plugin interface",
        "A plugin imports these names from `trona.plugin`. [Write a plugin](../plugins.md) explains them by example.",
        "## Hooks",
        "Hooks are functions of a plugin package, marked with `@hookimpl`.",
        table(("hook", "returns", "meaning"), [(f"`{n}`", f"`{returns(f)}`", doc(f)) for n, f in public(Hooks)]),
    ]
    for cls in PUBLIC:
        parts += [f"## {cls.__name__}", inspect.cleandoc(cls.__doc__ or "")]
        rows = [(f"`{signature(name, member)}`", doc(member)) for name, member in public(cls) if doc(member)]
        if rows:
            parts.append(table(("member", "meaning"), rows))
    import trona.deck.kinds as kinds

    options = [getattr(kinds, name) for name in sorted(vars(kinds)) if is_option(getattr(kinds, name), kinds)]
    rows = [(f"`{signature(o.__name__, o)}`", doc(o)) for o in options]
    return page([*parts, "## Options", table(("option", "meaning"), rows)])


def is_option(thing: Any, module: Any) -> bool:
    own = inspect.isclass(thing) and thing.__module__ == module.__name__
    return own and issubclass(thing, Option) and not thing.__name__.startswith("_")


def public(cls: type) -> list[tuple[str, Any]]:
    """Return the public methods and properties that a class itself defines, in order."""
    return [
        (name, member)
        for name, member in vars(cls).items()
        if not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, property))
    ]


def signature(name: str, member: Any) -> str:
    """Return a call as it is written: names of arguments and defaults, no types."""
    if isinstance(member, property):
        return name
    arguments = [p for p in inspect.signature(member).parameters.values() if p.name != "self"]
    shown, keywords = [], False
    for p in arguments:
        if p.kind is p.KEYWORD_ONLY and not keywords:
            shown.append("*")
            keywords = True
        shown.append(p.name if p.default is p.empty else f"{p.name}={p.default!r}")
    return f"{name}({', '.join(shown)})"


def returns(member: Any) -> str:
    return str(inspect.signature(member).return_annotation)


def options_table(options: Mapping[str, Option[Any]]) -> str:
    rows = []
    for name, option in options.items():
        default = "**required**" if option.required else f"`{option.default}`" if option.default else ""
        rows.append((f"`{name}`", option.kind, default, option.text))
    return table(("option", "value", "default", "meaning"), rows)


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *([cell(c) for c in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def summary(cls: type) -> str:
    """Return the first paragraph of a docstring; `<x>` in a formula is no tag of HTML."""
    return " ".join((inspect.getdoc(cls) or "").split("\n\n")[0].split()).replace("<", "&lt;")


def doc(member: Any) -> str:
    return " ".join((inspect.getdoc(member) or "").split())


def docstring(cls: type) -> str:
    """Return a docstring: its first paragraph with the formula set, and the rest as it stands, which is no Markdown."""
    first, _, rest = (inspect.getdoc(cls) or "").partition("\n\n")
    what, colon, formula = " ".join(first.split()).partition(": ")
    if not colon or not any(sign in formula for sign in ("=", "exp(", "ln(", "^")):
        return f"```text\n{inspect.getdoc(cls)}\n```"
    # Several equations stand on a line each.
    lines = re.split(r",? with (?=\S+ =)|, (?=(?:and )?[\w\s.'*/-]+ = )", formula.removesuffix("."))
    lines = [line.removeprefix("and ") for line in lines]
    return "\n\n".join([f"{what}:", "```formula\n" + "\n".join(lines) + "\n```", f"```text\n{rest}\n```"])


def page(parts: Iterable[str]) -> str:
    return HEAD + "\n\n".join(p for p in parts if p) + "\n"


def main(folder: Path) -> None:
    """Write all pages to a folder, and remove pages that are no longer made."""
    folder.mkdir(parents=True, exist_ok=True)
    made = dict(pages())
    for old in folder.iterdir():
        if old.name not in made and old.is_file():  # a folder holds what others make
            old.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "reference")
