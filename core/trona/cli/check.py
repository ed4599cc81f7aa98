"""`trona check`: all checks of a deck that need no solve."""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING, Any

from trona.cli.ranks import Ranks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from trona.deck import Deck
    from trona.model import Model
    from trona.settings import Settings
    from trona.sweep import Sweep


def check(arguments: argparse.Namespace, ranks: Ranks) -> int:
    """Compose a deck, and print a summary and 'ok'."""
    from trona.deck import read_deck
    from trona.model import compose
    from trona.settings import read_settings

    deck = read_deck(arguments.deck, arguments.overrides, allow_petsc=arguments.allow_petsc)
    sweep = _sweep(deck)
    model = compose(sweep.case_deck(sweep.cases[0]) if sweep else deck)
    rows = list(_rows(model, read_settings(model)))
    rows += _sweep_rows(sweep) if sweep else []
    width = max(len(name) for name, _ in rows)
    before = ""
    for name, text in rows:
        ranks.out(f"{name if name != before else '':<{width}}  {text}")
        before = name
    for warning in model.warnings:
        ranks.out(f"warning: {warning}")
    ranks.out("ok")
    return 0


def _sweep(deck: Deck) -> Sweep | None:
    """Read and check the deck's sweep, if it has one. Raises UserError."""
    if deck.section("sweep") is None:
        return None
    from trona.sweep import check_sweep, read_sweep

    sweep = read_sweep(deck)
    check_sweep(sweep)
    return sweep


def _sweep_rows(sweep: Sweep) -> list[tuple[str, str]]:
    from trona.deck.measure import text_of

    texts = [f"{len(sweep.cases)} cases; the above is the first"]
    if sweep.design is not None:
        texts.append(str(sweep.design))
    for name, parameter in sweep.parameters.items():
        nodes = {id(case.values[name]): case.values[name] for case in sweep.cases}  # many cases share a value
        values = dict.fromkeys(map(text_of, nodes.values()))
        paths = "" if parameter.paths == (name,) else f" ({', '.join(parameter.paths)})"
        first, *_, last = [*values, *values]
        texts.append(f"{name}{paths}: {len(values)} values, {first} ... {last}")
    return [("sweep", text) for text in texts]


def _rows(model: Model, settings: Settings) -> Iterator[tuple[str, str]]:
    """Return the summary of a deck: pairs of a heading and a line."""
    from trona.model.unknown import field_pieces

    mesh, time, protocol = model.mesh, settings.time, settings.protocol
    title = model.deck.section("title")
    if title is not None:
        yield "deck", title.text
    size = " x ".join(f"{length:.4g} m" for length in mesh.bounding_box[1] - mesh.bounding_box[0])
    yield "mesh", f"{len(mesh.points)} points, {len(mesh.cells)} cells ({mesh.cell_name}), {size}"
    for block in mesh.blocks:
        material = model.materials.get(block)
        yield "blocks", f"{block}: {material.name if material else 'no material'}"
    broken: dict[str, list[str]] = {}
    for name, field in sorted(model.fields.items()):
        for key in field.broken_at:
            broken.setdefault(key, []).append(name)
    for key in mesh.interfaces:
        jumps = f": {', '.join(broken[key])} may jump" if key in broken else ""
        yield "interfaces", f"{key}{jumps}"
    yield "boundaries", ", ".join(mesh.boundaries) or "none named"
    for name, field in sorted(model.fields.items()):
        if field.kind == "volume":
            where = "; ".join("+".join(piece) for piece in field_pieces(field, mesh))
        else:
            where = field.interface or "one number"
        yield "fields", f"{name} [{field.unit}] on {where} ({field.plugin})"
    for name, given in sorted(model.given.items()):
        yield "fields", f"{name} [{given.unit}] given: {given.expression.expression.text}"
    for name, balance in sorted(model.balances.items()):
        terms = dict.fromkeys(f"{t.plugin} ({t.kind})" for t in balance.terms)
        yield "balances", f"{name} [{balance.unit}]: {', '.join(terms) or 'no terms'}"
    for plugin in dict.fromkeys(p.name for p in model.physics):
        yield "plugins", f"{plugin} ({model.registry.origin(plugin)})"
    asked = settings.outputs
    groups: tuple[Sequence[Any], ...] = (asked.outputs, asked.numbers, asked.curves)
    names = [each.name for group in groups for each in group]
    yield "outputs", ", ".join(names) or "none"
    if model.judged_later:
        yield "bounds", f"checked during the run: {', '.join(model.judged_later)}"
    if time is None:
        yield "time", "steady"
    else:
        kind = "adaptive steps from" if time.tolerances else "steps of"
        if math.isinf(time.end):
            yield "time", f"to the end of the protocol in {kind} {time.step:g} s, bdf{time.order}"
        else:
            yield "time", f"to {time.end:g} s in {kind} {time.step:g} s, bdf{time.order}"
    if protocol is not None:
        made = f"{len(protocol.program)} steps in {protocol.cycles} cycles"
        yield "protocol", f"{made}: {', '.join(protocol.names)}"
        for sentence, step in protocol.sentences.items():
            yield "protocol", f"'{sentence}': {step}"
    yield "solver", settings.solver.preset
