"""A brittle film that the growth of the metal under it stretches and cracks."""

from trona.plugin import (
    Balance,
    Contribution,
    Field,
    InterfaceOption,
    Number,
    Physics,
    Quantity,
    UserError,
    exp,
    max_value,
    sqrt,
)
from trona_plugins.sums import DAMAGE, GROWTH_VELOCITY


class StretchedFilm(Physics):
    """A film on a metal that grows is stretched, and cracks: ds/dt = v_n kappa, D = 1 - exp(-<s - s_c - r>).

    s: stretch of the surface, the logarithm of its area over that at which the film was whole, 1, an unknown on the
    interface. v_n: velocity of the surface along its normal towards the ion conductor, m/s, that of all growth. kappa:
    curvature of the surface, the sum of both principal ones, 1/m, positive where the metal is convex; on a surface with
    waves or islands that the mesh does not have, that of their crests.
    D: share of the area that the film leaves bare, 1, fed as the damage of the interface; <x> is x where positive,
    else 0. A film bears a stretch s_c and gives way beyond: what the surface gains then opens between its pieces, and
    closes again where the metal shrinks back.
    s_c = sqrt(G/(Z E delta)): stretch at which cracks run through a film of thickness delta, m. G: fracture energy of
    the film, J/m2. E: stress of the film over its stretch, Pa; on waves its plane-strain modulus. Z: 1.976 on metal as
    stiff as the film.
    r: what new film has added to the logarithm of the area of the film, 1, an unknown too: dr/dt = D/((1 - D) tau).
    tau: time in which new film covers bare metal, s; without it nothing does. Under constant growth D comes to
    v_n kappa tau/(1 + v_n kappa tau).
    The film is thin, does not slide, and pieces are many where D has a meaning; its own elastic energy does not act on
    the metal.
    Source: Beuth, Int. J. Solids Struct. 29 (1992) 1657 (a crack through a film); that opened area is what the surface
    has gained over the area of the film, our assumption.
    """

    name = "stretched_film"
    references = ("beuth1992cracking",)
    requires = (GROWTH_VELOCITY,)
    feeds = (DAMAGE,)
    provides = (
        Field(
            "film_stretch",
            "1",
            "stretch of the surface",
            on="interface",
            kind="surface",
            scale="0.01",
            symbol=r"\lambda",
        ),
        Balance("stretch", "1/s", "film_stretch", "stretch of the surface"),
        Field("film_renewed", "1", "stretch that new film covers", on="interface", kind="surface", scale="0.01"),
        Balance("renewal", "1/s", "film_renewed", "stretch that new film covers"),
    )

    interface = InterfaceOption("metal | ion conductor, the metal named first")
    curvature = Quantity("1/m", "curvature of the surface, positive where the metal is convex")
    thickness = Quantity("m", "thickness of the film", above="0 m", usual=("1e-10 m", "1 mm"))
    modulus = Quantity("Pa", "stress of the film over its stretch", above="0 Pa", usual=("1 kPa", "2 TPa"))
    fracture_energy = Quantity("J/m^2", "energy per area that a crack through the film takes", above="0 J/m^2")
    release = Number("factor Z of the energy that a crack releases", above=0)
    renewal = Quantity("s", "time tau in which new film covers bare metal; default never", default=None, above="0 s")

    def contribute(self, model: Contribution) -> None:
        if model.steady:
            raise UserError("a film is stretched over time; give 'time'")
        law = model.interface(self.interface)
        stretch, renewed = model.field("film_stretch"), model.field("film_renewed")
        borne = sqrt(self.fracture_energy / (self.release * self.modulus * self.thickness))
        opened = max_value(stretch - borne - renewed, 0)
        bare = 1 - exp(-opened)

        growing, renewing = model.balance("stretch"), model.balance("renewal")
        growing.storage(stretch)
        growing.source(law.sum(GROWTH_VELOCITY) * self.curvature)
        renewing.storage(renewed)
        if self.renewal is not None:
            renewing.source((exp(opened) - 1) / self.renewal)  # D/(1 - D)

        law.feed(DAMAGE, bare)
        law.output_range(
            "film_stretch", stretch, "1", "stretch of the surface under the film", mean=True, symbol=r"\lambda"
        )
        law.output_range("bare_share", bare, "1", "share of the area that the film leaves bare", mean=True)
        law.output("stretch_borne", borne, "1", "stretch that the film bears", "mean")
