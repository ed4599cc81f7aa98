"""The sections of a deck other than its physics: each a typed object, read once. Needs no Firedrake."""

from trona.settings.settings import Settings, read_settings

__all__ = ["Settings", "read_settings"]
