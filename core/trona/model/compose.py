"""From the sections of a deck to a composed model: reading, ordering by requires/provides, contributing."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trona.deck import Node, parse_expression, parse_input, read_expression
from trona.deck.options import OptionContext, OptionValues, collect, read_options
from trona.errors import DeckError, UserError, hint, raise_all
from trona.mesh import layered_mesh, read_mesh
from trona.model.balance import Balance
from trona.model.boundary import check_positive
from trona.model.checks.faults import located
from trona.model.checks.sense import repeated
from trona.model.coordinates import KINDS, Coordinates
from trona.model.declare import FieldDeclaration, Reference
from trona.model.field import Field, Given
from trona.model.materials.materials import read_materials
from trona.model.names import name_outputs
from trona.model.sections import MAX_ORDER, ElementsSection, MeshSection, entries_of
from trona.units import Unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from trona.model.boundary_law import Law
    from trona.model.model import Model
    from trona.model.physics import Physics


def read_mesh_section(model: Model) -> Any:
    """Read the deck's `mesh` and the file it names, or make its layers."""
    node = model.deck.root.mapping()["mesh"]
    context = OptionContext(folder=model.deck.folder)
    declared = MeshSection.options()
    found = read_options("mesh", declared, node, context)
    values, ways = found.values, ("file", "layers")
    given = [way for way in ways if values[way] is not None]
    if len(given) != 1:
        texts = " or ".join(f"'{way}' ({declared[way].text})" for way in ways)
        raise node.error(f"mesh needs {texts}" if not given else "give 'file' or 'layers', not both")
    location = found.location(given[0])
    needless = ("length_unit",) if given == ["layers"] else ("width", "cells", "cells_across", "wave")
    for option in needless:
        if option in found.given:
            raise found.given[option].error(f"'{option}' has no meaning with '{given[0]}'")
    if given == ["layers"]:
        layers = [(name, thickness.constant) for layer in values["layers"] for name, thickness in layer.items()]
        if not layers:
            raise node.mapping()["layers"].error("expected at least one layer")
        width = values["width"].constant if values["width"] is not None else None
        wave = {name: amplitude.constant for name, amplitude in (values["wave"] or {}).items()}
        return layered_mesh(
            layers,
            width,
            cells=values["cells"],
            cells_across=values["cells_across"],
            wave=wave,
            location=found.location("wave") if wave else location,
        )
    path = Path(values["file"])
    path = path if path.is_absolute() else model.deck.folder / path
    unit = Unit.parse(values["length_unit"])
    mesh, warnings = read_mesh(path, unit.factor, location=location)
    model.warnings.extend(warnings)
    return mesh


def read_coordinates(model: Model) -> Coordinates:
    """Return the coordinate system that the deck's `mesh` names, checked against the mesh."""
    node = model.deck.root.mapping()["mesh"].mapping().get("coordinates")
    coordinates = Coordinates(node.string() if node is not None else KINDS[0], model.symbols, model.dimension)
    try:
        coordinates.check(model.mesh)
    except UserError as error:
        raise DeckError(str(error), node.location if node is not None else None) from None
    return coordinates


def read_elements(model: Model) -> None:
    """Read the deck's `elements`: polynomial orders and the quadrature degree."""
    node = model.deck.section("elements")
    fields = entries_of(node)
    own = {k: v for k, v in fields.items() if k in model.fields}
    errors: list[UserError] = []
    for name, value in own.items():
        order = value.whole
        if order is None or not 1 <= order <= MAX_ORDER:
            errors.append(value.error(f"expected an order from 1 to {MAX_ORDER}, got {value.kind}"))
        elif order < (least := model.fields[name].declaration.least_order):
            errors.append(value.error(f"'{name}' needs an order of at least {least}, got {value.kind}"))
        else:
            model.fields[name].degree = order
    declared = ElementsSection.options()
    known = [*declared, *model.fields]
    for key in fields:
        if key not in known and node is not None:
            errors.append(DeckError(f"no field or option '{key}'{hint(key, known)}", node.key(key)))
    raise_all(errors)
    rest = node.without(tuple(own)) if node is not None and fields else None
    values = read_options("elements", declared, rest, OptionContext(folder=model.deck.folder)).values
    for name, field in model.fields.items():
        if name not in own:
            least = field.declaration.least_order
            field.degree = max(values["order"] - field.declaration.order_below, least)
    for held in model.constraints:  # a multiplier of a higher order than what it holds would be undetermined
        if held.multiplier.name not in own:
            held.multiplier.degree = min(held.multiplier.degree, held.balance.field.degree)
    highest = max((f.degree for f in model.fields.values()), default=1)
    model.quadrature_degree = values["quadrature_degree"] or max(2 * highest, 3)


def read_initial(model: Model) -> None:
    """Read the deck's `initial` values, which are also the first guess of a steady solve."""
    node = model.deck.section("initial")

    def read(name: str, value: Node) -> None:
        if name not in model.fields:
            assert node is not None
            raise DeckError(f"no field '{name}'{hint(name, model.fields)}", node.key(name))
        field = model.fields[name]
        if field.shape:
            raise value.error(f"'{name}' has several components and starts from zero; it takes no initial value")
        variables = {"t": Unit.parse("s")} if field.kind == "global" else model.position_and_time
        expression = parse_input(value, field.unit, variables, model.deck.folder)
        field.initial, field.initial_place = model.input(expression, f"initial {name}"), value.location
        check_positive(field, field.initial, value)
        if expression.is_constant:
            field.reference = expression.constant

    collect(partial(read, name, value) for name, value in entries_of(node).items())


def add_field(
    model: Model, declaration: FieldDeclaration, plugin: str, blocks: tuple[str, ...], law: Law | None = None
) -> Field:
    """Create a field. Raises UserError when its name is taken."""
    name, unit = declaration.name, Unit.parse(declaration.unit)
    if name in model.fields:
        other = model.fields[name].plugin
        if other == plugin and blocks:
            raise UserError(f"{plugin} stands twice; name all its blocks in one list")
        if other == plugin and law is not None:
            raise UserError(f"{plugin} stands twice at {law.name}")
        raise UserError(f"field '{name}' is already provided by {other}")
    if name in model.given:
        raise UserError(f"field '{name}' is provided by {plugin}; remove it from 'given'")
    if declaration.kind == "surface" and model.dimension == 1:
        raise UserError(
            f"field '{name}' lives on an interface or boundary, which is a point on this line; use a 2-D strip"
        )

    def number(text: str, otherwise: float) -> float:
        return parse_expression(text, {}, unit).constant if text else otherwise

    components = declaration.components
    field = Field(
        declaration,
        unit,
        blocks,
        plugin,
        shape=(components,) if components else (model.dimension,) * declaration.rank,
        scale=number(declaration.scale, unit.factor),
        reference=number(declaration.reference, 0.0),
        law=law,
        place=model.place,
    )
    model.fields[name] = field
    return field


class Instance:
    """One use of a plugin in a deck: its class, where it stands and its options."""

    def __init__(self, name: str, cls: type[Physics], node: Node, values: OptionValues, whose: str = "") -> None:
        self.name, self.cls, self.node, self.values, self.whose = name, cls, node, values, whose or name

    @property
    def key(self) -> tuple[str, str]:
        """A key that does not depend on the order in the deck."""
        return self.name, repr(sorted((k, str(getattr(v, "text", v))) for k, v in self.values.values.items()))

    def run(self, action: Callable[[], Any]) -> Any:
        """Run something that this plugin wrote; its mistakes are told at its place in the deck."""
        return located(self.node.location, action, self.cls, self.whose)


def compose(model: Model) -> None:
    """Read `physics`, `given` and `materials`, order the plugins and let each contribute."""
    instances = _read_physics(model)
    _read_given(model)
    _provide(model, instances)
    ordered = _order(model, instances)
    model.names.stand(instances, [*model.fields, *model.balances])
    for instance in ordered:
        model.contributor, model.place = instance.name, instance.node.location
        model.physics.append(instance.run(partial(instance.cls, instance.values, model, instance.name)))
    raise_all(list(repeated(model)))
    model.materials.update(read_materials(model.deck.section("materials"), model))
    for instance, physics in zip(ordered, model.physics, strict=True):
        model.contributor, model.place = instance.name, instance.node.location
        model.names.turn(instance, model)
        instance.run(partial(physics.contribute, model))
    model.names.turn(None, model)
    name_outputs(model)


def finish_motion(model: Model) -> None:
    """Complete the balances where the mesh moves. Raises DeckError for a section `motion` that nothing needs."""
    node = model.deck.section("motion")
    if model.motion is not None:
        model.motion.check()
        model.motion.carry()
    elif node is not None:
        raise DeckError("no physics here moves an interface, so the mesh does not move", node.location)


def _read_physics(model: Model) -> list[Instance]:
    section = model.deck.root.mapping()["physics"]
    errors: list[UserError] = []
    instances: list[Instance] = []

    def interface_exists(text: str) -> None:
        model.mesh.interface(text)

    context = OptionContext(
        blocks=model.mesh.blocks,
        boundaries=tuple(model.mesh.boundaries),
        interfaces=tuple(model.mesh.interfaces),
        check_interface=interface_exists,
        variables=model.position_and_time,
        folder=model.deck.folder,
    )
    for name, node in section.mapping().items():
        cls = model.registry.find(name)
        if cls is None:
            errors.append(DeckError(model.registry.no_such(name), section.keys[name]))
            continue
        whose = f"{name} ({model.registry.origin(name)})"
        for entry in node.value if isinstance(node.value, list) else [node]:
            try:
                values = located(entry.location, partial(_options, name, cls, entry, context), cls, whose)
            except UserError as error:
                errors.append(error)
            else:
                instances.append(Instance(name, cls, entry, values, whose))
    raise_all(errors)
    if not instances:
        raise DeckError("no physics is asked for", section.location)
    return sorted(instances, key=lambda i: i.key)


def _options(name: str, cls: type[Physics], entry: Node, context: OptionContext) -> OptionValues:
    return read_options(name, cls.declared_options(), entry, context)


def _read_given(model: Model) -> None:
    node = model.deck.section("given")

    def read(name: str, value: Node) -> None:
        expression = read_expression(value, model.position_and_time)
        field = model.registry.declared_field(name)
        if field is not None:
            if not expression.unit.same_dimension(Unit.parse(field.unit)):
                raise value.error(f"'{name}' is in {field.unit}, got {value.kind}")
            if field.positive and any(known <= 0 for known in expression.known_values):
                raise value.error(f"'{name}' must be above 0 {field.unit}, got {value.kind}")
        model.given[name] = Given(
            name, expression.unit, model.input(expression, name), model.mesh.blocks, value.location
        )

    collect(partial(read, name, value) for name, value in entries_of(node).items())


def _provide(model: Model, instances: list[Instance]) -> None:
    """Create every declared field and balance, so that contributions may come in any order."""
    for instance in instances:
        model.place = instance.node.location
        instance.run(partial(_declare, model, instance))


def _declare(model: Model, instance: Instance) -> None:
    for declaration in instance.cls.provides:
        if isinstance(declaration, FieldDeclaration):
            on: Any = instance.values.values.get(declaration.on) or ()
            surface = declaration.kind == "surface"
            blocks = () if surface or declaration.kind == "global" else tuple(on)
            law = model.interface(on) if surface else None
            add_field(model, declaration, instance.name, blocks, law)
    for declaration in instance.cls.provides:
        if not isinstance(declaration, FieldDeclaration):
            field = model.fields[declaration.field]
            unit = Unit.parse(declaration.unit)
            if declaration.name in model.balances:
                other = model.balances[declaration.name].plugin
                raise UserError(f"balance '{declaration.name}' is already provided by {other}")
            model.balances[declaration.name] = Balance(declaration, unit, field, instance.name, model)


def _order(model: Model, instances: list[Instance]) -> list[Instance]:
    """Order by requires/provides, ties by name. Reports what is missing and any cycle."""
    providers: dict[Reference, list[Instance]] = {}
    for instance in instances:
        for declaration in instance.cls.provides:
            providers.setdefault(declaration.ref, []).append(instance)
    needs: dict[int, list[Instance]] = {}
    gaps: list[UserError] = []
    for instance in instances:
        before: list[Instance] = []
        for reference in instance.cls.requires:
            if reference in providers:
                before.extend(providers[reference])
            elif not (reference.kind == "field" and reference.name in model.given):
                gaps.append(DeckError(_gap(model, instance.name, reference), instance.node.location))
        for reference in instance.cls.uses:
            before.extend(providers.get(reference, []))
        needs[id(instance)] = [i for i in before if i is not instance]
    raise_all(gaps)
    ordered: list[Instance] = []
    waiting = list(instances)
    while waiting:
        done = {id(i) for i in ordered}
        ready = next((i for i in waiting if all(id(n) in done for n in needs[id(i)])), None)
        if ready is None:
            raise DeckError(f"plugins wait for each other: {_cycle(waiting, needs)}", waiting[0].node.location)
        ordered.append(ready)
        waiting.remove(ready)
    return ordered


def _gap(model: Model, name: str, reference: Reference) -> str:
    able = [n for n, cls in model.registry.physics.items() if any(d.ref == reference for d in cls.provides)]
    cure = f"; provided by {', '.join(able)}" if able else ""
    if reference.kind == "field":
        cure += f"; or give it: 'given: {{{reference.name}: ...}}'"
    return f"{name} requires the {reference}, which nothing here provides{cure}"


def _cycle(waiting: list[Instance], needs: dict[int, list[Instance]]) -> str:
    chain = [waiting[0]]
    while True:
        following = next(n for n in needs[id(chain[-1])] if n in waiting)
        if following in chain:
            loop = [*chain[chain.index(following) :], following]
            return " -> ".join(i.name for i in loop)
        chain.append(following)
