"""UFL expressions as text or LaTeX, with the names of their symbols."""

from __future__ import annotations

from typing import Any

import ufl
from ufl.classes import (
    Abs,
    ComponentTensor,
    Conditional,
    Division,
    Dot,
    FixedIndex,
    Grad,
    Indexed,
    IndexSum,
    Inner,
    MathFunction,
    MaxValue,
    MinValue,
    MultiIndex,
    Power,
    Product,
    ScalarValue,
    Sqrt,
    Sum,
    Zero,
)

from trona.model.symbols import Symbol, written_size

MOST_PARTS = 10_000
"""How many parts of an expression are printed; one with more, as definitions in definitions make it, is left out."""
_SUM, _PRODUCT, _POWER, _ATOM = 1, 2, 3, 4


_LATEX = {
    "_": r"\_",
    " ": r"\_",
    "\\": r"\backslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "^": r"\hat{}",
    "~": r"\sim{}",
}
"""What means something else in a formula than itself."""


class Printer:
    """Prints an expression; `latex` chooses the language."""

    def __init__(self, latex: bool = False) -> None:
        self.latex = latex

    def __call__(self, expression: Any) -> str:
        if written_size(expression) > MOST_PARTS:
            return r"\ldots" if self.latex else "..."
        return self._show(ufl.as_ufl(expression))[0]

    def name(self, symbol: Any) -> str:
        """Return a symbol's name; a trace carries its side."""
        if not self.latex:
            return str(symbol)
        text = rf"\mathrm{{{''.join(_LATEX.get(c, c) for c in symbol.shown)}}}"
        return f"{text}^{{{'-' if symbol.side == 'minus' else '+'}}}" if symbol.side else text

    def _in(self, expression: Any, level: int) -> str:
        text, own = self._show(expression)
        if own >= level:
            return text
        return rf"\left({text}\right)" if self.latex else f"({text})"

    def _call(self, name: str, *arguments: Any) -> tuple[str, int]:
        inner = ", ".join(self._show(a)[0] for a in arguments)
        if self.latex:
            head = (
                rf"\{name}"
                if name in ("exp", "ln", "sin", "cos", "tan", "sinh", "cosh", "tanh")
                else rf"\mathrm{{{name}}}"
            )
            return rf"{head}\left({inner}\right)", _ATOM
        return f"{name}({inner})", _ATOM

    def _show(self, e: Any) -> tuple[str, int]:
        operands = e.ufl_operands
        match e:
            case Symbol():
                return self.name(e), _ATOM
            case Zero():
                return "0", _ATOM
            case ScalarValue():
                value = e.value()
                return f"{value:g}", _ATOM if value >= 0 else _SUM
            case Sum():
                return self._sum(operands), _SUM
            case Product():
                return self._product(operands)
            case Division():
                if self.latex:
                    return rf"\frac{{{self._show(operands[0])[0]}}}{{{self._show(operands[1])[0]}}}", _ATOM
                return f"{self._in(operands[0], _PRODUCT)}/{self._in(operands[1], _POWER)}", _PRODUCT
            case Power():
                exponent = self._show(operands[1])[0] if self.latex else self._in(operands[1], _ATOM)
                base = self._in(operands[0], _ATOM)
                return (f"{base}^{{{exponent}}}" if self.latex else f"{base}^{exponent}"), _POWER
            case Grad():
                if self.latex:
                    return rf"\nabla {self._in(operands[0], _POWER)}", _POWER
                return self._call("grad", operands[0])
            case Dot() | Inner():
                dot = r" \cdot " if self.latex else " . "
                return f"{self._in(operands[0], _POWER)}{dot}{self._in(operands[1], _POWER)}", _PRODUCT
            case Indexed():
                index = operands[1]
                if isinstance(index, MultiIndex) and all(isinstance(i, FixedIndex) for i in index):
                    inside = ", ".join(str(int(i)) for i in index)
                    base = self._in(operands[0], _ATOM)
                    return (f"{base}_{{{inside}}}" if self.latex else f"{base}[{inside}]"), _ATOM
                return self._show(operands[0])
            case ComponentTensor() | IndexSum():
                return self._show(operands[0])
            case Abs():
                inner = self._show(operands[0])[0]
                return (rf"\left|{inner}\right|" if self.latex else f"|{inner}|"), _ATOM
            case Sqrt():
                return (
                    (rf"\sqrt{{{self._show(operands[0])[0]}}}", _ATOM) if self.latex else self._call("sqrt", *operands)
                )
            case MathFunction():
                return self._call(e._name, *operands)
            case Conditional():
                return self._call("if", *operands)
            case MinValue() | MaxValue():
                return self._call("min" if isinstance(e, MinValue) else "max", *operands)
        if len(operands) == 2 and hasattr(e, "_name"):
            return f"{self._in(operands[0], _SUM)} {e._name} {self._in(operands[1], _SUM)}", _SUM
        return self._call(type(e).__name__.lower(), *[o for o in operands if not isinstance(o, MultiIndex)])

    def _sum(self, operands: Any) -> str:
        parts: list[str] = []
        pending = list(operands)
        while pending:
            term = pending.pop(0)
            if isinstance(term, Sum):
                pending[:0] = term.ufl_operands
                continue
            text, level = self._show(term)
            text = text if level >= _PRODUCT or text.startswith("-") else f"({text})"
            parts.append(text)
        # Positive terms first reads better; UFL's own order means nothing.
        parts.sort(key=lambda p: p.startswith("-"))
        out = parts[0]
        for part in parts[1:]:
            out += f" - {part[1:].lstrip()}" if part.startswith("-") else f" + {part}"
        return out

    def _product(self, operands: Any) -> tuple[str, int]:
        factors: list[Any] = []
        pending = list(operands)
        while pending:
            factor = pending.pop(0)
            if isinstance(factor, Product):
                pending[:0] = factor.ufl_operands
            else:
                factors.append(factor)
        sign, shown = "", []
        for factor in factors:
            if isinstance(factor, ScalarValue) and not isinstance(factor, Zero) and factor.value() < 0:
                sign = "" if sign else "-"
                if factor.value() != -1:
                    shown.append(f"{-factor.value():g}")
                continue
            text = self._in(factor, _PRODUCT)
            if text.startswith("-"):
                sign, text = ("" if sign else "-"), text[1:]
            shown.append(text)
        joint = r" \, " if self.latex else " * "
        return sign + (joint.join(shown) or "1"), _PRODUCT
