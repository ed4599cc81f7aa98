"""A number that a model takes as given, as plain data: what it is, and where it is from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parameter:
    """owner: the block or the physics it belongs to. value: in `unit`, an SI unit; None if it varies.

    written: as it stands in the deck or the material file. source: where it is from; assumption: whether it is only
    assumed.
    """

    owner: str
    name: str
    value: float | None
    unit: str
    written: str
    source: str
    uncertainty: str = ""
    assumption: bool = False

    @property
    def origin(self) -> str:
        """The source, with ASSUMED before it where the value is an assumption."""
        return marked(self.source, self.assumption)


def marked(source: str, assumption: bool) -> str:
    """Return a source, with ASSUMED before it if what comes from it is an assumption."""
    return f"ASSUMED: {source}".rstrip(": ") if assumption else source
