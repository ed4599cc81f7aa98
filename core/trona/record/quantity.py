"""Readable numbers and units: prefixes, times, superscripts."""

from __future__ import annotations

import math
import re

# Symbols that may get an SI prefix at the start of a unit; K only if it stands alone and the value is small.
_PREFIXABLE = {"V", "A", "Pa", "m", "s", "W", "J", "N", "S", "Hz", "C", "mol", "ohm", "F"}
_PREFIXES = {-12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"}
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LINE = 34
"""Letters in a line of the label of an axis."""
_TIMES = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns"))


def prefixed(size: float, unit: str) -> tuple[float, str]:
    """The factor and prefixed unit for values up to `size` (in `unit`): (0.02, 'V') gives (1000, 'mV').

    Units without a prefix (1, 1/K, m^2, mA/cm^2) are returned unchanged with factor 1.
    """
    match = re.match(r"([A-Za-z]+)(?![\^A-Za-z])(.*)$", unit)
    size = abs(size)
    if match is None or size == 0 or not math.isfinite(size):
        return 1.0, unit
    symbol, rest = match.groups()
    if symbol not in _PREFIXABLE and not (symbol == "K" and not rest and size < 1):
        return 1.0, unit
    low, high = (0.1, 1e4) if rest else (1.0, 1e3)
    if low <= size < high:
        return 1.0, unit
    # Rounding, because the logarithm of 1e-6 is slightly below -6 and would give 1000 n.
    power = 3 * math.floor(round(math.log10(size), 9) / 3)
    power = min(max(power, -12), 12)
    return 10.0**-power, f"{_PREFIXES[power]}{symbol}{rest}"


def pretty(unit: str) -> str:
    """A unit with superscripts and dots for a picture: 'W/(m^2*K)' gives 'W/(m²·K)'."""
    text = re.sub(r"(?:\^|\*\*)(-?\d+)", lambda m: m.group(1).translate(_SUPERSCRIPTS), unit)
    text = text.replace("*", "·").replace("degC", "°C")
    text = re.sub(r"\bu(?=[msAVgLJWNFS]\b)", "µ", text)
    return re.sub(r"\bohm\b", "Ω", text)


def label(name: str, unit: str) -> str:
    """Name and unit for an axis: 'layer_height', 'nm' gives 'layer height [nm]'."""
    name = name.replace("_", " ")
    return name if unit in ("", "1") else f"{name} [{pretty(unit)}]"


def axis_label(name: str, unit: str, symbol: str = "", taken: str = "") -> str:
    """The label of an axis: 'temperature', 'nK', 'T', '298.15 K' gives 'Temperature $T$ − 298.15 K [nK]'.

    symbol: as matplotlib typesets it; a name that only spells it is left out. taken: what is taken off the values. A
    long label has several lines.
    """
    words = [] if symbol == f"\\{name}" else capital(name.replace("_", " ")).split(" ")
    parts = [*words, f"${symbol}$" if symbol else ""]
    parts += [less(taken), f"[{pretty(unit)}]" if unit not in ("", "1") else ""]
    lines: list[list[str]] = [[]]
    for part in filter(None, parts):
        if lines[-1] and sum(letters(each) + 1 for each in lines[-1]) + letters(part) > _LINE:
            lines.append([])
        lines[-1].append(part)
    return "\n".join(" ".join(line) for line in lines)


def less(taken: str) -> str:
    """What is taken off a value, behind it: '298.15 K' gives '− 298.15 K', and '-13 mV' gives '+ 13 mV'."""
    # The minus sign of typesetting, as in the tick labels.
    return f"+ {taken[1:]}" if taken.startswith("-") else f"\N{MINUS SIGN} {taken}" if taken else ""


def letters(text: str) -> int:
    """About how many letters wide a text is, formulas in it included."""
    return len(re.sub(r"\\mathrm|\\mathbf|[${}_^]", "", re.sub(r"\\(?!math)[a-z]+", "x", text)))


def capital(text: str) -> str:
    """The text with a capital letter, if it begins with a word: 'theta' gives 'Theta', 'pH' and 'x' stay."""
    first = text.split(" ")[0]
    return text[:1].upper() + text[1:] if len(first) > 2 and first.isalpha() and first.islower() else text


def time_scale(span: float) -> tuple[float, str]:
    """Length in seconds and name of the unit for times up to `span` [s]."""
    if span == 0 or not math.isfinite(span):
        return 1.0, "s"
    for seconds, name in _TIMES:
        # Minutes and longer units only from two on: 90 s rather than 1.5 min.
        if abs(span) >= (2 * seconds if seconds > 1 else seconds) * (1 - 1e-9):
            return seconds, name
    return _TIMES[-1]


def time_text(seconds: float) -> str:
    """A time [s] as text: 420 gives '7 min', 5e-5 gives '50 us'."""
    scale, name = time_scale(seconds)
    return f"{seconds / scale:.4g} {name}"
