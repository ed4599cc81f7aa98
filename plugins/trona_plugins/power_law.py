"""Power-law creep: the law of a metal, and deviatoric tensors by their independent components."""

from typing import Any, NamedTuple

from trona.plugin import as_tensor, as_vector, exp


class PowerLaw(NamedTuple):
    """The equivalent rate of strain A (sigma/sigma_0)^n at the equivalent stress sigma."""

    prefactor: Any
    """A at the temperature, 1/s."""
    reference_stress: Any
    """sigma_0, Pa."""
    exponent: Any
    """n, 1."""


def power_law(metal: Any, R: Any, T: Any) -> PowerLaw:
    """Return the law by the properties of a metal, with A = A_0 exp(-Q/(R T)).

    metal: what has the properties. R: gas constant, J/mol/K. T: temperature, K.
    """
    A = metal.property("creep_prefactor", "1/s") * exp(-metal.property("creep_activation_energy", "J/mol") / (R * T))
    return PowerLaw(A, metal.property("creep_reference_stress", "Pa"), metal.property("creep_exponent", "1"))


def tensor_of(c: Any) -> Any:
    """Return the deviatoric tensor that has these components: xx, yy, xy and, in 3-D, xz, yz."""
    xz, yz = (c[3], c[4]) if c.ufl_shape == (5,) else (0, 0)
    return as_tensor([[c[0], c[2], xz], [c[2], c[1], yz], [xz, yz, -c[0] - c[1]]])


def components_of(tensor: Any, dimension: int) -> Any:
    """Return the independent components of a deviatoric tensor, five in 3-D and else three."""
    parts = [tensor[0, 0], tensor[1, 1], tensor[0, 1], tensor[0, 2], tensor[1, 2]]
    return as_vector(parts[: 5 if dimension == 3 else 3])
