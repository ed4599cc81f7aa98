"""Transport of a dissolved salt, and the potential difference caused by its gradient."""

from trona.plugin import Balance, Blocks, Contribution, Field, Integer, Physics, balance, dot, field, grad, sqrt
from trona_plugins.drops import CONCENTRATION, VOLTAGE
from trona_plugins.monitors import ENTROPY_PRODUCTION
from trona_plugins.sums import CATION_VALENCE


class Salt(Physics):
    """Salt balance, counted by its anions: d(eps c)/dt + div N = 0, N = -D grad(c) - (1 - t_plus) i / (z nu_plus F).

    c: concentration of a binary salt, mol/m3, whose formula unit has nu_plus cations of charge number z and nu_minus
    anions. N = N_minus / nu_minus: flux of the salt, mol/m2/s. D: salt diffusivity, m2/s. t_plus: transference number
    of the cations. i: total ionic current density, A/m2, with the contributions of all plugins. eps: porosity, 1 where
    the material gives none; D and kappa are the effective ones of a porous body. Where the ionic charge is solved, the
    current gets the term -kappa_D grad(ln c) with kappa_D = -(nu R T kappa / (z nu_plus F)) (1 - t_plus) (1 + dln f/dln
    c), nu = nu_plus + nu_minus.
    1 + dln f/dln c: thermodynamic factor; f: mean molar activity coefficient. T: temperature, K.
    kappa: ionic conductivity, S/m. The charge number z is an option of `ionic_charge`; the charge number of the anions
    follows from electroneutrality.

    The cations move with N_plus = nu_plus N + i / (z F), so that N_plus = -nu_plus D grad(c) + t_plus i / (z F), and
    div i = 0 makes the two balances equivalent. Anions stay in the solution: at metals, at single-ion conductors and at
    walls, N_minus . n = 0 is the natural condition, and the cations carry the current there, N_plus . n = i_n / (z F).
    No law has to enforce this, and the salt in a closed cell is conserved for any current.
    A `salt_flux` at a boundary adds salt to that.
    The potential is measured with a reference electrode of the metal of the cations. It is therefore continuous between
    the solution and a single-ion conductor, and the equilibrium potential of that metal does not depend on c.
    Source: Newman and Balsara, Electrochemical Systems, 4th ed., chapter 12.
    """

    name = "salt"
    references = ("newman2021electrochemical",)
    provides = (
        Field(
            "salt_concentration",
            "mol/m^3",
            "concentration of the salt",
            scale="100 mol/m^3",
            reference="1000 mol/m^3",
            positive=True,
            usual=("0.01 mol/m^3", "2e4 mol/m^3"),
            symbol="c",
        ),
        Balance(
            "salt",
            "mol/m^3/s",
            "salt_concentration",
            "dissolved salt, counted by its anions",
            quantity="salt",
            inflow="salt_flux",
            inflow_usual=("-10 mol/m^2/s", "10 mol/m^2/s"),
            inflow_text="salt that enters, in addition to the cations that carry the current",
        ),
    )
    uses = (balance("charge"), field("temperature"), CATION_VALENCE)

    blocks = Blocks("blocks with dissolved salt; a single-ion conductor has none")
    cations = Integer("cations nu_plus in a formula unit of the salt", default="1", minimum=1)
    anions = Integer("anions nu_minus in a formula unit of the salt", default="1", minimum=1)

    def contribute(self, model: Contribution) -> None:
        c, salt = model.field("salt_concentration"), model.balance("salt")
        eps = model.property("porosity", "1", default=1)
        salt.storage(eps * c)
        D = model.property("salt_diffusivity", "m^2/s")
        salt.flux(-D * grad(c))
        if not model.steady:
            spread = sqrt(D / eps * model.time)
            model.expect_length("the length over which salt spreads in the whole run", spread, salt.blocks)
        model.define(
            "anion_flux", self.anions * salt.total_flux, "mol/m^2/s", "flux of the anions", salt.blocks, symbol="N_-"
        )
        model.output(
            "salt_concentration_max",
            c,
            "mol/m^3",
            "highest concentration of the salt",
            "maximum",
            symbol=r"c_\mathrm{max}",
        )
        model.output(
            "salt_concentration_min",
            c,
            "mol/m^3",
            "lowest concentration of the salt",
            "minimum",
            symbol=r"c_\mathrm{min}",
        )
        if model.has_balance("charge"):
            self._couple(model)

    def _couple(self, model: Contribution) -> None:
        c, T = model.field("salt_concentration"), model.field("temperature")
        salt, charge = model.balance("salt"), model.balance("charge")
        R, F = model.constant("molar_gas_constant"), model.constant("faraday_constant")
        blocks = tuple(b for b in salt.blocks if b in charge.blocks)
        if not blocks:
            return
        z = model.sum(CATION_VALENCE)
        # Moles of salt that the anions carry away with a mole of charge.
        by_anions = (1 - model.property("transference_number", "1")) / (self.cations * z)
        current = charge.total_flux
        salt.flux(-by_anions * current / F, blocks)
        # The gradient of the chemical potential of a mole of salt.
        drive = (self.cations + self.anions) * R * T * model.property("thermodynamic_factor", "1") * grad(c) / c
        charge.flux(model.property("ionic_conductivity", "S/m") * by_anions * drive / F, blocks)
        charge.drop(VOLTAGE, CONCENTRATION, -by_anions * drive / F, blocks)
        cations = self.cations * salt.total_flux + current / (z * F)
        model.define("cation_flux", cations, "mol/m^2/s", "flux of the cations", blocks, symbol="N_+")
        # With -i . grad(phi) / T it sums up to i^2/(kappa T) + nu R (1 + dln f/dln c) D |grad c|^2 / c. That is another
        # plugin's where heat is solved for.
        produced = -dot(salt.total_flux, drive) / T
        if not model.has_balance("energy"):
            produced -= dot(current, grad(charge.field)) / T
        model.monitor(ENTROPY_PRODUCTION, produced, blocks, coupled=True)
