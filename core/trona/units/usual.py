"""The units that decks are usually written in, known without pint, which takes longer to load than a deck to check."""

from __future__ import annotations

from fractions import Fraction

Dimension = tuple[Fraction, ...]
"""Exponents of the base units."""

BASE = ("m", "kg", "s", "A", "K", "mol", "cd")
DERIVED = {
    "V": (2, 1, -3, -1),
    "W": (2, 1, -3),
    "N": (1, 1, -2),
    "J": (2, 1, -2),
    "Pa": (-1, 1, -2),
    "C": (0, 0, 1, 1),
    "S": (-2, -1, 3, 2),
    "ohm": (2, 1, -3, -2),
    "F": (-2, -1, 4, 2),
}
PREFIXED = ("m", "s", "A", "K", "mol", *DERIVED)
USUAL = {"degC": ("K", 1.0, 273.15), "min": ("s", 60.0, 0.0), "h": ("s", 3600.0, 0.0), "g": ("kg", 1e-3, 0.0)}
PREFIXES = {"n": 1e-9, "u": 1e-6, "µ": 1e-6, "m": 1e-3, "c": 1e-2, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}


def usual(name: str) -> tuple[Dimension, float, float] | None:
    """Return dimension, factor and offset of a usual unit, or of a SI one, alone or with a usual prefix.

    None for any other; pint then knows.
    """
    if name in USUAL:
        base, factor, offset = USUAL[name]
    elif name[1:] in PREFIXED and name not in DERIVED and name[0] in PREFIXES:
        base, factor, offset = name[1:], PREFIXES[name[0]], 0.0
    else:
        base, factor, offset = name, 1.0, 0.0
    if base not in (*BASE, *DERIVED):
        return None
    exponents = DERIVED[base] if base in DERIVED else tuple(int(base == each) for each in BASE)
    return tuple(Fraction(e) for e in (*exponents, *(0,) * (len(BASE) - len(exponents)))), factor, offset
