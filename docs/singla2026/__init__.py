"""What Singla et al. 2026 states, figure by figure, with the decks that test it and what judges it."""

from __future__ import annotations

from claim import Paper

from singla2026 import figure2, figure3, figure4, figures56

_HEAD = """This page checks the claims of *Role of thermal gradient in interface stability of sodium metal electrodes*
(10.1039/d5ta09284a) with decks that anyone can run: `make reproduce PAPERS=singla2026`. Each claim is judged by the quantity
that the paper names, under the conditions that it states. What the paper does not state is swept. A claim then **holds
everywhere** in the swept region, **holds in this region**, whose border is given, in closed form where there is one,
or **fails everywhere**; only the last contradicts it. A *check of the code* is not a claim but arithmetic with our
own inputs or a comparison with a closed form.

The supporting information of the paper was not available to us. Geometry, exchange current density, current, and most
thermal and elastic properties are our assumptions: each figure lists its assumptions, and every report marks them.
The geometry is calibrated once, to the only theta that the paper prints, and varied from there. The pictures are
ours, drawn from the same runs; pictures side by side share one colour scale. Their vertical axis is stretched.
[Maps](maps.md) show where claims hold over two more parameters each, in a smaller wave of 20 nm."""

PAPER = Paper(
    name="singla2026",
    title="Singla et al. 2026",
    work="Role of thermal gradient in interface stability of sodium metal electrodes",
    doi="10.1039/d5ta09284a",
    head=_HEAD,
    figures=(figure2.FIGURE, figure3.FIGURE, figure4.FIGURE, *figures56.FIGURES),
)
