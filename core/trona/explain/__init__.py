"""Explains a composed model: equations as text, Markdown or LaTeX, and the coupling graph as a picture."""

from trona.explain.equations import explain
from trona.explain.graph import Graph, coupling, draw

__all__ = ["Graph", "coupling", "draw", "explain"]
