"""A first deck for a mesh and some physics, completed from the example decks of the plugins."""

from trona.starter.choices import Choices, Questions
from trona.starter.new_deck import new_deck

__all__ = ["Choices", "Questions", "new_deck"]
