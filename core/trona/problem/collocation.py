"""Quadratures whose points are where an unknown has its values: those of local fields, and nodes."""

from __future__ import annotations

from functools import cache
from math import comb
from typing import Any

import numpy as np
from FIAT import Lagrange, create_quadrature, ufc_simplex
from finat.point_set import PointSet
from finat.quadrature import QuadratureRule


@cache
def degree_of_points(dimension: int, order: int) -> int:
    """Return the degree of the quadrature whose points are as many as the polynomials of an order.

    It is at least twice the order, so that what is one order higher keeps its rate of convergence. Raises ValueError
    where there is none; see `trona.model.local_points.ORDERS`.
    """
    cell, wanted = ufc_simplex(dimension), comb(order + dimension, dimension)
    for degree in (max(2 * order, 1), 2 * order + 1):
        if len(create_quadrature(cell, degree).get_points()) == wanted:
            return degree
    raise ValueError(f"no quadrature of {wanted} points for order {order} in {dimension} dimensions")


@cache
def rule_at_nodes(dimension: int, order: int) -> Any:
    """Return the quadrature of FInAT's at the nodes of continuous elements, all of which weigh alike."""
    cell = ufc_simplex(dimension)
    points = np.array([next(iter(node.get_point_dict())) for node in Lagrange(cell, order).dual_basis()])
    rule = QuadratureRule(PointSet(points), np.full(len(points), 1 / len(points)), ref_el=cell)
    rule.ufl_signature = repr(rule)  # by which UFL tells it from others
    return rule
