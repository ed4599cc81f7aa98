"""The Stepper room: time steps with error control and retries."""

from trona.stepper.programme import CycleEnd, Programme, StepEnd
from trona.stepper.stepper import Step, Stepper

__all__ = ["CycleEnd", "Programme", "Step", "StepEnd", "Stepper"]
