"""The cases of a `sweep` section: each is the deck with some values replaced. Nothing is solved here."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from trona.deck import SECTIONS, Deck, Node
from trona.deck.measure import measure, text_of, unit_text
from trona.deck.options import OptionValues
from trona.deck.override import parse_path, path_text
from trona.errors import DeckError, Location, UserError, nearest, raise_all
from trona.settings.distributions import Distribution
from trona.settings.sweep import SweepSection
from trona.sweep.design import Design, Row
from trona.sweep.uncertain import settled

MOST_CASES = 100_000
FEW = 10
"""Up to this number, all values of a parameter are checked before a sweep."""
MOST_KINDS = 50
"""Largest number of words, and of spellings of numbers, of one parameter that are checked before a sweep."""
_WAYS = ("grid", "list", "random")
_NOT_VARIED = ("sweep", "title", "include")


@dataclass(frozen=True)
class Parameter:
    """A varied parameter: its name, the paths in the deck that get its value, and whether its axis is logarithmic."""

    name: str
    paths: tuple[str, ...]
    log: bool


@dataclass(frozen=True)
class Plot:
    """A requested picture; the names are parameters and outputs."""

    x: str | None
    y: str | None
    by: str | None
    map: str | None
    given: Mapping[str, Node]
    bands: str | None = None
    indices: str | None = None
    scales: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One case: its number, from 1, and the values of all parameters."""

    number: int
    values: Row

    @property
    def name(self) -> str:
        return f"{self.number:04d}"

    @property
    def texts(self) -> dict[str, str]:
        return {name: text_of(node) for name, node in self.values.items()}

    def __str__(self) -> str:
        return ", ".join(f"{name} = {text}" for name, text in self.texts.items())


@dataclass(frozen=True)
class Sweep:
    """The sweep of a deck. `deck` is without the section `sweep`."""

    deck: Deck
    parameters: dict[str, Parameter]
    cases: tuple[Case, ...]
    telling: tuple[Case, ...]
    """A few cases that show whether all values are valid: the extremes of numbers, and all words."""
    collect: tuple[Node, ...] | None
    plots: tuple[Plot, ...]
    processes: int | None
    keep: str
    ranks: int = 1
    """Processes that solve one case together."""
    engine: str = "local"
    design: Design | None = None
    """The random cases; those of one entry of the other axes follow one another in `cases`."""

    def case_deck(self, case: Case) -> Deck:
        """Return the deck of one case. Raises UserError for a path that does not exist."""
        values = {path: node for name, node in case.values.items() for path in self.parameters[name].paths}
        return self.deck.with_values(values)


def read_sweep(deck: Deck) -> Sweep:
    """Read `sweep` and make its cases. Raises UserError, also if the deck has no such section."""
    node = deck.section("sweep")
    if node is None:
        raise deck.root.error("the deck has no section 'sweep'; 'trona run' solves it")
    found = SweepSection.read(deck).found
    deck = replace(deck, root=deck.root.without(("sweep",)))
    design = Design.of(found.values["random"], found.given.get("random"))
    deck, distributions, paths = settled(deck, found)
    axes = _axes(node, found, design, distributions)
    names = [name for axis in axes for name in axis[0]]
    parameters = _parameters(node, found, names)
    for name, own in paths.items():
        parameters[name] = replace(parameters[name], paths=own, log=distributions[name].log)
    sizes = [len(axis) for axis in axes]
    if math.prod(sizes) > MOST_CASES:
        raise node.error(f"{' x '.join(map(str, sizes))} cases are more than {MOST_CASES}")
    rows = (_joined(parts) for parts in itertools.product(*axes))
    cases = tuple(Case(i, row) for i, row in enumerate(rows, 1))
    collect = found.given["collect"].sequence() if found.values["collect"] is not None else None
    return Sweep(
        deck,
        parameters,
        cases,
        _telling(axes, cases),
        None if collect is None else tuple(collect),
        tuple(map(_plot, found.values["plots"] or ())),
        found.values["processes"],
        found.values["keep"],
        found.values["ranks"],
        found.values["engine"],
        design,
    )


def _plot(asked: OptionValues) -> Plot:
    values = {"x": None, "y": None, "by": None, "map": None, **asked.values}
    scales = values.pop("scales", None)
    return Plot(**values, given=asked.given, scales={} if scales is None else scales.values)


def _axes(
    node: Node, found: OptionValues, design: Design | None, distributions: Mapping[str, Distribution]
) -> list[list[Row]]:
    """Return the independent axes of the sweep, slowest first; each is a list of values that vary together."""
    if not any(found.values[way] is not None for way in _WAYS):
        raise node.error(f"a sweep needs one of {', '.join(_WAYS)}")
    grid: dict[str, tuple[Node, ...]] = found.values["grid"] or {}
    axes: list[list[Row]] = [[{name: value} for value in values] for name, values in grid.items()]
    if found.values["list"] is not None:
        axes.append(list(found.values["list"]))
    if design is not None:
        axes.append(design.rows(distributions))
    if not axes or not all(axis[0] for axis in axes):
        raise node.error("a sweep needs at least one parameter")
    return axes


def _parameters(node: Node, found: OptionValues, names: list[str]) -> dict[str, Parameter]:
    """Return the parameters by name. A path may be varied only once, and every parameter must be used."""
    named: dict[str, tuple[Node, ...]] = found.values["parameters"] or {}
    errors: list[UserError] = []
    for name in named:
        if name not in names:
            near = nearest(name, names)
            errors.append(DeckError(f"this parameter is not varied{near}", found.given["parameters"].key(name)))
    result: dict[str, Parameter] = {}
    taken: dict[tuple[Any, ...], str] = {}
    for name, location in _locations(found):
        if name in result:
            errors.append(DeckError(f"'{name}' is varied twice", location))
            continue
        texts = [(n.text, n.location) for n in named[name]] if name in named else [(name, location)]
        paths = []
        for text, where in texts:
            try:
                steps = _path(text, where, list(named))
            except UserError as error:
                errors.append(error)
                continue
            for other, owner in taken.items():
                if other == steps[: len(other)] or steps == other[: len(steps)]:
                    clash = f"'{path_text(steps)}' is varied here and by '{owner}', in '{path_text(other)}'"
                    errors.append(DeckError(clash, where))
            taken[steps] = name
            paths.append(path_text(steps))
        result[name] = Parameter(name, tuple(paths), _is_log(found, name))
    raise_all(errors)
    return result


def _path(text: str, location: Location, names: list[str]) -> tuple[Any, ...]:
    if "." not in text and text not in SECTIONS:
        raise DeckError(f"no parameter '{text}', and no path{nearest(text, [*names, *SECTIONS])}", location)
    steps = parse_path(text, location)
    if steps[0] not in SECTIONS:
        raise DeckError(f"no such section '{steps[0]}'{nearest(str(steps[0]), SECTIONS)}", location)
    if steps[0] in _NOT_VARIED:
        raise DeckError(f"'{steps[0]}' cannot be varied", location)
    return steps


def _locations(found: OptionValues) -> Iterable[tuple[str, Location]]:
    """Return the varied names and their nodes."""
    grid, listed, random = (found.given.get(way) for way in _WAYS)
    if found.values["grid"] and grid is not None:
        yield from ((name, grid.key(name)) for name in found.values["grid"])
    if found.values["list"] and listed is not None:
        first = listed.sequence()[0]
        yield from ((name, first.key(name)) for name in first.mapping())
    if found.values["random"] is not None and random is not None:
        of = random.mapping()["of"]
        yield from ((name, of.key(name)) for name in of.mapping())


def _is_log(found: OptionValues, name: str) -> bool:
    if found.values["random"] is not None and name in found.values["random"].values["of"]:
        return bool(getattr(found.values["random"].values["of"][name], "log", False))
    grid = found.given.get("grid")
    values = grid.mapping().get(name) if grid is not None else None
    spacing = values.value.get("spacing") if values is not None and isinstance(values.value, dict) else None
    return spacing is not None and spacing.text == "log"


def _joined(parts: Iterable[Row]) -> Row:
    row: Row = {}
    for part in parts:
        row.update(part)
    return row


def _telling(axes: list[list[Row]], cases: tuple[Case, ...]) -> tuple[Case, ...]:
    """Return the entries of each axis that must be checked, each with the first entries of the others."""
    numbers, stride = {0}, 1
    for axis in reversed(axes):
        numbers.update(stride * i for i in _entries(axis))
        stride *= len(axis)
    return tuple(cases[i] for i in sorted(numbers))


def _entries(axis: list[Row]) -> set[int]:
    """Return the entries of an axis that show whether all are valid, so that long sweeps are checked quickly.

    They are the smallest and the largest number, which violate bounds first, one number of each spelling (unit, whole
    or decimal), and all words, up to MOST_KINDS.
    """
    if len(axis) <= FEW:
        return set(range(len(axis)))
    found = {0, len(axis) - 1}
    for name in axis[0]:
        kinds: dict[tuple[str, bool], list[tuple[float, int]]] = {}
        for i, row in enumerate(axis):
            node = row[name]
            number = measure(node)
            kind = (text_of(node), False) if number is None else (unit_text(node), node.whole is None)
            kinds.setdefault(kind, []).append((0.0 if number is None else number.value, i))
        told = list(kinds.values())
        for values in told[:: math.ceil(len(told) / MOST_KINDS)]:
            found |= {min(values)[1], max(values)[1]}
    return found
