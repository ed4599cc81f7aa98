"""The Stepper room: time steps with error control and retries."""

from trona.stepper.settings import TimeSettings, read_time
from trona.stepper.stepper import Step, Stepper

__all__ = ["Step", "Stepper", "TimeSettings", "read_time"]
