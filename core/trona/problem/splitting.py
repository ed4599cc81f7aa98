"""A form split into its blocks, as Firedrake splits it, in a fraction of the time.

Firedrake walks through the whole form once for each block, carries along what is zero there, and splits a form twice if
somebody else wants its blocks too. Here a block touches only what holds an argument, and zeros vanish at once: what is
left is smaller to analyse as well. Anything but integrals is left to Firedrake.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from firedrake import formmanipulation, tsfc_interface
from firedrake.formmanipulation import ExtractSubBlock, SplitForm
from ufl.algorithms import expand_derivatives
from ufl.classes import (
    Argument,
    BaseForm,
    BaseFormOperator,
    CoefficientDerivative,
    Conditional,
    ExprList,
    FixedIndex,
    Form,
    Grad,
    Indexed,
    ListTensor,
    MultiIndex,
    Zero,
    ZeroBaseForm,
)
from ufl.corealg.traversal import unique_post_traversal

_firedrakes = formmanipulation.split_form


def prepare_splitting() -> None:
    """Let Firedrake split forms that it compiles in this way. To call it again changes nothing."""
    tsfc_interface.split_form = split_form


def split_form(form: Any, diagonal: bool = False) -> tuple[Any, ...]:
    """Return the blocks of a form with their indices, as `firedrake.formmanipulation.split_form` does."""
    arguments = form.arguments()
    shape = tuple(len(a.function_space()) for a in arguments)
    if not isinstance(form, Form) or max(shape, default=1) == 1:
        return tuple(_firedrakes(form, diagonal=diagonal))
    # Firedrake lets a form and what it has preprocessed of it share one cache: their blocks differ.
    of, kept = form._cache.get(_KEY, (None, {}))
    if of is not form:
        nodes = _Nodes(form)
        if nodes.foreign:
            return tuple(_firedrakes(form, diagonal=diagonal))
        places = np.ndindex(shape)
        kept = {place: _block(nodes, form, place) for place in places}
        form._cache[_KEY] = form, kept
    if diagonal:
        return tuple(SplitForm((place[0],), block) for place, block in kept.items() if place[0] == place[1])
    return tuple(SplitForm(place, block) for place, block in kept.items())


_KEY = "trona: blocks"


class _Nodes:
    """What of a form's integrands holds an argument: operands before what is made of them, each once.

    order: the expressions. operands: of each, their numbers in the order, or None of those that hold no argument.
    """

    def __init__(self, form: Any) -> None:
        self.order: list[Any] = []
        self.operands: list[list[int | None]] = []
        self.number: dict[Any, int] = {}
        self.foreign = False
        """Whether there is something that takes more than to put in other arguments."""
        seen: set[Any] = set()
        for integral in form.integrals():
            for node in unique_post_traversal(integral.integrand(), visited=seen):
                self._add(node)

    def _add(self, node: Any) -> None:
        self.foreign |= isinstance(node, (BaseForm, BaseFormOperator))
        operands = [self.number.get(operand) for operand in node.ufl_operands]
        if isinstance(node, Argument) or any(number is not None for number in operands):
            self.number[node] = len(self.order)
            self.order.append(node)
            self.operands.append(operands)


def _block(nodes: _Nodes, form: Any, place: tuple[int, ...]) -> Any:
    extract = ExtractSubBlock()
    extract._arg_cache = {}
    extract.blocks = {number: (index,) for number, index in enumerate(place)}
    found: list[Any] = []
    for node, numbers in zip(nodes.order, nodes.operands, strict=True):
        if isinstance(node, Argument):
            found.append(extract.argument(node))
            continue
        operands = [
            operand if number is None else found[number]
            for operand, number in zip(node.ufl_operands, numbers, strict=True)
        ]
        if all(new is old for new, old in zip(operands, node.ufl_operands, strict=True)):
            found.append(node)
        else:
            found.append(_made(extract, node, operands))
    integrals = []
    for integral in form.integrals():
        number = nodes.number.get(integral.integrand())
        integrand = integral.integrand() if number is None else found[number]
        if not isinstance(integrand, Zero):
            integrals.append(integral.reconstruct(integrand))
    block = Form(integrals)
    if block.empty() or expand_derivatives(block).empty():
        return ZeroBaseForm(tuple(map(extract._subspace_argument, form.arguments())))
    return block


def _entry(tensor: Any, indices: Any) -> Any:
    """Return an entry of a tensor, found at once where the tensor is a list."""
    left = list(indices.indices())
    while left and isinstance(left[0], FixedIndex) and isinstance(tensor, ListTensor):
        tensor = tensor.ufl_operands[int(left.pop(0))]
    return Indexed(tensor, MultiIndex(tuple(left))) if left else tensor


def _gradient(expression: Any, dimension: int) -> Any:
    """Return a gradient, of a list entry by entry: only so does a block see no other components of an argument."""
    if isinstance(expression, Zero):
        return Zero((*expression.ufl_shape, dimension))
    if isinstance(expression, ListTensor):
        return ListTensor(*(_gradient(entry, dimension) for entry in expression.ufl_operands))
    return Grad(expression)


def _made(extract: Any, node: Any, operands: list[Any]) -> Any:
    """Return an expression with other operands, or zero where it is zero with them."""
    if isinstance(node, Indexed):
        return _entry(*operands)
    if isinstance(node, Grad):
        return _gradient(operands[0], node.ufl_shape[-1])
    if isinstance(node, ExprList):
        return extract.expr_list(node, *operands)
    if isinstance(node, CoefficientDerivative):
        return extract.coefficient_derivative(node, *operands)
    if isinstance(node, Conditional) and all(isinstance(operand, Zero) for operand in operands[1:]):
        return operands[1]
    if isinstance(node, ListTensor) and all(isinstance(operand, Zero) for operand in operands):
        return Zero(node.ufl_shape, node.ufl_free_indices, node.ufl_index_dimensions)
    return node._ufl_expr_reconstruct_(*operands)
