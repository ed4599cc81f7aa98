"""The rooms of the core and who imports whom, read from the code: for tests/test_rooms.py and docs/architecture.md."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

CORE = Path(__file__).resolve().parents[1] / "core" / "trona"
ORDER = {
    "errors": "mistakes, with their location",
    "units": "quantities in SI",
    "deck": "YAML as located, typed values",
    "mesh": "named blocks, boundaries, interfaces",
    "model": "balances, laws, fields, properties",
    "settings": "the other sections, each read once",
    "problem": "spaces, residual, Newton",
    "readings": "outputs and audit of a solved problem",
    "stepper": "accepted steps",
    "record": "the run folder",
    "page": "the page of a run",
    "diagnosis": "why a solve failed",
    "explain": "equations, coupling graph",
    "session": "the loop of a run",
    "verify": "manufactured solutions",
    "sweep": "many cases",
    "starter": "a first deck for a mesh",
    "cli": "a command line",
    "conformance": "proofs of a plugin",
    "plugin": "what a plugin imports",
}
"""The rooms, first the ones that know nothing of the others; `plugin` only gathers what a plugin is written with."""


def modules() -> dict[str, Path]:
    """Return the file of every module of the core by its name; those that the template makes are none."""
    found = {}
    for path in CORE.rglob("*.py"):
        parts = path.relative_to(CORE.parent).with_suffix("").parts
        if "template" not in parts:
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path, known: dict[str, Path]) -> set[str]:
    """Return the modules that a file imports, also inside functions and for annotations only."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (names & known.keys()) or {node.module}
    return found & known.keys()


def room(module: str) -> str:
    """Return the room that a module of the core stands in."""
    return module.split(".")[1]


def counts() -> Counter[tuple[str, str]]:
    """Return how many imports of each room lead to each other room."""
    known = modules()
    inner = [name for name in known if "." in name]
    pairs = [(room(name), room(other)) for name in inner for other in imports(known[name], known) if "." in other]
    return Counter(pair for pair in pairs if pair[0] != pair[1])


STEP, LEFT, TOP = 26, 130, 14
_STYLE = """<style>
text { font: 12px sans-serif; fill: #37474f } .small { font-size: 10px; fill: #607d8b }
.room { fill: #00796b } .in { fill: #ffffff; font-weight: bold } .line { stroke: #b0bec5; stroke-width: .5 }
.dot { fill: #4db6ac } .wrong { fill: #d32f2f }
@media (prefers-color-scheme: dark) { text { fill: #cfd8dc } .small { fill: #90a4ae } .line { stroke: #546e7a } }
</style>"""


def picture() -> str:
    """Return the rooms along a diagonal as SVG, with a dot in the row of each room under every room that it imports.

    The area of a dot grows with the number of imports. What lies above the diagonal would be an import of a later room.
    """
    rooms, found = list(ORDER), counts()
    size = STEP * len(rooms)
    width, height = LEFT + size + 230, TOP + size + 4
    drawn = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}">', _STYLE]
    for i, name in enumerate(rooms):
        x, y = LEFT + i * STEP, TOP + i * STEP
        middle = y + STEP / 2
        drawn += [
            f'<line class="line" x1="{LEFT}" y1="{middle}" x2="{x}" y2="{middle}"/>',
            f'<line class="line" x1="{x + STEP / 2}" y1="{y + STEP}" x2="{x + STEP / 2}" y2="{TOP + size}"/>',
            f'<text x="{LEFT - 8}" y="{middle + 4}" text-anchor="end">{name}</text>',
            f'<rect class="room" x="{x + 2}" y="{y + 2}" width="{STEP - 4}" height="{STEP - 4}" rx="4"/>',
            f'<text class="small" x="{x + STEP + 8}" y="{middle + 4}">{ORDER[name]}</text>',
        ]
    for (name, other), number in sorted(found.items()):
        row, column = rooms.index(name), rooms.index(other)
        x, y = LEFT + (column + 0.5) * STEP, TOP + (row + 0.5) * STEP
        kind = "dot" if column < row else "wrong"
        title = f"{name} imports {other}: {number}"
        radius = min(1.6 * number**0.5, STEP / 2 - 2)
        drawn.append(f'<circle class="{kind}" cx="{x}" cy="{y}" r="{radius:.1f}"><title>{title}</title></circle>')
    return "\n".join([*drawn, "</svg>"]) + "\n"
