"""The coupling graph of plugins, fields and balances, as data and as a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from trona.model import Model


@dataclass(frozen=True)
class Graph:
    """feeds: pairs of a plugin and a balance that it feeds. depends: pairs of a balance and a field on which
    its equation depends. solves: pairs of a balance and its unknown."""

    plugins: tuple[str, ...]
    balances: tuple[str, ...]
    fields: tuple[str, ...]
    feeds: frozenset[tuple[str, str]]
    depends: frozenset[tuple[str, str]]
    solves: frozenset[tuple[str, str]]


def coupling(model: Model) -> Graph:
    """Return the coupling graph of a composed model: its structure, by the names of balances and fields."""
    from trona.model.structure import structure_of

    feeds = {(placed.term.plugin, placed.equation.name) for placed in model.placed()}
    solved = {balance.field.name: balance.name for balance in model.balances.values()}
    depends = structure_of(model).depends
    return Graph(
        tuple(sorted({plugin for plugin, _ in feeds})),
        tuple(sorted(model.balances)),
        tuple(sorted(model.fields)),
        frozenset(feeds),
        frozenset((solved[row.field], column.field) for row, column in depends if row.field in solved),
        frozenset((balance, field) for field, balance in solved.items()),
    )


def draw(graph: Graph, path: str | Path) -> None:
    """Draw the graph in three columns: plugins feed balances, balances depend on fields (bold: solved for)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = (graph.plugins, graph.balances, graph.fields)
    height = max(len(c) for c in columns)
    figure = Figure(figsize=(10, 0.8 * height + 1.2))
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 10), ylim=(-0.6, height + 0.4))
    axes.axis("off")
    place: dict[tuple[int, str], tuple[float, float]] = {}
    styles: tuple[tuple[float, str, str], ...] = (
        (1.7, "plugins", "#dbe9f6"),
        (5.0, "balances", "#fbe3d0"),
        (8.3, "fields", "#dff0d8"),
    )
    for column, ((x, title, colour), names) in enumerate(zip(styles, columns, strict=True)):
        axes.text(x, height + 0.1, title, ha="center", weight="bold")
        for i, name in enumerate(names):
            y = height - (i + 0.5) * height / len(names) - 0.2
            place[column, name] = (x, y)
            box: dict[str, Any] = {"boxstyle": "round,pad=0.4", "facecolor": colour, "edgecolor": "#666666"}
            axes.text(x, y, name, ha="center", va="center", fontsize=9, bbox=box)
    arrows = [((0, a), (1, b), 1.0, "#888888") for a, b in sorted(graph.feeds)]
    arrows += [((1, a), (2, b), 2.2 if (a, b) in graph.solves else 1.0, "#555555") for a, b in sorted(graph.depends)]
    for start, end, width, colour in arrows:
        (x0, y0), (x1, y1) = place[start], place[end]
        axes.annotate(
            "", (x1 - 1.1, y1), (x0 + 1.1, y0), arrowprops={"arrowstyle": "-|>", "linewidth": width, "color": colour}
        )
    figure.savefig(path, dpi=150)
