"""How long pages take where there are very many customers, and how many queries they cost."""

from __future__ import annotations

from collections.abc import Iterator

from bench import crowd
from bench.figures import Measured
from bench.ground import Ground, Site, ground, site
from bench.timing import p95_ms
from bench.visitor import Visitor

TURNS = 20


def measure(size: int) -> Iterator[Measured]:
    """Read pages of a portal and of a mirror of the size, nine in ten customers linked."""
    with ground() as place:
        there = filled(place, size, here=size)
        visitor = Visitor(place, there)
        for name, address in _addresses(place, there, size).items():
            visitor.get(address)
            visits = [visitor.get(address) for _ in range(TURNS)]
            yield Measured(f"pages.{name}.p95", p95_ms([visit.seconds for visit in visits]))
            yield Measured(f"pages.{name}.queries", max(visit.queries for visit in visits))


def filled(place: Ground, size: int, *, here: int) -> Site:
    """Make a portal with a mirror of the size, and so many of its customers here as well."""
    with place.app.app_context():
        there = site()
    with place.fill() as filling:
        crowd.fill_mirror(filling, there.portal_id, there.connection_id, size)
        crowd.fill_portal(filling, there.portal_id, there.connection_id, here)
        filling.execute("VACUUM (ANALYZE)")
    return there


def _addresses(place: Ground, there: Site, size: int) -> dict[str, str]:
    people, picker = "/client-users/", f"/connections/{there.connection_id}/import/"
    last = size // 50 - size // 1000
    with place.fill() as reading:
        (customer,) = reading.execute("SELECT id FROM customer ORDER BY id LIMIT 1").fetchone() or ("",)
    return {
        "list": people,
        "list.last": f"{people}?page={last}",
        "list.filtered": f"{people}?filter=only_here&sort=newest&page=3",
        "customer": f"/customers/{customer}",
        "picker": picker,
        "picker.last": f"{picker}?page={last}",
        "picker.filtered": f"{picker}?state=new&sort=changed&page=3",
        "runs": "/runs/",
    }
