"""Messages that the manual explains, and formulas that it sets."""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree
from pathlib import Path

import pytest

from trona.model import registry

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS))
import formulas  # noqa: E402 - beside the pages
import generate  # noqa: E402


def test_messages_of_the_page_on_mistakes_exist() -> None:
    """Every message in its tables is one of trona's: pairs of words stand in the code, but for names and numbers."""
    sources = [path for folder in ("core", "plugins") for path in sorted((ROOT / folder).rglob("*.py"))]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    code = re.sub(r"\"\s*\n\s*f?\"", "", code)  # a message on several lines
    messages = re.findall(r"^\| `(.+?)` \|", (DOCS / "mistakes.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(messages) > 40
    for message in messages:
        words = re.sub(r"; nearest: \w+", "", message.replace("\\|", "|")).split()
        known = {i + k for i in range(len(words) - 1) for k in (0, 1) if f"{words[i]} {words[i + 1]}" in code}
        assert len(known) >= 2 or "YAML" in message or len(words) < 3, message


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("i0 exp(-E_a/RT)", "i 0 exp ( − E a / R T )"),
        ("d2h/dx2 <= <w_n>", "d 2 h / d x 2 ≤ ⟨ w n ⟩"),
        ("-kappa grad phi . n < 0", "− κ ∇ φ · n < 0"),
        ("∂s/∂t + ∇·F⁺", "∂ s / ∂ t + ∇ · F +"),
        ("f'' (T_0)^(n + 1)", "f ′′ ( T 0 ) n + 1"),
    ],
)
def test_a_formula_keeps_its_signs(text: str, shown: str) -> None:
    made = xml.etree.ElementTree.fromstring(formulas.typeset(text))  # it is well-formed
    assert " ".join(part for part in made.itertext() if part.strip()) == shown


def test_formulas_of_all_plugins_and_of_the_theory_are_set() -> None:
    reference = generate.physics_page(registry())
    assert reference.count("```formula") > 0.9 * len(registry().physics)
    for page in (reference, (DOCS / "theory.md").read_text(encoding="utf-8")):
        shown = formulas.on_page_markdown(page)
        assert "```formula" not in shown
        for table in re.findall(r'<table class="formulas">.*?</table>', shown, re.DOTALL):
            assert "<math" in table
            xml.etree.ElementTree.fromstring(table)


def test_brackets_of_formulas_are_no_tags(tmp_path: Path) -> None:
    """In the list of all physics too; and a folder in the reference, of notebooks, stays."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "old.md").write_text("")
    generate.main(tmp_path)
    assert (tmp_path / "notebooks").is_dir() and not (tmp_path / "old.md").exists()
    rows = [
        line for line in (tmp_path / "physics.md").read_text(encoding="utf-8").splitlines() if line.startswith("| [")
    ]
    assert len(rows) == len(registry().physics)
    assert not [row for row in rows if "<" in row]
    assert any("&lt;w_n>" in row for row in rows)
