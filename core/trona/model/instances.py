"""The plugins of a deck: their options, and the order in which they contribute."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

from trona.deck import Blocks, BoundaryOption, InterfaceOption
from trona.deck.options import OptionContext, OptionValues, read_options
from trona.errors import DeckError, UserError, raise_all
from trona.model.checks.faults import located
from trona.model.declare import Field, Reference, Sum
from trona.model.laws import interface_law

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping

    from trona.deck import Deck, Node
    from trona.mesh import MeshData
    from trona.model.configured import Declared
    from trona.model.declare import Declaration
    from trona.model.physics import Physics
    from trona.model.registry import Registry
    from trona.units import Unit


class Instance:
    """One use of a plugin in a deck: its class, its location and its options."""

    def __init__(self, name: str, cls: type[Physics], node: Node, values: OptionValues, whose: str = "") -> None:
        self.name, self.cls, self.node, self.values, self.whose = name, cls, node, values, whose or name
        self.provides: tuple[Declaration, ...] = cls.provides
        """What it provides with these options, in this deck."""

    @property
    def key(self) -> tuple[str, str]:
        """A key that does not depend on the order in the deck."""
        return self.name, repr(sorted((k, str(getattr(v, "text", v))) for k, v in self.values.values.items()))

    @property
    def label(self) -> str:
        """What tells it apart from others of its name that act at the same place; '' without any."""
        several = self.cls.several
        return self.values.values.get(several) or "" if isinstance(several, str) else ""

    def acts_at(self, mesh: MeshData) -> tuple[str, str]:
        """Return the region that its options name, as a user reads it, and its key if that is a law; '' without any."""
        for kind in (InterfaceOption, BoundaryOption, Blocks):
            for name, option in self.cls.declared_options().items():
                value = self.values.values.get(name)
                if isinstance(option, kind) and value:
                    if kind is InterfaceOption:
                        law = interface_law(value, mesh)
                        return law.name, law.key
                    return (value, value) if isinstance(value, str) else ("+".join(value), "")
        return "", ""

    def settle(self, is_fed: Callable[[Sum], bool]) -> None:
        """Leave of what its class provides what these options ask for; is_fed: whether something feeds a sum here."""

        def holds(condition: str | Sum) -> bool:
            if isinstance(condition, Sum):
                return is_fed(condition)
            option, _, wanted = (part.strip() for part in condition.partition(":"))
            value = self.values.values.get(option)
            return value == wanted if wanted else value is not None and value is not False

        fields = [d for d in self.cls.provides if isinstance(d, Field)]
        absent = {d.name for d in fields if d.conditions and not any(map(holds, d.conditions))}
        self.provides = tuple(
            d for d in self.cls.provides if (d.name if isinstance(d, Field) else d.field) not in absent
        )

    def run(self, action: Callable[[], Any]) -> Any:
        """Run code of this plugin; its mistakes are reported at its location in the deck."""
        return located(self.node.location, action, self.cls, self.whose)


def read_physics(deck: Deck, mesh: MeshData, registry: Registry, variables: Mapping[str, Unit]) -> list[Instance]:
    """Read the deck's `physics`: every use of a plugin with its options, in an order that is not the deck's."""
    section = deck.root.mapping()["physics"]
    errors: list[UserError] = []
    instances: list[Instance] = []

    def interface_exists(text: str) -> None:
        mesh.interface(text)

    context = OptionContext(
        blocks=mesh.blocks,
        boundaries=tuple(mesh.boundaries),
        interfaces=tuple(mesh.interfaces),
        check_interface=interface_exists,
        variables=variables,
        more_to_come=True,
        folder=deck.folder,
    )
    for name, node in section.mapping().items():
        cls = registry.find(name)
        if cls is None:
            errors.append(DeckError(registry.no_such(name), section.keys[name]))
            continue
        whose = f"{name} ({registry.origin(name)})"
        for entry in node.value if isinstance(node.value, list) else [node]:
            try:
                values = located(entry.location, partial(_options, name, cls, entry, context), cls, whose)
            except UserError as error:
                errors.append(error)
            else:
                instances.append(Instance(name, cast("type[Physics]", cls), entry, values, whose))
    raise_all(errors)
    if not instances:
        raise DeckError("the deck asks for no physics", section.location)
    return sorted(instances, key=lambda i: i.key)


def _options(name: str, cls: type[Declared], entry: Node, context: OptionContext) -> OptionValues:
    return read_options(name, cls.declared_options(), entry, context)


def in_order(
    instances: list[Instance],
    acting: Mapping[Instance, str],
    registry: Registry,
    given: Container[str],
    found: Callable[[Instance, Reference], bool],
) -> list[Instance]:
    """Order by requires/provides, ties by name. Raises UserError for missing provisions, and for circular ones.

    acting: the key of the interface or boundary that a plugin acts at, '' for none. given: the fields that the deck
    gives. found: whether a plugin finds what others provide: of several at interfaces, that at its own.
    Sums make no order: they may be read before they are fed.
    """
    providers: dict[Reference, list[Instance]] = {}
    for instance in instances:
        for declaration in instance.provides:
            providers.setdefault(declaration.ref, []).append(instance)
    needs: dict[int, list[Instance]] = {}
    gaps: list[UserError] = []
    fed = {(declared, acting[instance]) for instance in instances for declared in instance.cls.feeds}
    for instance in instances:
        before: list[Instance] = []
        for need in instance.cls.requires:
            gap = ""
            if isinstance(need, Sum):
                here = {(need, acting[instance]), (need, "")} if need.on != "blocks" and acting[instance] else fed
                gap = "" if any(s is need for s, _ in fed & here) else _unfed(registry, instance.name, need)
            elif need in providers and not found(instance, need):
                places = ", ".join(sorted(acting[i] for i in providers[need]))
                gap = f"{instance.name} requires the {need}: there are several, at {places}; it acts at none of these"
            elif need in providers:
                before.extend(providers[need])
            elif not (need.kind == "field" and need.name in given):
                gap = _gap(registry, instance.name, need)
            if gap:
                gaps.append(DeckError(gap, instance.node.location))
        for need in instance.cls.uses:
            if not isinstance(need, Sum):
                before.extend(providers.get(need, []))
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


def _gap(registry: Registry, name: str, reference: Reference) -> str:
    able: dict[str, list[str]] = {}
    for other, cls in registry.physics.items():
        for declared in cls.provides:
            if declared.ref == reference:
                able.setdefault(cls.condition_of(declared), []).append(other)
    ways = [" ".join([", ".join(names), condition]).rstrip() for condition, names in sorted(able.items())]
    cure = f"; provided by {'; or by '.join(ways)}" if ways else ""
    if reference.kind == "field":
        cure += f"; or give it: 'given: {{{reference.name}: ...}}'"
    return f"{name} requires the {reference}, which nothing here provides{cure}"


def _unfed(registry: Registry, name: str, declared: Sum) -> str:
    able = registry.feeders(declared)
    return f"{name} requires {declared}, which nothing here feeds" + (f"; fed by {', '.join(able)}" if able else "")


def one_declaration(instances: list[Instance], registry: Registry) -> list[UserError]:
    """Find different sums with the same name: what is fed to one would not be read from the other."""
    errors: list[UserError] = []
    known: dict[str, tuple[Sum, Instance]] = {}
    for instance in instances:
        for declared in (*instance.cls.feeds, *instance.cls.reads()):
            first, owner = known.setdefault(declared.name, (declared, instance))
            if first is not declared:
                whose = " and ".join(f"{i.name} ({registry.origin(i.name)})" for i in (owner, instance))
                text = f"{declared} is declared twice, by {whose}; one must import the object of the other"
                errors.append(DeckError(text, instance.node.location))
    return errors


def _cycle(waiting: list[Instance], needs: dict[int, list[Instance]]) -> str:
    chain = [waiting[0]]
    while True:
        following = next(n for n in needs[id(chain[-1])] if n in waiting)
        if following in chain:
            loop = [*chain[chain.index(following) :], following]
            return " -> ".join(i.name for i in loop)
        chain.append(following)
