"""Five physics as a stranger would write them: a film, a contact, a lump, a flow that carries salt, a thermostat."""

from pathlib import Path

from trona.plugin import Physics, hookimpl
from trona_strangers.film import GrowingFilm
from trona_strangers.flow import Flow
from trona_strangers.lump import LumpedTemperature
from trona_strangers.thermostat import Thermostat
from trona_strangers.wall import Wall


@hookimpl
def trona_api() -> str:
    return "1.3"


@hookimpl
def trona_physics() -> list[type[Physics]]:
    return [Flow, GrowingFilm, LumpedTemperature, Thermostat, Wall]


@hookimpl
def trona_data() -> Path:
    return Path(__file__).parent
