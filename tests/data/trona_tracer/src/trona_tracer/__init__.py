"""A dilute tracer for trona: diffusion, and partition between phases."""

from pathlib import Path

from trona.plugin import Physics, hookimpl
from trona_tracer.diffusion import Tracer
from trona_tracer.partition import TracerPartition


@hookimpl
def trona_physics() -> list[type[Physics]]:
    return [Tracer, TracerPartition]


@hookimpl
def trona_data() -> Path:
    return Path(__file__).parent
