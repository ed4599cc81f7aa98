"""An animation of a field over the times at which it was written, as GIF or, with ffmpeg, as MP4."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from trona.errors import UserError
from trona.readings.snapshot import Snapshot
from trona.record.geometry import Floats
from trona.record.look import Look
from trona.record.paper import image
from trona.record.pictures import Pictures
from trona.record.planes import box_of
from trona.record.scale import scalar
from trona.record.sections import both_halves

_DPI = 150
_SECONDS, _LEAST, _MOST = 6.0, 0.04, 0.5
"""How long a film lasts, and a picture of it at least and at most, s."""


def film(states: Sequence[Callable[[], Snapshot]], field: str, target: Path, look: Look) -> None:
    """Draws all states of a field with one scale of colours. Raises UserError without ffmpeg for an MP4, ValueError."""
    if target.suffix.lower() == ".mp4" and shutil.which("ffmpeg") is None:
        raise UserError(f"{target}: an MP4 needs ffmpeg, which is not installed; a .gif does not")
    reach: list[float] = []
    boxes = []
    for state in states:
        shown = both_halves(state()) if look.mirrored else state()
        boxes.append(box_of(list(shown.blocks.values())) if _is_plane(shown) else None)
        for block in shown.blocks.values():
            reach += _ends(scalar(block.fields[field])) if field in block.fields else []
    known = np.array([box for box in boxes if box is not None])
    whole = (*known[:, :2].min(axis=0), *known[:, 2:].max(axis=0)) if len(known) else None
    frames = _frames(states, field, look, np.array(reach), whole)
    seconds = float(np.clip(_SECONDS / len(states), _LEAST, _MOST))
    part = target.with_name(f".{target.name}.part")
    try:
        if target.suffix.lower() == ".gif":
            first, *rest = [frame.quantize(128, dither=Image.Dither.NONE) for frame in frames]
            first.save(part, format="gif", save_all=True, append_images=rest, duration=int(1000 * seconds), loop=0)
        else:
            _encode(frames, part, 1 / seconds)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _ends(values: Floats) -> list[float]:
    finite = values[np.isfinite(values)]
    return [float(finite.min()), float(finite.max())] if finite.size else []


def _is_plane(shown: Snapshot) -> bool:
    return all(b.points.shape[1] == 2 and not b.cell_type.startswith("line") for b in shown.blocks.values())


def _frames(
    states: Sequence[Callable[[], Snapshot]], field: str, look: Look, reach: Floats, whole: Any
) -> Iterator[Image.Image]:
    """Yield the pictures, all of the size of the first: a body that moves may change it by some pixels.

    whole: the box of all states in a plane, so that the axes stand still.
    """
    size = None
    for state in states:
        drawn = image(Pictures(state(), None, look, whole).figure(field, reach), _DPI)
        size = size or (drawn.width // 2 * 2, drawn.height // 2 * 2)  # the formats of films halve them
        paper = Image.new("RGB", size, "white")
        paper.paste(drawn, (0, 0))
        yield paper


def _encode(frames: Iterator[Image.Image], target: Path, rate: float) -> None:
    first = next(frames)
    words = ["ffmpeg", "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24"]
    words += ["-s", f"{first.width}x{first.height}", "-r", f"{rate:g}", "-i", "-", "-an", "-c:v", "libx264"]
    words += ["-pix_fmt", "yuv420p", "-f", "mp4", str(target)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        try:
            for frame in (first, *frames):
                process.stdin.write(frame.tobytes())
        except BrokenPipeError:
            pass  # it says why
        _, said = process.communicate()
    if process.returncode:
        raise UserError(f"{target}: ffmpeg failed ({said.decode(errors='replace').strip().splitlines()[-1:]})")
