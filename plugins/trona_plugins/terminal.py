"""A terminal: a boundary with a uniform potential, and the current through it."""

from trona.plugin import BoundaryLaw, BoundaryOption, Contribution, Expression, Field, Physics, Quantity
from trona_plugins.carriers import CHARGE_BALANCES, carrier_option, charge_in
from trona_plugins.drops import VOLTAGE

_WAYS = ("potential", "mean_current_density", "total_current")


class Terminal(Physics):
    """A boundary with a uniform potential: phi = V, with V given, or with the total current given and V unknown.

    phi: potential of the carriers, V. V: potential of the terminal, V; a single number, unknown if a current is given.
    i: current density that leaves through the terminal, A/m2, an unknown on the boundary that enforces phi = V.
    I: current that enters, minus the integral of i, A (in a plane: A per metre of depth); given as a total, or as the
    mean I over the area of the boundary. A terminal at which I enters and one at which -I enters form a circuit.
    Several alternatives may be given if each is a control of a protocol, whose steps choose between them.
    At least one terminal, boundary or electrode must have a given potential: currents alone leave the potential
    undetermined.
    A terminal must not touch a region at another potential: the current through such a corner is unbounded, and V and
    the currents then depend on the mesh.
    If several blocks touch the boundary, they have the same potential there, and each has its own current.
    Source: Jackson, Classical Electrodynamics, 3rd ed., Wiley 1999, section 1.11 (conductors at unknown potentials).
    """

    name = "terminal"
    references = ("jackson1999classical",)
    uses = CHARGE_BALANCES
    provides = (
        Field(
            "terminal_potential",
            "V",
            "potential of the terminal",
            kind="global",
            scale="25 mV",
            when=("mean_current_density", "total_current"),
            symbol="V",
        ),
    )

    boundary = BoundaryOption("boundary that is the terminal")
    carrier = carrier_option()
    potential = Quantity("V", "potential of the terminal", default=None, usual=("-100 V", "100 V"), variables=("t",))
    mean_current_density = Quantity(
        "A/m^2", "mean current density that enters", default=None, usual=("-1e9 A/m^2", "1e9 A/m^2"), variables=("t",)
    )
    total_current = Quantity(
        "A", "total current that enters (in a plane: A per metre of depth)", default=None, variables=("t",)
    )

    def contribute(self, model: Contribution) -> None:
        law = model.boundary(self.boundary)
        charge = charge_in(model, model.mesh.boundaries[law.key].blocks, self.carrier, f"'{law.name}'")
        phi = charge.equation.field
        V, targets = self._potential(model, phi.scale)
        text = "current density that leaves through the terminal"
        leaving = law.constrain(charge.field - V, "V", charge, "terminal_outflow", text)
        for way, target in targets:
            integrand = V if way == "potential" else -leaving
            model.constrain_integral(V, law, integrand, target, mean=way != "total_current")
        law.end(VOLTAGE, V)
        self._report(law, V, -leaving)

    def _potential(self, model: Contribution, scale: float) -> tuple[Expression, list[tuple[str, Expression]]]:
        """Return the potential of the terminal, and what determines it where it is unknown."""
        given = model.alternatives({way: getattr(self, way) for way in _WAYS})
        if list(given) == ["potential"]:
            return self.potential, []
        model.set_scale("terminal_potential", scale)
        return model.field("terminal_potential"), list(given.items())

    def _report(self, law: BoundaryLaw, V: Expression, entering: Expression) -> None:
        law.output("terminal_voltage", V, "V", "potential of the terminal", "mean", symbol="V")
        law.output("terminal_current", entering, "A/m^2", "current that enters at the terminal", "integral")
        text = "current density that enters at the terminal"
        law.define("terminal_current_density", entering, "A/m^2", text)
        law.output_range("terminal_current_density", entering, "A/m^2", text)
