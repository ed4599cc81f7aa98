"""The composed equations of a model, block by block, as text, Markdown or LaTeX."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trona.model import Model
    from trona.model.balance import Balance, Term


def explain(model: Model, style: str = "text") -> str:
    """Return the composed equations with plugin, units and sources; style 'text', 'markdown' or 'latex'."""
    return {"text": _Text, "markdown": _Markdown, "latex": _Latex}[style](model).page()


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

    def equation(self, text: str) -> str:
        return f"    {text}"

    def items(self, rows: Iterable[tuple[str, str]]) -> str:
        rows = list(rows)
        width = max((len(a) for a, _ in rows), default=0)
        return "\n".join(f"  {a:<{width}}  {b}" for a, b in rows)

    def term(self, expression: Any) -> str:
        return self.printer(expression)

    # -------------------------------------------------------------- what is said

    def page(self) -> str:
        parts = [self.title(f"{self.model.deck.name}: composed equations"), self.items(self._unknowns())]
        for name, balance in sorted(self.model.balances.items()):
            parts += self._balance(name, balance)
        parts += self._constraints()
        parts += [self.heading("material properties"), self.items(self._parameters(blocks=True))]
        if options := list(self._parameters(blocks=False)):
            parts += [self.heading("options of the physics"), self.items(options)]
        parts += [self.heading("sources"), self.items(self._sources())]
        return "\n\n".join(p for p in parts if p) + "\n"

    def _unknowns(self) -> Iterable[tuple[str, str]]:
        from trona.model.field import field_pieces

        for name, field in sorted(self.model.fields.items()):
            if field.kind == "volume":
                where = "; ".join("+".join(piece) for piece in field_pieces(field, self.model.mesh))
            else:
                where = field.interface or "one number"
            yield f"{name} [{field.unit}]", f"{field.declaration.text}, on {where} ({field.plugin})"
        for name, given in sorted(self.model.given.items()):
            yield f"{name} [{given.unit}]", f"given: {given.expression.expression.text}"

    def _balance(self, name: str, balance: Balance) -> list[str]:
        unit = balance.unit
        parts = [self.heading(f"{name} [{unit}]: {balance.declaration.text}")]
        for block in balance.blocks or (balance.field.interface,):
            terms = [
                t
                for t in balance.terms
                if (block in t.blocks or (t.law is not None and t.law.key == block))
                and t.kind not in ("inflow",)
            ]
            parts.append(self.equation(f"{block}:  {self._strong(terms)}"))
            parts.append(self.items((t.kind, f"{t.plugin}:  {self.term(t.expression)}") for t in terms))
        rows = []
        for t in balance.terms:
            if t.kind == "inflow":
                rows.append(
                    (
                        f"at {t.boundary}",
                        f"inflow [{balance.flux_unit}]:  {self.term(t.expression)}  ({t.plugin})",
                    )
                )
            elif t.kind == "exchange" and (law := t.law) is not None:
                block = law.stretches[0].sides[t.side]
                rows.append(
                    (
                        f"at {law.name}",
                        f"into {block} [{balance.flux_unit}]:  {self.term(t.expression)}  ({t.plugin})",
                    )
                )
        for fixed in self.model.fixed:
            if fixed.field == balance.field.name:
                rows.append(
                    (f"at {fixed.boundary}", f"{fixed.field} = {fixed.value.expression.text}  (boundaries)")
                )
        parts.append(self.items(rows))
        return parts

    def _strong(self, terms: list[Term]) -> str:
        left = [s for s in (self._sum(terms, "storage", "d/dt"), self._sum(terms, "flux", "div")) if s]
        right = self._sum(terms, "source", "") or "0"
        return f"{' + '.join(left) or '0'} = {right}"

    def _sum(self, terms: list[Term], kind: str, operator: str) -> str:
        found = [self.term(t.expression) for t in terms if t.kind == kind]
        joined = " + ".join(found).replace("+ -", "- ")
        return f"{operator}({joined})" if found and operator else joined

    def _constraints(self) -> list[str]:
        rows = [
            (f"at {c.law.name}", f"{self.term(c.residual)} = 0 [{c.unit}], "
             f"held by {c.multiplier.name} ({c.multiplier.plugin})")
            for c in self.model.constraints
        ] + [
            (f"at {g.law.name}", f"{'mean' if g.mean else 'integral'} of {self.term(g.integrand)} = "
             f"{self.term(g.target)}, by {g.unknown.name} ({g.plugin})")
            for g in self.model.integral_constraints
        ]  # fmt: skip
        return [self.heading("constraints"), self.items(rows)] if rows else []

    def _parameters(self, blocks: bool) -> Iterable[tuple[str, str]]:
        from trona.model.parameters import parameters

        for p in parameters(self.model):
            if (p.owner in self.model.materials) == blocks:
                spread = f", uncertainty {p.uncertainty}" if p.uncertainty else ""
                yield f"{p.owner}.{p.name} [{p.unit}]", f"{p.written}{spread}  ({p.origin})"

    def _sources(self) -> Iterable[tuple[str, str]]:
        for physics in self.model.physics:
            text = next(
                (line.strip() for line in (physics.__doc__ or "").splitlines() if "Source:" in line), ""
            )
            yield (
                physics.name,
                f"{text.removeprefix('Source: ')} [{self.model.registry.origin(physics.name)}]",
            )


class _Markdown(_Text):
    def title(self, text: str) -> str:
        return f"# {text}"

    def heading(self, text: str) -> str:
        return f"## {text}"

    def equation(self, text: str) -> str:
        return f"```\n{text}\n```"

    def items(self, rows: Iterable[tuple[str, str]]) -> str:
        rows = [(a, b.replace("|", "\\|")) for a, b in rows]
        return (
            "\n".join(
                ["| | |", "|---|---|", *(f"| {a.replace('|', chr(92) + '|')} | {b} |" for a, b in rows)]
            )
            if rows
            else ""
        )


class _Latex(_Text):
    latex = True

    def title(self, text: str) -> str:
        return rf"\section*{{{_escape(text)}}}"

    def heading(self, text: str) -> str:
        return rf"\subsection*{{{_escape(text)}}}"

    def equation(self, text: str) -> str:
        block, _, equation = text.partition(":  ")
        return rf"\paragraph{{{_escape(block)}}} \[ {equation} \]"

    def term(self, expression: Any) -> str:
        return self.printer(expression)

    def _sum(self, terms: list[Term], kind: str, operator: str) -> str:
        found = [self.printer(t.expression) for t in terms if t.kind == kind]
        joined = " + ".join(found).replace("+ -", "- ")
        name = {"d/dt": r"\partial_t", "div": r"\nabla\cdot"}.get(operator, "")
        return rf"{name}\left({joined}\right)" if found and operator else joined

    def items(self, rows: Iterable[tuple[str, str]]) -> str:
        rows = list(rows)
        if not rows:
            return ""
        lines = "\n".join(rf"  \item[{{{_escape(a)}}}] {_mixed(b)}" for a, b in rows)
        return f"\\begin{{description}}\n{lines}\n\\end{{description}}"


def _escape(text: str) -> str:
    for a, b in (
        ("\\", r"\textbackslash "),
        ("_", r"\_"),
        ("^", r"\^{}"),
        ("%", r"\%"),
        ("&", r"\&"),
        ("#", r"\#"),
    ):
        text = text.replace(a, b)
    return text


def _mixed(text: str) -> str:
    """Set the formulas in a line as mathematics and the rest as text."""
    if "\\" not in text:
        return _escape(text)
    head, sep, formula = text.partition(":  ")
    if not sep:
        head, formula = "", text
    body, _, tail = formula.rpartition("  (")
    return f"{_escape(head)} ${body or formula}$ {_escape('(' + tail) if body else ''}"
