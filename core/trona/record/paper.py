"""Figures as files: PNG, and SVG or PDF for papers, of which the same figure gives the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from trona.record.scale import DPI
from trona.record.style import styled

_RUNS = 3
"""Of zlib's strategies the one that looks for runs alone: areas of one colour and, in the rest, steps that repeat. The
files are as small as with the fourth of nine levels, in two thirds of its time."""
_PRINT = 300
"""Pixels per inch of what is no line or letter in a file for a paper."""
VECTOR = {".svg": {"Date": None, "Creator": "trona"}, ".pdf": {"CreationDate": None, "Creator": "trona"}}
"""The endings of files for papers, and what they say of themselves: not the time."""
# Text as letters that a journal can set; ids that do not change.
_PAPER: Any = {"pdf.fonttype": 42, "svg.fonttype": "path", "svg.hashsalt": "trona"}


@styled
def save(figure: Figure, target: Path | BinaryIO) -> None:
    """Writes a figure to an open file as PNG or, atomically, to a path as its ending says: .png, .svg or .pdf.

    A PNG at a path has the resolution of print.
    """
    if not isinstance(target, Path):
        _write(figure, target)
        return
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("wb") as file:
            _write(figure, file, target.suffix.lower(), _PRINT)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


@styled
def image(figure: Figure, dpi: float = DPI) -> Image.Image:
    """Return a figure as pixels. Figure.savefig would draw it a second time, for its layout."""
    figure.set_dpi(dpi)
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")  # nothing shines through


def _write(figure: Figure, file: BinaryIO, ending: str = ".png", dpi: float = DPI) -> None:
    if ending in VECTOR:
        for artist in figure.findobj(lambda found: found.get_gid() == FILLED):
            artist.set_rasterized(True)  # thousands of triangles are pixels in these files too
        with matplotlib.rc_context(_PAPER):
            figure.savefig(file, format=ending[1:], dpi=_PRINT, metadata=VECTOR[ending])
        return
    image(figure, dpi).save(file, format="png", dpi=(dpi, dpi), compress_level=1, compress_type=_RUNS)


FILLED = "filled"
"""The mark of what fills an area with the colours of its values."""
