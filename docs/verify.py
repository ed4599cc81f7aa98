"""Verifies the shipped decks and writes docs/verification-results.md, with tables and pictures: `make verification`.

The page carries a fingerprint of what was verified, so that a test can tell when it is out of date.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from trona.deck import load_yaml, read_deck
from trona.explain import explain
from trona.model import Model, compose
from trona.problem.start import prepare_environment
from trona.verify import verify

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
RESULTS = DOCS / "verification-results.json"
PAGE = DOCS / "verification-results.md"


def decks() -> list[Path]:
    """The tutorial's decks, without those that only vary numbers of another; papers use the same physics."""
    paths = sorted((ROOT / "inputs" / "tutorial").rglob("*.yaml"))
    return [path for path in paths if "sweep" not in load_yaml(path).mapping()]


def fingerprint(model: Model) -> str:
    """Return a hash of the composed equations, the elements and the mesh; not of descriptions, which prove nothing."""
    equations = explain(model, "text")
    declared = [item.declaration for item in (*model.fields.values(), *model.balances.values())]
    for text in sorted({d.text for d in declared} | {key.sum.text for key in model.feeds}, key=len, reverse=True):
        equations = equations.replace(text, "")
    parts = [
        equations,
        repr(sorted((f.name, f.degree) for f in model.fields.values())),
        str(model.quadrature_degree),
        model.mesh.digest(),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def page(results: dict[str, Any]) -> str:
    """Return the page that shows the results."""
    parts = [
        "# Verification results",
        "Made by `make verification` from the shipped decks. How the proofs work, and what they cannot detect, is "
        "explained under [manufactured solutions](verification.md#manufactured-solutions).",
    ]
    for name, entry in results.items():
        parts += [f"## {name}", entry["title"], f"**{entry['verdict']}**", entry["table"]]
        parts.append(f"![Errors of {name}](images/{picture(name)})")
    return "\n\n".join(parts) + "\n"


def picture(name: str) -> str:
    return f"orders-{Path(name).stem}.png"


def main(*names: str) -> int:
    """Verify every shipped deck (or those named, anew) and write the page; exit code 1 if one fails."""
    prepare_environment()
    known: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8")) if names else {}
    results: dict[str, Any] = {}
    failed = False
    for path in decks():
        if names and path.stem not in names:
            name = str(path.relative_to(ROOT))
            results |= {name: known[name]} if name in known else {}
            continue
        model = compose(read_deck(path))
        name = str(path.relative_to(ROOT))
        print(name)
        found = verify(model, progress=lambda text: print(f"  {text}", flush=True))
        print(f"  {found.verdict}")
        failed |= not found.passed
        title = model.deck.section("title")
        results[name] = {
            "title": title.text if title is not None else "",
            "fingerprint": fingerprint(model),
            "verdict": found.verdict,
            "table": found.table(),
        }
        found.draw(DOCS / "images" / picture(name))
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(results), encoding="utf-8")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
