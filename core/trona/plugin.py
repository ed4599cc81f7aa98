"""Everything that a plugin is written with: `from trona.plugin import ...`."""

from ufl import (
    Identity,
    as_matrix,
    as_tensor,
    as_vector,
    conditional,
    cos,
    cosh,
    cross,
    det,
    dev,
    div,
    dot,
    exp,
    ge,
    grad,
    gt,
    inner,
    inv,
    le,
    ln,
    lt,
    max_value,
    min_value,
    outer,
    sin,
    sinh,
    skew,
    sqrt,
    sym,
    tan,
    tanh,
    tr,
    transpose,
)  # fmt: skip

from trona.deck import (
    Blocks,
    Boolean,
    BoundaryOption,
    Choice,
    FieldOption,
    Integer,
    InterfaceOption,
    ListOf,
    MappingOf,
    Number,
    Quantity,
    Text,
)  # fmt: skip
from trona.errors import UserError
from trona.model.declare import BalanceDeclaration as Balance
from trona.model.declare import FieldDeclaration as Field
from trona.model.declare import MonitorDeclaration as Monitor
from trona.model.declare import balance, field
from trona.model.model import Model
from trona.model.physics import Physics, PropertyForm
from trona.model.registry import hookimpl

__all__ = [
    "Balance", "Blocks", "Boolean", "BoundaryOption", "Choice", "Field", "FieldOption", "Identity", "Integer",
    "InterfaceOption", "ListOf", "MappingOf", "Model", "Monitor", "Number", "Physics", "PropertyForm", "Quantity",
    "Text", "UserError", "as_matrix", "as_tensor", "as_vector", "balance", "conditional", "cos", "cosh", "cross", "det",
    "dev", "div", "dot", "exp", "field", "ge", "grad", "gt", "hookimpl", "inner", "inv", "le", "ln", "lt", "max_value",
    "min_value", "outer", "sin", "sinh", "skew", "sqrt", "sym", "tan", "tanh", "tr", "transpose",
]  # fmt: skip
