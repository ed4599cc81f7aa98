"""Random cases: a Latin hypercube, a Sobol sequence, the design of Saltelli, or plain random numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trona.deck import Node
from trona.deck.options import OptionValues

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from trona.settings.distributions import Distribution

Row = dict[str, Node]
_TWOFOLD = ("sobol", "saltelli")
"""Methods that need a power of two: only then are their points evenly spread."""


@dataclass(frozen=True)
class Design:
    """The random part of a sweep: names of its parameters, and how their values are drawn.

    count: number of samples. Each is one case; with `saltelli` it is one case with all values from a first draw, one
    for each parameter with that value from a second draw, and one with all values from the second.
    """

    names: tuple[str, ...]
    method: str
    count: int
    seed: int

    @classmethod
    def of(cls, random: OptionValues | None, given: Node | None) -> Design | None:
        """Return the design of a deck's `random`. Raises DeckError for one that cannot be right."""
        if random is None or given is None:
            return None
        names, method, count = tuple(random.values["of"]), random.values["method"], random.values["count"]
        if not names:
            raise given.mapping()["of"].error("random cases need at least one parameter")
        if method in _TWOFOLD and (count < 2 or count & (count - 1)):
            low = 1 << max(count.bit_length() - 1, 1)
            text = f"method {method} needs a power of two, such as {low} or {2 * low}, got {count}"
            raise random.given["count"].error(text)
        return cls(names, method, count, random.values["seed"])

    def __str__(self) -> str:
        each = f" of {self.cases_per_sample} cases" if self.cases_per_sample > 1 else ""
        return f"random: {self.count} samples{each}, {self.method}, seed {self.seed}"

    @property
    def cases_per_sample(self) -> int:
        return len(self.names) + 2 if self.method == "saltelli" else 1

    @property
    def size(self) -> int:
        """The number of random cases."""
        return self.count * self.cases_per_sample

    def rows(self, distributions: Mapping[str, Distribution]) -> list[Row]:
        """Return the values of all random cases. The same design gives the same values."""
        shares = self._shares()
        columns = [distributions[name].nodes(shares[:, i]) for i, name in enumerate(self.names)]
        return [dict(zip(self.names, row, strict=True)) for row in zip(*columns, strict=True)]

    def _shares(self) -> NDArray[np.float64]:
        import numpy as np
        from scipy.stats import qmc

        wide, generator = len(self.names), np.random.default_rng(self.seed)
        if self.method == "latin_hypercube":
            return np.asarray(qmc.LatinHypercube(wide, rng=generator).random(self.count))
        if self.method == "sobol":
            return np.asarray(qmc.Sobol(wide, rng=generator).random(self.count))
        if self.method == "independent":
            return generator.random((self.count, wide))
        both = np.asarray(qmc.Sobol(2 * wide, rng=generator).random(self.count))
        first, second = both[:, :wide], both[:, wide:]
        mixed = [np.where(np.arange(wide) == i, second, first) for i in range(wide)]
        return np.stack([first, *mixed, second], axis=1).reshape(-1, wide)
