"""What a deck says besides its physics: each section a typed object, read once. Needs no Firedrake."""

from trona.settings.settings import Settings, read_settings

__all__ = ["Settings", "read_settings"]
