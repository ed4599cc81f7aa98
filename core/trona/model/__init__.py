"""The Model room: regions, fields, properties, balances and interface laws, composed by plugins; plain UFL."""

from trona.model.composing import compose
from trona.model.loading import registry
from trona.model.model import Model
from trona.model.physics import Physics, PropertyForm
from trona.model.registry import Registry
from trona.model.structure import Structure, structure_of

__all__ = ["Model", "Physics", "PropertyForm", "Registry", "Structure", "compose", "registry", "structure_of"]
