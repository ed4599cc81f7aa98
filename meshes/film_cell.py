"""What the scripts of a cell share: metal, film and electrolyte on each other, with a shape on a side of the film."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from gmsh_model import add_output_options, not_negative, positive

BLOCKS = ("metal", "sei", "electrolyte")
SIDES = ("metal", "electrolyte", "both")


def waves_of_film(
    wave_on: str, amplitude: float, thickness: float, metal: float, electrolyte: float
) -> tuple[float, float]:
    """Return the parts of the amplitude that the film's surfaces have, on the metal and in the electrolyte: 0 or 1.

    thickness: of the film; metal, electrolyte: of the blocks. Raises ValueError for an unknown side, or where the
    amplitude exceeds a layer.
    """
    if wave_on not in SIDES:
        raise ValueError(f"wave_on is one of {', '.join(SIDES)}, got {wave_on!r}")
    if amplitude >= min(metal, electrolyte) or (wave_on != "both" and amplitude >= thickness):
        raise ValueError("the amplitude is larger than the layer that the surface enters")
    return float(wave_on != "electrolyte"), float(wave_on != "metal")


def run(
    build: Callable[..., None],
    script: str,
    description: str | None,
    lengths: Mapping[str, tuple[float, str]],
    choices: Mapping[str, tuple[Sequence[str], str]],
) -> None:
    """Build the mesh that the command line asks for, by default beside the script.

    lengths: default in um, and text, of options that are numbers; choices: values, the first the default, and text.
    """
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter, epilog="All lengths are in um."
    )
    for name, (values, text) in choices.items():
        parser.add_argument(f"--{name}", choices=values, default=values[0], help=f"{text} (default: %(default)s)")
    for name, (value, text) in lengths.items():
        kind = not_negative if name == "amplitude" else positive
        parser.add_argument(f"--{name}", type=kind, default=value, help=f"{text} (default: %(default)s)")
    parser.add_argument("--label-interfaces", action="store_true", help="name the interfaces too")
    add_output_options(parser, Path(script).with_suffix(".msh"))
    try:
        build(**vars(parser.parse_args()))
    except ValueError as error:
        parser.error(str(error))
