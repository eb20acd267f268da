"""What lets a link be due: what somebody writes does, what a trigger writes along with it does not."""

import pytest

from tests.portal_world import World, portal_app
from tests.store.test_triggers import FILLS
from webapp.extensions import db
from webapp.store.links import Link
from webapp.store.portals import Portal

BUMPED = "UPDATE customer SET version = version + 1 WHERE portal_id = %s"


@pytest.fixture(scope="module", autouse=True)
def app(module_database_url):
    with portal_app(module_database_url) as made:
        yield made


@pytest.fixture
def world():
    world = World.new()
    ids = {"portal": world.portal_id, "connection": world.connection_id, "first": 1, "last": 1}
    for fill in FILLS.values():
        db.session.execute(db.text(fill), ids)
    db.session.execute(db.update(Link).values(due_at=None))
    db.session.commit()
    return world


def due(world):
    db.session.rollback()
    query = db.select(Link.due_at).where(Link.portal_id == world.portal_id)
    return db.session.scalars(query).one() is not None


def test_what_somebody_writes_lets_a_link_be_due(world):
    db.session.execute(db.text(BUMPED.replace("%s", ":portal")), {"portal": world.portal_id})
    db.session.commit()
    assert due(world)


def test_what_another_trigger_writes_along_is_nothing_to_look_at(world, module_database_url, as_owner):
    with as_owner(module_database_url) as owner:
        written = BUMPED % "NEW.id"
        owner.execute(
            "CREATE FUNCTION along() RETURNS trigger LANGUAGE plpgsql "
            f"AS $$ BEGIN {written}; RETURN NULL; END $$"
        )
        owner.execute("CREATE TRIGGER along AFTER UPDATE ON portal FOR EACH ROW EXECUTE FUNCTION along()")
        try:
            db.session.execute(db.update(Portal).where(Portal.id == world.portal_id).values(name="Nord"))
            db.session.commit()
        finally:
            owner.execute("DROP FUNCTION along() CASCADE")
    assert not due(world)
