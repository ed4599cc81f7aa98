"""The composed equations of a model, block by block, as text, Markdown or LaTeX."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trona.model import Model
    from trona.model.equation import Equation, Term


def explain(model: Model, style: str = "text") -> str:
    """Return the composed equations with plugin, units and sources; style 'text', 'markdown' or 'latex'."""
    return {"text": _Text, "markdown": _Markdown, "latex": _Latex}[style](model).page()


def equations(model: Model) -> list[dict[str, Any]]:
    """Return the composed equations as plain data: titles, headings, equations of blocks, and rows of two texts.

    Formulas are LaTeX; within a text they stand between two characters `FORMULA`.
    """
    return [part for part in _Plain(model).parts() if part]


FORMULA = "\x1f"
"""Stands before and behind a formula within a text."""
_KINDS = {
    ("facet", ""): "from cell - to cell +",
    ("jump", "minus"): "of the jump, in cell -",
    ("jump", "plus"): "of the jump, in cell +",
}
"""Terms between cells, whose sides are written as those of an interface."""


def _sides(term: Term) -> Mapping[Any, str]:
    return term.law.patches[0].sides if term.law is not None else {}


class _Text:
    latex = False

    def __init__(self, model: Model) -> None:
        from trona.model.printer import Printer

        self.model = model
        self.printer = Printer(self.latex)

    # -------------------------------------------------------------- how things are set

    def title(self, text: str) -> str:
        return f"{text}\n{'=' * len(text)}"

    def heading(self, text: str) -> str:
        return f"{text}\n{'-' * len(text)}"

    def equation(self, block: str, formula: str) -> str:
        return f"    {block}:  {formula}"

    def items(self, rows: Iterable[tuple[str, str]]) -> str:
        rows = list(rows)
        width = max((len(a) for a, _ in rows), default=0)
        return "\n".join(f"  {a:<{width}}  {b}" for a, b in rows)

    def text(self, text: str) -> str:
        """Escape text of a deck, a plugin or a file for this language."""
        return text

    def term(self, expression: Any) -> str:
        """Return a formula as part of an equation."""
        return self.printer(expression)

    def formula(self, expression: Any) -> str:
        """Return a formula within text."""
        return self.printer(expression)

    # -------------------------------------------------------------- what is said

    def page(self) -> str:
        return "\n\n".join(p for p in self.parts() if p) + "\n"

    def parts(self) -> list[Any]:
        """Return the page as its parts, in the language of the style; some may be empty."""
        title = self.text(f"{self.model.deck.name}: composed equations")
        parts: list[Any] = [self.title(title), self.items(self._unknowns())]
        for name, balance in sorted(self.model.balances.items()):
            parts += self._balance(name, balance)
        parts += self._sums()
        parts += self._constraints()
        parts += [self.heading("material properties"), self.items(self._parameters(blocks=True))]
        if options := list(self._parameters(blocks=False)):
            parts += [self.heading("options of the physics"), self.items(options)]
        if definitions := self.model.definitions:
            rows = ((self.text(name), self.text(text)) for name, text in definitions.items())
            parts += [self.heading("definitions"), self.items(rows)]
        parts += [self.heading("references"), self.items(self._references())]
        return parts

    def _unknowns(self) -> Iterable[tuple[str, str]]:
        from trona.model.unknown import field_pieces

        for name, field in sorted(self.model.fields.items()):
            if field.kind == "volume":
                where = "; ".join("+".join(piece) for piece in field_pieces(field, self.model.mesh))
            else:
                where = field.interface or "one number"
            about = f"{field.declaration.text}, on {where} ({field.plugin})"
            yield self.text(f"{name} [{field.unit}]"), self.text(about)
        for name, given in sorted(self.model.given.items()):
            about = f"given: {given.expression.expression.text}"
            yield self.text(f"{name} [{given.unit}]"), self.text(about)

    def _balance(self, name: str, balance: Equation) -> list[Any]:
        unit = balance.unit
        parts = [self.heading(self.text(f"{name} [{unit}]: {balance.declaration.text}"))]
        for block in balance.blocks or (balance.field.interface,):
            terms = [
                replace(t, expression=self._here(t.expression, {None: block} if t.law is None else _sides(t)))
                for t in balance.terms
                if (block in t.blocks or (t.law is not None and t.law.key == block)) and not t.boundary
            ]
            parts.append(self.equation(self.text(block), self._strong(terms)))
            named = [(_KINDS.get((t.kind, t.side or ""), t.kind), t) for t in terms]
            shown = ((kind, f"{self.text(t.plugin)}:  {self.formula(t.expression)}") for kind, t in named)
            parts.append(self.items(shown))
        rows = []
        for t in balance.terms:
            beside = {None: t.blocks[0]} if t.law is None and len(t.blocks) == 1 else _sides(t)
            formula = f"{self.formula(self._here(t.expression, beside))}  ({self.text(t.plugin)})"
            entering = f"[{self.text(str(balance.flux_unit))}]:  {formula}"
            if t.kind == "inflow":
                rows.append((self.text(f"at {t.boundary}"), f"inflow {entering}"))
            elif t.kind == "jump" and (t.boundary or t.law is not None):
                where, block = t.boundary, ""
                if t.law is not None:
                    where, block = t.law.name, f", in {self.text(t.law.block(t.side or 'minus'))}"
                rows.append((self.text(f"at {where}"), f"of the jump{block}:  {formula}"))
            elif t.kind == "exchange" and (law := t.law) is not None:
                block = law.patches[0].sides[t.side]
                rows.append((self.text(f"at {law.name}"), f"into {self.text(block)} {entering}"))
        for fixed in self.model.fixed:
            if fixed.field == balance.field.name:
                text = f"{fixed.field} = {fixed.value.expression.text}  (boundaries)"
                rows.append((self.text(f"at {fixed.boundary}"), self.text(text)))
        parts.append(self.items(rows))
        return parts

    def _here(self, expression: Any, sides: Mapping[Any, str]) -> Any:
        """Return an expression with the defaults of properties that the materials on these sides lack."""
        import ufl

        from trona.model.symbols import PropertySymbol
        from trona.model.unknown import symbols_in

        materials = self.model.materials
        lacking = {
            symbol: ufl.as_ufl(symbol.default)
            for symbol in symbols_in(expression)
            if isinstance(symbol, PropertySymbol) and symbol.default is not None and symbol.side in sides
            if (block := sides[symbol.side]) not in materials or symbol.name not in materials[block].properties
        }
        return ufl.replace(ufl.as_ufl(expression), lacking)

    def _strong(self, terms: list[Term]) -> str:
        left = [s for s in (self._sum(terms, "storage", "d/dt"), self._sum(terms, "flux", "div")) if s]
        right = self._sum(terms, "source", "") or "0"
        return f"{' + '.join(left) or '0'} = {right}"

    def _sum(self, terms: list[Term], kind: str, operator: str) -> str:
        found = [self.term(t.expression) for t in terms if t.kind == kind]
        joined = " + ".join(found).replace("+ -", "- ")
        return f"{operator}({joined})" if found and operator else joined

    def _sums(self) -> list[Any]:
        """What each declared sum is made of, and who reads it."""
        rows = []
        for key, feeds in sorted(self.model.feeds.items(), key=lambda item: str(item[0])):
            at = f" at {feeds[0].law.name}" if feeds[0].law is not None else ""
            rows.append((self.text(f"{key.name} [{key.sum.unit}]{at}"), self.text(key.sum.text)))
            for feed in feeds:
                where = f"  ({', '.join(feed.blocks)})" if feed.blocks else ""
                rows.append((self.text(f"  {feed.plugin}"), f"{self.formula(feed.expression)}{self.text(where)}"))
            readers = dict.fromkeys(p.name for p in self.model.physics if key.sum in p.reads())
            rows.append(("  read by", self.text(", ".join(readers) or "nothing")))
        return [self.heading("sums"), self.items(rows)] if rows else []

    def _constraints(self) -> list[Any]:
        rows = [
            (
                self.text(f"at {c.law.name}"),
                f"{self.formula(c.residual)} = 0 [{self.text(str(c.unit))}], "
                f"held by {self.text(f'{c.multiplier.name} ({c.multiplier.plugin})')}",
            )
            for c in self.model.constraints
        ] + [
            (
                self.text(f"{'at' if g.law is not None else 'in'} {g.region}"),
                f"{'mean' if g.mean else 'integral'} of {self.formula(g.integrand)} = "
                f"{self.formula(g.target)}, by {self.text(f'{g.unknown.name} ({g.plugin})')}",
            )
            for g in self.model.integral_constraints
        ]
        return [self.heading("constraints"), self.items(rows)] if rows else []

    def _parameters(self, blocks: bool) -> Iterable[tuple[str, str]]:
        from trona.model.materials.parameters import parameters

        for p in parameters(self.model):
            if (p.owner in self.model.materials) == blocks:
                spread = f", uncertainty {p.uncertainty}" if p.uncertainty else ""
                about = f"{p.written}{spread}  ({p.origin})"
                yield self.text(f"{p.owner}.{p.name} [{p.unit}]"), self.text(about)

    def _references(self) -> Iterable[tuple[str, str]]:
        for physics in self.model.physics:
            text = next((line.strip() for line in (physics.__doc__ or "").splitlines() if "Source:" in line), "")
            about = f"{text.removeprefix('Source: ')} [{self.model.registry.origin(physics.name)}]"
            yield self.text(physics.name), self.text(about)


class _Markdown(_Text):
    def title(self, text: str) -> str:
        return f"# {text}"

    def heading(self, text: str) -> str:
        return f"## {text}"

    def equation(self, block: str, formula: str) -> str:
        return f"```\n{block}:  {formula}\n```"

    def items(self, rows: Iterable[tuple[str, str]]) -> str:
        rows = list(rows)
        return "\n".join(["| | |", "|---|---|", *(f"| {a} | {b} |" for a, b in rows)]) if rows else ""

    def text(self, text: str) -> str:
        line = html.escape(" ".join(text.split()), quote=False)
        return re.sub(r"([|`])|(?<=\])(\()|(?<=!)(\[)", r"\\\g<0>", line)

    def term(self, expression: Any) -> str:
        return self.printer(expression).replace("`", "'")  # in a fence, where no escaping is needed

    def formula(self, expression: Any) -> str:
        return self.text(self.printer(expression))


class _Latex(_Text):
    latex = True

    def title(self, text: str) -> str:
        return rf"\section*{{{text}}}"

    def heading(self, text: str) -> str:
        return rf"\subsection*{{{text}}}"

    def equation(self, block: str, formula: str) -> str:
        return rf"\paragraph{{{block}}} \[ {formula} \]"

    def text(self, text: str) -> str:
        return "".join(_LATEX.get(character, character) for character in text)

    def formula(self, expression: Any) -> str:
        return f"${self.printer(expression)}$"

    def _sum(self, terms: list[Term], kind: str, operator: str) -> str:
        found = [self.printer(t.expression) for t in terms if t.kind == kind]
        joined = " + ".join(found).replace("+ -", "- ")
        name = {"d/dt": r"\partial_t", "div": r"\nabla\cdot"}.get(operator, "")
        return rf"{name}\left({joined}\right)" if found and operator else joined

    def items(self, rows: Iterable[tuple[str, str]]) -> str:
        rows = list(rows)
        if not rows:
            return ""
        lines = "\n".join(rf"  \item[{{{a}}}] {b}" for a, b in rows)
        return f"\\begin{{description}}\n{lines}\n\\end{{description}}"


class _Plain(_Latex):
    """Parts as data: texts as they are, with formulas in them as LaTeX between `FORMULA` marks."""

    def title(self, text: str) -> Any:
        return {"title": text}

    def heading(self, text: str) -> Any:
        return {"heading": text}

    def equation(self, block: str, formula: str) -> Any:
        return {"block": block, "formula": formula}

    def items(self, rows: Iterable[tuple[str, str]]) -> Any:
        found = [list(row) for row in rows]
        return {"items": found} if found else None

    def text(self, text: str) -> str:
        return text.replace(FORMULA, " ")

    def formula(self, expression: Any) -> str:
        return f"{FORMULA}{self.printer(expression)}{FORMULA}"


_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\^{}",
    "~": r"\~{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
}
