"""A hostile plugin in a portal that lives: it is named, the others go on, and nothing is lost or doubled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from sqlalchemy import func, text

from tests.hostile.deeds import DEEDS, call_abroad, loop_on, raising
from tests.hostile.plugin import DIRECTORY, Asked, HostilePlugin
from tests.hostile.table import LEFT_OUT, RESTS, TABLE
from tests.import_world import ImportWorld
from tests.mirror_world import (
    MAIN,
    SECOND,
    MemoryProvider,
    assert_mirrors,
    connection,
    portal_app,
    set_connection,
)
from tests.services.synced import SyncWorld
from tests.soaking import tries
from webapp.extensions import db
from webapp.sdk import ChangePage, ContactData, CustomField
from webapp.services import connecting, connection_views, connections, context
from webapp.services.errors import Refused
from webapp.services.look import look
from webapp.services.reading import MOST_PAGES
from webapp.store.columns import now
from webapp.store.links import Link
from webapp.worker import jobs

TIER = CustomField(key="tier", label="Tier")
HOUR_AGO = func.now() - text("interval '1 hour'")
YESTERDAY = func.now() - text("interval '25 hours'")
MISDEEDS = ("tells of another record", "returns nothing", "ends the process")
"""One of each kind that differs in what follows; each call plays the first it can, in soaking all of them."""


class Scene:
    """A portal in step with a provider that turns hostile, and connected to an honest one."""

    def __init__(self, plugin: HostilePlugin) -> None:
        self.plugin = plugin
        self.world = SyncWorld(ImportWorld.new(plugin.honest))
        [(self.ours, self.theirs)] = self.world.linked("Arc")
        self.calm = self.world.imports.place.connect("calm", organization_id=MAIN.id)
        self.number = 0

    def provoke(self, call: str) -> None:
        """Bring about that the plugin gets a call."""
        self.number += 1
        provocations: Mapping[str, Callable[[], None]] = {
            "probe": lambda: self._due(probed_at=None),
            "custom_fields": lambda: self._due(custom_fields={}),
            "open": lambda: self._due(refreshed_at=HOUR_AGO),
            "changed": lambda: self._due(refreshed_at=HOUR_AGO),
            "census": lambda: self._due(census_started_at=YESTERDAY),
            "contact_census": lambda: self._due(census_started_at=YESTERDAY),
            "customer": self._edit,
            "update_customer": self._edit,
            "update_contact": self._edit_contact,
            "create_contact": self._add_contact,
            "delete_contact": self._delete_contact,
            "delete_customer": self._delete_customer,
        }
        provocations[call]()

    def forgive(self) -> None:
        """Let the plugin be honest from now on, and all waiting be over."""
        self.plugin.deeds.clear()
        rest = {"paused_until": None, "bulk_paused_until": None}
        self._due(state="connected", attention="", failures=0, **rest)
        due = db.update(Link).where(Link.connection_id == self.world.connection_id, Link.due_at.is_not(None))
        db.session.execute(due.values(due_at=now()))
        db.session.commit()
        self.world.look()

    def assert_in_step(self) -> None:
        """Check that both sides hold the same, and each record once."""
        self.world.poll()
        self.world.census()
        assert_mirrors(self.world.connection_id, self.plugin.honest.directory)
        here = [customer for customer in self.world.imports.customers() if customer.deleted_at is None]
        there = self.plugin.honest.directory.customers()
        assert [each.name for each in here] == [each.customer.data.name for each in there]
        for ours, theirs in zip(here, there, strict=True):
            people = [(one.first_name, one.phone or "") for one in self.world.imports.people(ours.id)]
            told = [(one.data.first_name, one.data.phone or "") for one in theirs.contacts]
            assert sorted(people) == sorted(told)

    def assert_others_go_on(self) -> None:
        """Check that the honest provider is read while the hostile one is not."""
        set_connection(self.calm, refreshed_at=HOUR_AGO, next_look_at=func.now())
        before = connection(self.calm).refreshed_at
        look(self.calm, interactive=False)
        calm = connection(self.calm)
        assert calm.state == "connected" and before is not None and calm.refreshed_at > before

    def told(self) -> str:
        """Return what people read at the connection."""
        row = connection(self.world.connection_id)
        return row.attention or row.pause_reason

    def _due(self, **values: object) -> None:
        # Four in a row have failed: from half a minute on people are told.
        set_connection(self.world.connection_id, **{"failures": 4, "next_look_at": func.now(), **values})

    def _edit(self) -> None:
        self._due()
        self.world.edit(self.ours, website=f"https://{self.number}.example")

    def _edit_contact(self) -> None:
        self._due()
        with self.world.editing() as directory:
            anna = self._person("Anna")
            directory.update_contact(str(self.ours), anna, {"phone": f"040 {self.number}"})

    def _add_contact(self) -> None:
        self._due()
        with self.world.editing() as directory:
            directory.create_contact(str(self.ours), ContactData(first_name=f"New {self.number}"))

    def _delete_contact(self) -> None:
        self._due()
        with self.world.editing() as directory:
            directory.delete_contact(str(self.ours), self._person("Bo"))

    def _delete_customer(self) -> None:
        self._due()
        with self.world.editing() as directory:
            directory.delete_customer(str(self.ours))

    def _person(self, first_name: str) -> str:
        return str(self.world.person(self.ours, first_name).id)


def one_page_more(asked: Asked) -> ChangePage:
    """Tell that there is more, at a place that is another one each time."""
    told = asked.honest()
    return replace(told, cursor=f"{int(told.cursor) + 1}", more=True)


@pytest.fixture(scope="module")
def plugin(module_database_url, redis_url):
    """The hostile plugin of a portal application that has an honest one too."""
    made, calm = HostilePlugin(MemoryProvider(own=[TIER])), MemoryProvider(name="calm", label="Calm")
    with portal_app(module_database_url, redis_url, made.provider(), calm.provider()):
        yield made


@pytest.fixture(scope="module")
def long_scene(plugin):
    """A portal for all tests together: each leaves it in step."""
    context.valkey().flushdb()
    return Scene(plugin)


@pytest.fixture
def scene(long_scene):
    """The portal; its provider is honest before and after."""
    yield long_scene
    long_scene.plugin.deeds.clear()
    db.session.rollback()


def test_connecting_is_refused_in_words_that_name_the_plugin(scene):
    scene.plugin.deeds["authorize_url"] = DEEDS["ends the process"][0]
    place = scene.world.imports.place
    with pytest.raises(Refused, match="The plugin ledgerly failed: SystemExit"):
        connecting.begin(
            place.portal_id,
            place.user_id,
            provider="ledgerly",
            region="eu",
            credentials={"client_secret": "s"},
            redirect_uri="https://portal.example/back",
            session_digest="d",
            connection_id=scene.world.connection_id,
        )
    assert scene.world.connection().state == "connected"


def test_a_page_shows_no_link_where_the_plugin_fails(scene, capsys):
    scene.plugin.deeds["record_url"] = DEEDS["raises"][0]
    address = connection_views.customer_address(
        scene.world.portal_id, scene.world.connection_id, scene.theirs
    )
    assert address == "" and "The plugin ledgerly failed: KeyError" in "".join(capsys.readouterr())


def test_a_connection_is_ended_although_the_plugin_never_gives_it_back(scene, monkeypatch, capsys):
    monkeypatch.setattr(connections, "REVOKE_SECONDS", 0.05)
    scene.plugin.deeds["revoke"] = loop_on
    scene.plugin.honest.organizations = [MAIN, SECOND]
    place = scene.world.imports.place
    ended = place.connect("ledgerly", organization_id=SECOND.id)
    connections.disconnect(place.portal_id, ended, user_id=place.user_id)
    assert connection(ended).state == "disconnected"
    assert "did not come back in time" in "".join(capsys.readouterr())


def test_one_that_calls_foreign_hosts_is_stopped_until_a_person_acts(scene):
    scene.plugin.deeds["changed"] = call_abroad
    scene.provoke("changed")
    scene.world.look()
    assert scene.world.connection().state == "attention"
    assert "The plugin ledgerly was stopped" in scene.told()
    scene.assert_others_go_on()
    scene.forgive()
    assert scene.told() == ""


@pytest.mark.parametrize("error", [KeyboardInterrupt, BaseException])
def test_a_look_ends_in_words_whatever_the_plugin_raises(scene, error):
    [scene.plugin.deeds["changed"]] = raising(error())
    scene.provoke("changed")
    jobs.look(str(scene.world.connection_id), interactive=False)
    assert f"The plugin ledgerly failed: it raised {error.__name__}" in scene.told()
    scene.assert_others_go_on()
    scene.forgive()
    assert scene.told() == ""


def test_one_that_tells_pages_without_end_is_left_alone_for_a_while(scene):
    scene.plugin.deeds["changed"] = one_page_more
    scene.provoke("changed")
    set_connection(scene.world.connection_id, poll={"wish": None, "hint": None, "pages": MOST_PAGES})
    scene.world.look()
    assert "Ledgerly tells page after page without end" in scene.told()
    scene.assert_others_go_on()
    scene.forgive()
    assert scene.told() == ""


@pytest.mark.parametrize("call", ["probe", "custom_fields", "open", *DIRECTORY])
def test_the_plugin_is_named_the_others_go_on_and_nothing_is_lost(scene, call):
    possible = [DEEDS[misdeed][0] for misdeed in MISDEEDS if TABLE[misdeed][call] in (RESTS, LEFT_OUT)]
    for deed in possible[: tries(1, soak=len(MISDEEDS))]:
        scene.plugin.deeds[call] = deed
        scene.provoke(call)
        scene.world.look()
        assert "The plugin ledgerly failed" in scene.told()
        scene.assert_others_go_on()
        scene.forgive()
    assert possible and scene.told() == ""
    scene.assert_in_step()
