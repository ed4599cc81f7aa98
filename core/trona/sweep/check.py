"""Checks a sweep before anything is solved: all values and all requested names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trona.errors import DeckError, UserError, UserErrors, hint, nearest, raise_all
from trona.session.kept import compared
from trona.sweep.cases import Case, Plot, Sweep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trona.deck import Deck, Node
    from trona.model import Model
    from trona.settings import Settings


@dataclass(frozen=True)
class Checked:
    """The outputs of the cases with their units, what must be equal when a sweep is continued, and warnings.

    apart: the parameters whose values change more than numbers, so that a set-up for one does not serve another.
    page: whether the deck lets the sweep write its page. symbols: of the outputs, by name.
    """

    outputs: dict[str, str]
    identity: dict[str, str]
    warnings: tuple[str, ...]
    apart: frozenset[str]
    page: bool = True
    symbols: Mapping[str, str] = field(default_factory=dict)


def check_sweep(sweep: Sweep) -> Checked:
    """Compose the cases that show whether all values are valid. Raises UserError with every mistake found."""
    from trona.settings.identity import identity
    from trona.settings.symbols import symbols_of

    errors: dict[str, UserError] = {}
    models: list[Model] = []
    read: list[tuple[Case, Settings]] = []
    outputs: dict[str, str] = {}
    for case in sweep.telling:
        try:
            model, settings = compose_case(sweep.case_deck(case), models[-1] if models else None)
            models.append(model)
            read.append((case, settings))
            outputs |= {name: str(unit) for name, unit in settings.reported.items()}
        except UserError as error:
            for single in error.errors if isinstance(error, UserErrors) else (error,):
                errors.setdefault(str(single), single)  # a mistake outside the sweep occurs in every case
    raise_all(list(errors.values()))
    raise_all([*_collect(sweep, outputs), *_plots(sweep, outputs)])
    warnings = dict.fromkeys(text for model in models for text in model.warnings)
    same, asked = identity(models[0], ("title",)), read[0][1].outputs
    symbols = symbols_of(models[0], asked)
    return Checked(outputs, same, tuple(warnings), _apart(models, read), asked.report, symbols)


def _apart(models: list[Model], read: list[tuple[Case, Settings]]) -> frozenset[str]:
    """Return the parameters that a case has otherwise than the first one, if they cannot share a set-up."""
    found: set[str] = set()
    (first, of_first), *others = read
    for model, (case, settings) in zip(models[1:], others, strict=True):
        if isinstance(compared(models[0], of_first, model, settings), str):
            found |= {name for name, text in case.texts.items() if text != first.texts[name]}
    return frozenset(found)


def compose_case(deck: Deck, reuse: Model | None = None) -> tuple[Model, Settings]:
    """Compose a model and read all settings of its deck.

    reuse: a model whose mesh is reused if this deck has the same one. Raises UserError.
    """
    from trona.model import compose
    from trona.model.read_mesh import mesh_source
    from trona.settings import read_settings

    same = reuse is not None and mesh_source(reuse.deck) == mesh_source(deck)
    model = compose(deck, mesh=reuse.mesh if reuse is not None and same else None)
    return model, read_settings(model)


def _collect(sweep: Sweep, outputs: dict[str, str]) -> Iterator[UserError]:
    for node in sweep.collect or ():
        if node.string() not in outputs:
            yield node.error(f"no output '{node.text}'{hint(node.text, outputs)}")


def _plots(sweep: Sweep, outputs: dict[str, str]) -> Iterator[UserError]:
    both = set(outputs) & set(sweep.parameters)
    fixed = [name for name in sweep.parameters if sweep.design is None or name not in sweep.design.names]
    kinds = {"parameter": list(sweep.parameters), "output": list(outputs), "parameter of grid or list": fixed}
    kinds["time"] = ["time"] if sweep.deck.section("time") is not None else []
    for plot in sweep.plots:
        for key, name, wanted in _roles(plot):
            if name is None:
                continue
            known = [n for kind in wanted for n in kinds[kind]]
            node: Node = plot.given[key]
            if name not in known:
                yield node.error(f"no {' or '.join(wanted)} '{name}'{nearest(name, known)}")
            elif name in both:
                yield DeckError(f"'{name}' is both a parameter and an output; rename the parameter", node.location)
        yield from _of_random(sweep, plot, fixed)
        yield from _scales(plot)


def _scales(plot: Plot) -> Iterator[UserError]:
    """Yield an error for each scale of an axis that a plot does not have, or that is always linear."""
    if plot.bands is not None:
        has: tuple[str, ...] = ("x",) if plot.x is None else ("y",) if plot.x == "time" else ("x", "y")
    else:
        has = ("x", "y") if plot.map is None else ("x", "y", "map")
    for key, asked in plot.scales.items():
        if asked is not None and key not in has:
            yield plot.given["scales"].mapping()[key].error(f"this plot has no scale of '{key}'")


def _of_random(sweep: Sweep, plot: Plot, fixed: list[str]) -> Iterator[UserError]:
    """Yield what is wrong with a plot of bands or indices: no random cases, or cases mixed that differ in more."""
    key = "bands" if plot.bands is not None else "indices"
    if key not in plot.given:
        return
    if sweep.design is None:
        yield plot.given[key].error(f"{key} need random cases; the sweep has no 'random'")
    elif key == "indices" and sweep.design.method != "saltelli":
        yield plot.given[key].error(f"Sobol indices need 'method: saltelli', not '{sweep.design.method}'")
    for name in fixed:
        several = len({case.texts[name] for case in sweep.cases[:: sweep.design.size if sweep.design else 1]}) > 1
        if several and name not in (plot.x, plot.by):
            yield plot.given[key].error(f"the cases differ in '{name}' too; name it with 'by'")


def _roles(plot: Plot) -> Iterator[tuple[str, str | None, tuple[str, ...]]]:
    """Return each key with a name and the kinds of things that the name may refer to."""
    by = "parameter"
    if plot.bands is not None or plot.indices is not None:
        by = "parameter of grid or list"
        yield "bands", plot.bands, ("output",)
        yield "indices", plot.indices, ("output",)
        yield "x", plot.x, (by, "time")
    elif plot.map is None:
        yield "x", plot.x, ("parameter", "output")
        yield "y", plot.y, ("output",)
    else:
        yield "x", plot.x, ("parameter",)
        yield "y", plot.y, ("parameter",)
        yield "map", plot.map, ("output",)
    yield "by", plot.by, (by,)
