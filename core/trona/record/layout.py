"""The layout of the record in a checkpoint, which is checked because anyone can edit the file."""

from __future__ import annotations

from typing import Any

from trona.deck.layout import COUNT, NUMBER, TEXT, Array, Matching, Maybe, MisfitError, Named, Number, same_length

_SAFE = r"[A-Za-z0-9_][A-Za-z0-9._-]*"
_NAME = Matching(_SAFE, "the name of a file without its folder")
_FILE = Matching(rf"{_SAFE}(/{_SAFE})*", "the name of a file in the folder of the run")
_NEWTON = {"step": COUNT, "time": NUMBER, "iterations": COUNT, "residuals": [NUMBER], "reason": TEXT}
_LINE = {
    "time": NUMBER,
    "step": COUNT,
    "distance": Array((None,)),
    "points": Array((None, None)),
    "fields": Named({"values": Array(finite=False), "unit": TEXT, "text": TEXT}),
}
RECORD_LAYOUT = {
    "table": {
        "step": Array((None,), whole=True),
        "time": Array((None,)),
        "units": Named(TEXT),
        "columns": Named(Array((None,), finite=False)),
        "notes": [Named(TEXT)],
    },
    "newton": {"iterations": [COUNT], "first": Maybe(_NEWTON), "last": Maybe(_NEWTON)},
    "protocol": Maybe({"steps": [Named(TEXT)], "cycles": [Named(TEXT)]}),
    "audit": COUNT,
    "fields": {"names": Named(_NAME), "entries": [(NUMBER, COUNT, TEXT, _FILE)]},
    "written": Maybe(COUNT),
    "lines": Named([_LINE]),
    "line_files": Named(_NAME),
    "elapsed": Number(),
    "warnings": [TEXT],
    "files": [_FILE],
}
"""The layout of `Record.state`."""


def refuse_uneven(state: dict[str, Any]) -> None:
    """Raise MisfitError if entries of a state with this layout contradict each other."""
    table = state["table"]
    same_length("record.table", step=table["step"], time=table["time"], **table["columns"])
    same_length("record.table", time=table["time"], notes=table["notes"])
    for name in table["columns"]:
        if name not in table["units"]:
            raise MisfitError(f"record.table.units: no unit of {name}")
    for name, lines in state["lines"].items():
        for line in lines:
            values = {field: data["values"] for field, data in line["fields"].items()}
            same_length(f"record.lines.{name}", distance=line["distance"], points=line["points"], **values)
