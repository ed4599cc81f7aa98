"""What plugins declare: fields, balances, sums, monitors and drops, and references to those of others."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as _dataclass_field
from typing import Literal

Kind = Literal["field", "balance"]


@dataclass(frozen=True)
class Reference:
    """A field or balance that a plugin requires from another one."""

    kind: Kind
    name: str

    def __str__(self) -> str:
        return f"{self.kind} '{self.name}'"


def field(name: str) -> Reference:
    """Return a reference to a field: another plugin provides it, or the deck gives it under `given`."""
    return Reference("field", name)


def balance(name: str) -> Reference:
    """Return a reference to a balance that another plugin provides."""
    return Reference("balance", name)


@dataclass(frozen=True)
class Field:
    """An unknown.

    name, unit, text: as a user reads them. rank: 0 scalar, 1 vector.
    components: the number of components of a field that is neither scalar nor vector, such as a strain; 0 otherwise. If
    it depends on the dimension of the mesh, one number for each: (3, 3, 5).
    kind: 'volume', 'surface' (it lives on an interface or boundary) or 'global' (one number).
    on: the option of the plugin that names its blocks (or, for a surface field, its interface or boundary).
    when: the conditions under which the plugin adds it, any of which suffices; none means always. A condition is the
    name of an option that is given, or true; an option and its value, as in 'motion: height'; or a sum that something
    feeds where the plugin acts.
    element: 'continuous' (broken only where a law breaks it), 'discontinuous' (separate values in each cell;
    `facet_flux` of the balance carries the conserved quantity from cell to cell) or 'local' (separate values in each
    cell, one order lower, for history variables with a rate law).
    order_below: how many orders its polynomials are below those of the other fields, as is necessary for a pressure.
    least_order: the lowest order for which its equations can be solved; the order of all fields is raised to it. A
    discontinuous field may say 0, one value in each cell.
    blockwise: whether it jumps at every border between blocks, without a law there.
    scale: a typical variation, with unit; reference: a typical value. Both only condition the solve.
    positive: whether its values must be above zero.
    below: a value, with unit, below which all of its values must be, as a fraction of sites is below 1.
    usual: the usual range of its values, written as in a deck; a value outside it in a deck gives a warning.
    symbol: its sign in pictures, as matplotlib typesets it between dollar signs: 'T', or 'c_0'.
    """

    name: str
    unit: str
    text: str
    on: str = "blocks"
    rank: int = 0
    components: int | tuple[int, int, int] = 0
    element: Literal["continuous", "discontinuous", "local"] = "continuous"
    scale: str = ""
    reference: str = ""
    positive: bool = False
    usual: tuple[str, str] | None = None
    order_below: int = 0
    least_order: int = 1
    blockwise: bool = False
    kind: Literal["volume", "surface", "global"] = "volume"
    when: str | Sum | tuple[str | Sum, ...] = ()
    below: str = ""
    symbol: str = ""

    @property
    def ref(self) -> Reference:
        return Reference("field", self.name)

    @property
    def conditions(self) -> tuple[str | Sum, ...]:
        """The conditions under which it is added, any of which suffices; () if it always is."""
        return self.when if isinstance(self.when, tuple) else (self.when,)

    @property
    def condition(self) -> str:
        """The conditions under which it is added, in words; '' if it always is."""
        with_options = [each for each in self.conditions if isinstance(each, str)]
        words = [f"with {' or '.join(with_options)}"] if with_options else []
        words += [f"where {each} is fed" for each in self.conditions if isinstance(each, Sum)]
        return ", or ".join(words)

    @property
    def jumps_at_borders(self) -> bool:
        """Whether it jumps at every border between blocks, without a law there."""
        return self.blockwise or self.element == "discontinuous"

    def components_in(self, dimension: int) -> int:
        """Return its number of components on a mesh of this dimension; 0 for a scalar or vector."""
        return self.components[dimension - 1] if isinstance(self.components, tuple) else self.components


@dataclass(frozen=True)
class Balance:
    """A conserved quantity: d(storage)/dt + div(flux) = source.

    unit is the unit of a source, so storage has unit*s and flux unit*m. `field` is the unknown whose equation this is;
    the balance exists when the field does. `inflow` is the name under which decks give the flux that enters through a
    boundary. inflow_usual: the usual range of this flux.
    `quantity` says what is conserved ('charge', 'energy', ...); several balances may have the same quantity.
    """

    name: str
    unit: str
    field: str
    text: str
    inflow: str = ""
    inflow_text: str = ""
    inflow_usual: tuple[str, str] | None = None
    quantity: str = _dataclass_field(default="")

    @property
    def ref(self) -> Reference:
        return Reference("balance", self.name)


SumPlace = Literal["blocks", "interface", "boundary"]


@dataclass(frozen=True, eq=False)
class Sum:
    """A quantity that several plugins feed and others read: declared once, and imported by all of them.

    name: an identifier by which decks may read it. unit, text: as a user reads them. on: the regions on which it is
    defined. rank: 1 for a vector, 2 for a tensor in the dimensions of the mesh; shape: of a tensor in space, such as
    (3, 3). product: whether the contributions are factors; the value is then 1, not 0, where nothing feeds it.
    symbol: its sign in pictures, as that of a field.

    Two declarations are never the same sum, even under one name: a plugin imports the object that it feeds or reads.
    """

    name: str
    unit: str
    text: str
    on: SumPlace = "blocks"
    rank: int = 0
    shape: tuple[int, ...] = ()
    product: bool = False
    symbol: str = ""

    def __str__(self) -> str:
        return f"the sum '{self.name}'"

    def shape_in(self, dimension: int) -> tuple[int, ...]:
        """Return the shape of its value on a mesh of this dimension."""
        return self.shape or (dimension,) * self.rank


@dataclass(frozen=True)
class Monitor:
    """A rate that the audit follows when a deck asks for it, and to which any plugin may contribute.

    unit is per volume; a contribution at an interface has unit*m. not_below_zero: whether a negative contribution, from
    any plugin in any region, indicates a mistake. All plugins that contribute to one name must declare it in the same
    way.
    """

    name: str
    unit: str
    text: str
    not_below_zero: bool = False


@dataclass(frozen=True)
class Drop:
    """The difference of what drives a flow between two ends, such as a voltage, which plugins explain by causes.

    unit: of the difference. quantity: what flows, as balances name it ('charge'). Each plugin says its part: in
    blocks per length, at a law times the flux. The integral of a part times the flux, over the flow from end to end, is
    what this cause takes of the difference, also where the flux is not uniform. It changes no equation and is evaluated
    only where a deck asks for it.
    """

    name: str
    unit: str
    quantity: str
    text: str


Declaration = Field | Balance
Need = Reference | Sum
"""What `requires` and `uses` of a plugin name."""
