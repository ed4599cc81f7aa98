"""What an electrode holds: metal on a current collector, or a guest in a host."""

from trona.plugin import (
    Balance,
    Contribution,
    Field,
    InterfaceOption,
    Number,
    Physics,
    Quantity,
    UserError,
    balance,
    max_value,
)
from trona_plugins.sums import EXCHANGE_CURRENT_FACTOR, REACTION_CURRENT


class Inventory(Physics):
    """Charge that an electrode holds: dq/dt = -i - l, dd/dt = l, with l = s/(1 - s) max(i, 0).

    q: charge that can still be dissolved, per area, C/m2: of metal on a collector, or of the guest in a host, whose
    filling is then q/Q with the capacity Q, C/m2. Its equilibrium potential U(q) is given with the charge transfer, as
    an expression of `stored_charge`. There is no diffusion inside the host.
    i: reaction current density, A/m2, anodic (dissolving) positive, without side reactions.
    d: charge of metal that has lost contact (dead metal), C/m2. s: share of the metal that is taken from q by
    dissolving and is cut off instead of dissolved. l: rate at which metal is cut off, A/m2.
    With q_s given, the exchange current density gets the factor q/(q + q_s): the part of the collector that is covered
    with metal. The overpotential then rises where the metal runs out. q stays positive: it starts with a seed.
    Source: Albertus, Babinec, Litzelman and Newman, Nature Energy 3 (2018) 16; the factor is an assumption.
    """

    name = "inventory"
    references = ("albertus2018status",)
    requires = (balance("charge"), REACTION_CURRENT)
    feeds = (EXCHANGE_CURRENT_FACTOR,)
    provides = (
        Field(
            "stored_charge",
            "C/m^2",
            "charge that the electrode holds",
            on="interface",
            kind="surface",
            scale="1 C/m^2",
            positive=True,
        ),
        Balance("stored charge", "A/m^2", "stored_charge", "charge that the electrode holds"),
        Field(
            "dead_charge",
            "C/m^2",
            "charge of metal that has lost contact",
            on="interface",
            kind="surface",
            scale="1 C/m^2",
            when="dead_share",
        ),
        Balance("dead charge", "A/m^2", "dead_charge", "charge of metal that has lost contact"),
    )

    interface = InterfaceOption("electrode | ion conductor, the electrode named first")
    capacity = Quantity("C/m^2", "capacity Q of a host", default=None, above="0 C/m^2")
    dead_share = Number("share s of the metal that is cut off on dissolving", default=None, minimum=0, below=1)
    covering_charge = Quantity(
        "C/m^2", "charge q_s of metal that covers half of the collector", default=None, above="0 C/m^2"
    )

    def contribute(self, model: Contribution) -> None:
        if model.steady:
            raise UserError("what an electrode holds changes over time; give 'time'")
        law = model.interface(self.interface)
        i, q, stored = law.sum(REACTION_CURRENT), model.field("stored_charge"), model.balance("stored charge")
        stored.storage(q)
        stored.source(-i)
        law.output_range("stored_charge", q, "C/m^2", "charge that the electrode holds", mean=True)
        if self.capacity is not None:
            law.output_range("filling", q / self.capacity, "1", "filled part of the host", mean=True)
        if self.covering_charge is not None:
            law.feed(EXCHANGE_CURRENT_FACTOR, q / (q + self.covering_charge))
        if self.dead_share is not None:
            dead = model.balance("dead charge")
            lost = self.dead_share / (1 - self.dead_share) * max_value(i, 0)
            stored.source(-lost)
            dead.storage(model.field("dead_charge"))
            dead.source(lost)
            law.output("dead_charge_mean", model.field("dead_charge"), "C/m^2", "charge of dead metal", "mean")
