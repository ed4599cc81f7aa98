"""The quadrature that has exactly as many points in a cell as a local field has values there."""

from __future__ import annotations

from functools import cache
from math import comb

from FIAT import create_quadrature, ufc_simplex


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
