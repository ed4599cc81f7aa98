"""Explains a composed model: equations as text, Markdown or LaTeX, its structure, the coupling graph as a picture."""

from trona.explain.equations import equations, explain
from trona.explain.graph import Graph, coupling, draw
from trona.explain.order import explain_structure

__all__ = ["Graph", "coupling", "draw", "equations", "explain", "explain_structure"]
