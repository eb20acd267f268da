"""How often a page asks the database: six times at most, however many rows it shows."""

import pytest
from sqlalchemy import update

from tests.queries import queries
from tests.web.import_world import ANNA, BO, FRAGMENT, came_of, confirmed, run_is
from webapp.extensions import db
from webapp.store.columns import now
from webapp.store.connections import Connection

MOST = 6
ROWS = 40


@pytest.fixture
def places(app, people, world):
    """Addresses of pages full of rows: linked customers, namesakes, people, and runs that ended."""
    with app.app_context():
        names = [f"Arc {number}" for number in range(ROWS)]
        there = [world.there(f"t{number}", name, ANNA, BO) for number, name in enumerate(names)]
        ours = [world.here(name, ANNA, BO) for name in names]
        for their_id, our_id in list(zip(there, ours, strict=True))[::2]:
            world.link(their_id, our_id)
        run_id = confirmed(world, world.there("new", "New one", ANNA))
        came_of(world, run_id, ["new"], "done")
        run_is(run_id, state="done", finished_at=now(), dismissed_at=now())
        db.session.execute(update(Connection).values(census_finished_at=now()))
        db.session.commit()
        root = f"/p/{people.portal_key}"
        return {
            "list": f"{root}/client-users/",
            "search": f"{root}/client-users/?q=arc&filter=linked&sort=changed",
            "customer": f"{root}/customers/{ours[0]}",
            "picker": f"{root}/connections/{world.connection_id}/import/",
            "filtered picker": f"{root}/connections/{world.connection_id}/import/?state=same_name&sort=-name",
            "runs": f"{root}/runs/",
            "run": f"{root}/runs/{run_id}",
        }


@pytest.mark.parametrize("page", ["list", "search", "customer", "picker", "filtered picker", "runs", "run"])
@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["whole", "fragment"])
def test_a_page_asks_six_times_at_most(app, browser, places, page, headers):
    browser.get(places[page], headers=headers)
    with app.app_context():
        engine = db.engine
    with queries(engine) as asked:
        answer = browser.get(places[page], headers=headers)
    assert answer.status_code == 200
    assert 0 < len(asked) <= MOST, "\n".join(asked)
