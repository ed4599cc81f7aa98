"""From a deck to its model: reading, ordering by requires/provides, contributing, checking."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from trona.deck import Node, Pending, read_expression
from trona.deck.options import collect
from trona.errors import raise_all
from trona.model.boundary import read_boundaries
from trona.model.checks.check import check, missing
from trona.model.checks.controls import check_controls, check_names
from trona.model.checks.sense import repeated
from trona.model.contribution import Contribution
from trona.model.draft import Draft
from trona.model.elements import read_elements
from trona.model.facets import settle_borders
from trona.model.initial import read_initial
from trona.model.instances import Instance, in_order, one_declaration, read_physics
from trona.model.loading import registry
from trona.model.local_points import settle_orders, settle_traces
from trona.model.materials.evaluate import expectations
from trona.model.materials.materials import read_materials
from trona.model.moving import finish_motion
from trona.model.output_names import name_defined, name_outputs
from trona.model.physics import Physics
from trona.model.providing import provide
from trona.model.read_mesh import read_coordinates, read_length_unit, read_mesh_section
from trona.model.sections import entries_of
from trona.model.sources import read_sources
from trona.model.ties import tie_fields
from trona.model.unknown import Given, beyond
from trona.units import Unit

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from trona.deck import Deck
    from trona.mesh import MeshData
    from trona.model.alike import Comparison
    from trona.model.declare import Reference
    from trona.model.model import Model
    from trona.model.registry import Registry
    from trona.model.symbols import InputSymbol


def compose(
    deck: Deck,
    plugins: Registry | None = None,
    mesh: MeshData | None = None,
    mesh_warnings: Sequence[str] = (),
    like: Comparison | None = None,
) -> Model:
    """Return the model of a deck. Nothing is solved, and Firedrake is not imported.

    plugins: the physics to choose from; by default all installed ones. mesh: used instead of the one that the deck
    names, for instance a refined mesh with the same names. mesh_warnings: what a user should look at in that mesh.
    like: the begun comparison with a model that may differ in numbers only: then only these are checked.
    Raises DeckError, UserErrors or MeshError for mistakes of the user.
    """
    plugins = plugins or registry()
    if mesh is None:
        mesh, mesh_warnings = read_mesh_section(deck)
    draft = Draft(deck, plugins, mesh, read_coordinates(deck, mesh), [*plugins.broken, *mesh_warnings])
    draft.length_unit = read_length_unit(deck)
    _contribute(draft)
    read_sources(draft)
    settle_borders(draft)
    read_boundaries(deck.section("boundaries"), draft)
    settle_traces(draft)
    read_elements(draft)
    tie_fields(draft)
    read_initial(draft)
    finish_motion(draft)
    check_names(draft, [*draft.fields, *draft.given])
    check_controls(draft)
    known = like is not None and like.may_agree(draft)
    if like is not None and known and not like.agrees(draft):
        return compose(deck, plugins, mesh, mesh_warnings)
    absent = [] if known else missing(draft)
    for block, name, _ in draft.properties:
        draft.expectations += expectations(draft.materials[block], name, draft)
    findings = check(draft.model(), absent, numbers_only=known)
    settle_orders(draft)
    model = draft.model()
    return replace(
        model,
        warnings=(*model.warnings, *findings.warnings),
        mesh_warnings=tuple(mesh_warnings),
        expectations=(*model.expectations, *findings.expectations),
        judged_later=tuple(findings.judged_later),
    )


def _contribute(draft: Draft) -> None:
    """Read `physics`, `given` and `materials`, order the plugins and let each contribute."""
    instances = read_physics(draft.deck, draft.mesh, draft.registry, draft.position_and_time)
    _read_given(draft)
    raise_all(one_declaration(instances, draft.registry))
    acting = {instance: instance.acts_at(draft.mesh) for instance in instances}
    own = provide(draft, instances, acting)
    keys = {instance: key for instance, (_, key) in acting.items()}

    def found(instance: Instance, need: Reference) -> bool:
        known: Collection[str] = draft.fields if need.kind == "field" else draft.balances
        return own[instance].find(need.name) in known

    ordered = in_order(instances, keys, draft.registry, draft.given, found)
    contributions: list[Contribution] = []
    physics: list[Physics] = []
    for instance in ordered:
        location, cls = instance.node.location, instance.cls
        contributions.append(Contribution(draft, instance.name, location, own[instance], cls.feeds, cls.reads()))
        made = partial(cls, instance.values, contributions[-1].option_value, instance.name)
        physics.append(instance.run(made))
    draft.physics = [*physics]
    raise_all(list(repeated(draft)))
    draft.materials = read_materials(draft.deck.section("materials"), draft)
    for instance, each, contribution in zip(ordered, physics, contributions, strict=True):
        instance.run(partial(each.contribute, contribution))
    collect(partial(_settle, draft, symbol) for symbol in draft.pending)
    name_defined(draft)
    name_outputs(draft)


def _settle(draft: Draft, symbol: InputSymbol) -> None:
    """Read an option of which not all names were known before."""
    assert isinstance(symbol.expression, Pending)
    symbol.expression.settle(draft.variables_at(symbol.region))
    draft.note(symbol)


def _read_given(draft: Draft) -> None:
    node = draft.deck.section("given")

    def read(name: str, value: Node) -> None:
        expression = read_expression(value, draft.position_and_time)
        field = draft.registry.declared_field(name)
        if field is not None:
            if not expression.unit.same_dimension(Unit.parse(field.unit)):
                raise value.error(f"'{name}' is in {field.unit}, got {value.kind}")
            known = expression.known_values
            if known and (must := beyond(field, min(known), max(known))):
                raise value.error(f"'{name}' must be {must}, got {value.kind}")
        draft.given[name] = Given(
            name, expression.unit, draft.input(expression, name), draft.mesh.blocks, value.location
        )

    collect(partial(read, name, value) for name, value in entries_of(node).items())
