"""Units: their parsing, conversion to the SI and arithmetic."""

from trona.units.unit import MAX_EXPONENT, NAME, SUPERSCRIPT, Unit, lowered

__all__ = ["MAX_EXPONENT", "NAME", "SUPERSCRIPT", "Unit", "lowered"]
