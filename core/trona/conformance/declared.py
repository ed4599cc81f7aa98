"""Proofs of the declarations of a plugin: documentation, options, fields, manual page and schema."""

from __future__ import annotations

import inspect
import io
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from functools import partial
from typing import TYPE_CHECKING

from trona.conformance.proof import Failed, Proof, fail
from trona.deck import Boolean, OptionContext, parse_expression
from trona.errors import Location, TronaError, nearest
from trona.model.declare import Field
from trona.units import Unit

if TYPE_CHECKING:
    from trona.conformance.subject import Subject

_SOURCE = "Source:"
_FORMULA = re.compile(r"[=*/^]")


def declared_proofs(subject: Subject, tried: bool) -> list[Proof]:
    """Return the proofs that need no deck; tried: whether there are example decks."""
    found = [
        Proof("documentation", partial(_documentation, subject)),
        Proof("options", partial(_options, subject)),
        Proof("provides", partial(_provides, subject)),
        Proof("manual page and schema", partial(_page, subject)),
    ]
    return found if tried else [*found, Proof("example deck", partial(_no_example, subject))]


def _no_example(subject: Subject) -> None:
    raise Failed(
        f"there is no deck on which to test {subject.name}: put one that uses it into conformance/{subject.name}.yaml "
        "in the "
        "folder that the package's hook trona_data returns, or give one with --trona-deck"
    )


def _documentation(subject: Subject) -> None:
    fail(documentation_gaps(subject))


def documentation_gaps(subject: Subject) -> Iterator[str]:
    """Yield what the docstring and the references of a plugin lack."""
    text = inspect.cleandoc(subject.cls.__dict__.get("__doc__") or "")
    if not text:
        yield "the class has no docstring; it is the manual page"
        return
    head = text.partition("\n\n")[0]
    if not ("=" in head if subject.is_physics else _FORMULA.search(head)):
        yield f"the first paragraph of the docstring has no formula; it holds the strong form, got '{head}'"
    units = list(symbol_units(text))
    if not units:
        yield "the docstring explains no symbol with its unit, as in 'T: temperature, K.'"
    for declared in getattr(subject.cls, "provides", ()):
        if isinstance(declared, Field):
            unit = _unit(declared.unit)
            if unit is not None and not any(unit.same_dimension(u) for u in units):
                yield f"the docstring explains no symbol in {declared.unit}, the unit of '{declared.name}'"
    if not re.search(rf"^\s*{_SOURCE}\s*\S", text, re.MULTILINE):
        yield f"the docstring has no line '{_SOURCE} ...' that says where the equation is from"
    if not subject.is_physics:
        return
    references = getattr(subject.cls, "references", ())
    if not references:
        yield "references is empty; it holds the BibTeX keys of the sources"
    known = _bibliography(subject)
    for key in references:
        if key not in known:
            yield f"no references.bib of any package has the key '{key}'"


def symbol_units(text: str) -> Iterator[Unit]:
    """Return the units of symbols explained as 'T: temperature, K.'; 'W/m2' and 'm2 K/W' are read as well."""
    for explained in re.findall(r"[^\W\d][\w, ]*:\s+([^:]*?)(?=[.;:]\s|[.;]?$|\.\Z)", text.replace("\n", " ")):
        for part in explained.split(",")[1:]:
            spelt = re.sub(r"(?<=[A-Za-z])(-?\d)", r"^\1", part.strip().rstrip("."))
            unit = _unit("*".join(spelt.split()))
            if unit is not None:
                yield unit


def _unit(text: str) -> Unit | None:
    try:
        return Unit.parse(text)
    except ValueError:
        return None


def _bibliography(subject: Subject) -> set[str]:
    from trona.record.citations import entries

    files = [folder / "references.bib" for folder in subject.registry.data]
    return {key for file in files if file.is_file() for key in entries(file.read_text(encoding="utf-8"))}


def _options(subject: Subject) -> None:
    problems = []
    for name, option in subject.cls.declared_options().items():
        if not option.text.strip():
            problems.append(f"option '{name}' has no text")
        unit = getattr(option, "unit_text", "")
        if unit and _unit(unit) is None:
            problems.append(f"option '{name}': '{unit}' is not a unit")
        try:
            option.read_default(Location("<default>", 1, 1, name), OptionContext())
        except TronaError as error:
            problems.append(f"option '{name}': its default cannot be read: {error}")
    fail(problems)


def _provides(subject: Subject) -> None:
    problems = []
    provides = getattr(subject.cls, "provides", ())
    for declared in provides:
        name, unit = declared.name, _unit(declared.unit)
        if unit is None:
            problems.append(f"'{name}': '{declared.unit}' is not a unit")
        if not declared.text.strip():
            problems.append(f"'{name}' has no text")
        if isinstance(declared, Field):
            for key in ("scale", "reference"):
                value = getattr(declared, key)
                try:
                    if value and unit is not None:
                        parse_expression(value, {}, unit)
                except (TronaError, ValueError) as error:
                    problems.append(f"'{name}': its {key} '{value}' cannot be read: {error}")
            problems += _conditions(subject, declared)
            if not declared.scale:
                problems.append(f"'{name}' has no scale; the solver needs a typical variation of it")
        else:
            if declared.inflow and not declared.inflow_text.strip():
                problems.append(f"'{name}': its inflow '{declared.inflow}' has no inflow_text")
            fields = [d.name for d in provides if isinstance(d, Field)]
            if declared.field not in fields:
                problems.append(f"'{name}' is the balance of '{declared.field}', which {subject.name} does not provide")
    fail(problems)


def _conditions(subject: Subject, declared: Field) -> Iterator[str]:
    """Yield what is wrong with the conditions under which a field is provided."""
    options = subject.cls.declared_options()
    for condition in declared.conditions:
        if isinstance(condition, str):
            name, _, value = (part.strip() for part in condition.partition(":"))
            option = options.get(name)
            if option is None:
                yield f"'{declared.name}' is there with '{name}', which is no option{nearest(name, options)}"
            elif value and value not in getattr(option, "values", (value,)):
                yield f"'{declared.name}' is there with '{condition}', which is no choice of that option"
            elif not value and option.default is not None and not isinstance(option, Boolean):
                yield f"'{declared.name}' is there where '{name}' is given, which has a default and so always is"


def _page(subject: Subject) -> None:
    from trona.cli.main import main
    from trona.deck import object_schema

    said = io.StringIO()
    with redirect_stdout(said):
        code = main(["plugins", subject.name])
    page, options = said.getvalue(), subject.cls.declared_options()
    if code:
        raise Failed(f"'trona plugins {subject.name}' ends with exit code {code}")
    fail(f"'trona plugins {subject.name}' does not show the option '{n}'" for n in options if f"  {n} (" not in page)
    schema = object_schema(subject.name, options, "")
    try:
        from jsonschema import Draft202012Validator
    except ImportError:
        return
    Draft202012Validator.check_schema(schema)
