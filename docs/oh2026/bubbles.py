"""A gas bubble on an electrode: the current at its rim."""

from __future__ import annotations

from pathlib import Path

from claim import CHECK, Claim, Drawn, Figure, Finding, Panels, Tables, chain, found
from kept_table import Rows

RIM = {"planar": 2.0, "axisymmetric": 1.5}
"""Current density at the rim over that far away where the electrode has a uniform potential."""
NAMES = {"planar": "half of a cylinder", "axisymmetric": "half of a sphere"}
WAGNER = (1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0, 1000.0)


def current_gathers_at_the_rim(tables: Tables) -> Finding:
    rows, cases, lines, borders = tables["bubble"], {}, [], []
    for shape, name in NAMES.items():
        focus = rows.series("theta", "Wa", shape=shape)
        for wagner, theta in zip(WAGNER, focus, strict=True):
            cases[f"{name}, Wa = {wagner:g}"] = theta > 1.05
        lines.append(f"{name} {chain(focus, 4)}")
        gathered = [wagner for wagner, theta in zip(WAGNER, focus, strict=True) if theta > 1.05]
        borders.append(f"{name}, Wa up to {max(gathered):g}" if gathered else f"{name}, nowhere")
    numbers = f"largest over smallest current density at Wa = {chain(list(WAGNER), 3)}: {'; '.join(lines)}"
    return found(cases, numbers, "; ".join(borders))


def potential_theory(tables: Tables) -> Finding:
    rows, lines = tables["bubble"], []
    for shape, name in NAMES.items():
        fast, slow = (rows.one("theta", shape=shape, Wa=wagner) for wagner in (WAGNER[0], WAGNER[-1]))
        lines.append(f"{name} {fast:.3f} for a fast reaction (theory {RIM[shape]:g}) and {slow:.4f} for a slow one (1)")
    return Finding(CHECK, "; ".join(lines))


def _draw_rim(rows: Rows, _: Path, path: Path) -> None:
    """Draw the focusing over the Wagner number for both shapes."""
    from matplotlib.figure import Figure as Canvas
    from panels import save

    figure = Canvas(figsize=(6.4, 3.6), layout="constrained")
    ax = figure.add_subplot()
    for number, (shape, name) in enumerate(NAMES.items()):
        ax.semilogx(WAGNER, rows.series("theta", "Wa", shape=shape), "o-", color=f"C{number}", label=name)
        ax.axhline(RIM[shape], color=f"C{number}", linestyle=":")
    ax.set(xlabel="Wa", ylabel="largest over smallest current density")
    ax.grid(alpha=0.3)
    ax.legend(frameon=False, fontsize="small")
    save(figure, path)


DECK = ("bubble",)
_SHOWN = {"down": ("shape", tuple(NAMES)), "across": ("Wa", (1e-3, 1.0, 1000.0)), "blocks": ("electrolyte",)}
FIGURES = (
    Figure(
        "Gas bubble",
        "An insulating half of a cylinder or of a sphere on a flat electrode, in a cell thirty times as large. One number "
        "counts, Wa = κ R T/(F i0 a), with the radius a: how slow the reaction is. The paper gives no geometry: shapes, "
        "contact angle (90°) and range of Wa are ours. We say that current gathers where it is more than 5 % above "
        "that far away.",
        (
            Claim(
                "bubbles", "current gathers at the rim of a bubble", "current density", DECK, current_gathers_at_the_rim
            ),
            Claim(
                "bubbles", "both limits by potential theory", "current density", DECK, potential_theory, is_check=True
            ),
        ),
        (),
        (
            Panels(
                "current",
                "bubble",
                "size of the current density in the electrolyte around the bubble",
                "current_density",
                "A/m²",
                patch=1.0,
                box=(-3e6, -2e5, 3e6, 3e6),
                **_SHOWN,
            ),
            Drawn(
                "rim",
                "bubble",
                "largest over smallest current density on the electrode; dotted: potential theory for a fast reaction",
                _draw_rim,
            ),
        ),
    ),
)
