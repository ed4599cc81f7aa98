"""A rigid plate on the surface of a solid."""

from typing import Any

from trona.plugin import BoundaryOption, Choice, Contribution, Field, Physics, Quantity, balance, dot

_WAYS = ("displacement", "pressure", "load")


class Platen(Physics):
    """A rigid plate on a flat boundary: u . n = -u_P with a single number u_P, and p = -n . sigma n at the contact.

    u: displacement of the body, m. u_P: displacement of the plate, m, positive into the body. It is given, or it is
    the unknown for which the mean of p is the given pressure, or the integral of p the given load.
    p: contact pressure, Pa, an unknown on the boundary: positive where the plate pushes and negative where it pulls,
    because body and plate do not separate. sigma: stress, Pa. n: outward normal.
    The plate does not tilt. With `slip: free` there is no friction, and the tangential part of sigma n is zero. With
    `slip: none` the body sticks to the plate: u = -u_P n. On a curved boundary u_P is the same normal displacement
    everywhere.
    load: N, in a plane per metre of depth. Where the mesh moves, all of this holds on the current surface.
    Source: Johnson, Contact Mechanics, Cambridge University Press 1985, section 2.8.
    """

    name = "platen"
    references = ("johnson1985contact",)
    requires = (balance("momentum"),)
    provides = (
        Field(
            "plate_displacement",
            "m",
            "displacement of the plate, into the body positive",
            kind="global",
            scale="1 nm",
            when=("pressure", "load"),
        ),
    )

    boundary = BoundaryOption("boundary on which the plate lies")
    displacement = Quantity("m", "displacement of the plate into the body", default=None, variables=("t",))
    pressure = Quantity("Pa", "mean contact pressure", default=None, variables=("t",))
    load = Quantity(
        "N", "force of the plate on the body (in a plane: N per metre of depth)", default=None, variables=("t",)
    )
    slip = Choice(("free", "none"), "whether the body slides along the plate or sticks to it", default="free")

    def contribute(self, model: Contribution) -> None:
        law, momentum = model.boundary(self.boundary), model.balance("momentum")
        u, n, name = model.field("displacement"), law.normal, "contact_pressure"
        plate, targets = self._plate(model, law)
        if self.slip == "free":
            text = "pressure of the plate on the body"
            p = law.constrain(dot(u, n) + plate, "m", momentum, name, text, along=n, scale="1 MPa")
        else:
            text = "pull of the body on the plate, per area"
            p = dot(law.constrain(u + plate * n, "m", momentum, name, text, scale="1 MPa"), n)
        for way, target in targets:
            integrand = plate if way == "displacement" else p
            model.constrain_integral(plate, law, integrand, target, mean=way != "load")
        law.output_range("contact_pressure", p, "Pa", "contact pressure", mean=True)
        law.output("plate_load", p, "Pa", "force of the plate on the body", "integral")

    def _plate(self, model: Contribution, law: Any) -> tuple[Any, list[tuple[str, Any]]]:
        """Return the displacement of the plate, and what determines it where it is unknown."""
        given = model.alternatives({way: getattr(self, way) for way in _WAYS})
        name = "plate_displacement"
        if list(given) == ["displacement"]:
            law.output(name, self.displacement, "m", "displacement of the plate, into the body positive", "mean")
            return self.displacement, []
        model.set_scale(name, model.scale_of("displacement"))
        return model.field(name), list(given.items())
