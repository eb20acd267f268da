"""The scenes: for each call to the provider, what was there before, and what is done with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.faults.world import World
from webapp.sdk import ContactData

LIST = "/contacts$"
PERSONS = "/contacts/contactpersons$"
DETAIL = "/contacts/{subject}$"
NEWEST_FIRST = "last_modified_time.*page={page}&"
BY_AGE = "created_time"
LARGE = {"customers": 203, "contacts_per_customer": 0.3}
SMALL = {"customers": 6, "contacts_per_customer": 1.5}
CROWDED = {"customers": 80, "contacts_per_customer": 4.0}
EERO = {"first_name": "Eero", "last_name": "Eskola", "email": "eero@harbour.example"}
MAIJA = {"first_name": "Maija", "last_name": "Meri", "email": "maija@harbour.example"}
SITE = "https://harbour.example"
Target = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One call: how it is recognised (``target``), what is there before it, and what leads to it.

    ``before`` recognises the call that comes right before it, where there is one. ``sync``: linked customers
    are brought to agreement by it.
    """

    target: Target
    before: Target | None = None
    lay: Callable[[World], None]
    play: Callable[[World], None]
    writes: bool = False
    lists: bool = False
    sync: bool = False

    def fault(self, world: World, target: Target | None = None, /, **fault: Any) -> None:
        """Let the call go wrong."""
        aimed = {name: text.format(subject=world.subject) for name, text in (target or self.target).items()}
        world.server.state.faults.add({**aimed, **fault})


def ask(world: World) -> None:
    """Look as for a person who waits."""
    world.look(interactive=True)


def work(world: World) -> None:
    """Look as bulk work does."""
    world.look(interactive=False)


def _lay_first_page(world: World) -> None:
    _filled(world, SMALL)
    _change_all(world)


def _lay_later_page(world: World) -> None:
    _filled(world, LARGE)
    _change_all(world)


def _lay_census(world: World) -> None:
    _filled(world, LARGE)
    world.edit("delete_contact", contact_id=world.subject)
    world.census_is_due()


def _lay_persons(world: World) -> None:
    _filled(world, CROWDED)
    world.edit("create_person", contact_id=world.subject, fields=MAIJA)
    world.census_is_due()


def _lay_persons_of_one(world: World) -> None:
    _filled(world, SMALL)
    world.edit("update_contact", contact_id=world.subject, fields={"website": SITE})
    world.edit("create_person", contact_id=world.subject, fields=MAIJA)
    world.refresh_is_wanted()
    world.look(interactive=True)


def _lay_missing(world: World) -> None:
    _filled(world, SMALL)
    world.edit("delete_contact", contact_id=world.subject)
    world.census_is_due()


def _lay_update(world: World) -> None:
    _lay_run(world, {"website": SITE}, [EERO])


def _lay_create(world: World) -> None:
    _lay_run(world, {}, [EERO, MAIJA])


def _lay_token(world: World) -> None:
    _lay_first_page(world)
    world.server.state.tokens.expire_all()


def _lay_run(world: World, fields: dict[str, str], people: list[dict[str, Any]]) -> None:
    """Confirm an import of three: a new one, one that is merged and writes there, and another new one."""
    world.begin(customers=0)
    for name in ("Alder", "Harbour", "Willow"):
        made = world.edit("create_contact", fields={"contact_name": name, "contact_persons": [EERO]})
        world.subject = made["contact_id"] if name == "Harbour" else world.subject
        world.server.state.advance(5)
    world.here("Harbour", *(ContactData(**person) for person in people), **fields)
    work(world)
    world.confirm(_customers(world))


def _filled(world: World, sample: Mapping[str, Any]) -> None:
    world.begin(**sample)
    work(world)
    deletable = [each for each in _customers(world) if not world.register.contacts[each].has_transaction]
    world.subject = min(deletable)
    world.server.state.advance(5)


def _change_all(world: World) -> None:
    for contact_id in _customers(world):
        world.edit("update_contact", contact_id=contact_id, fields={"website": SITE})
    world.refresh_is_wanted()


def _customers(world: World) -> list[str]:
    return [each.id for each in world.register.contacts.values() if each.contact_type == "customer"]


_CENSUS: Target = {"method": "GET", "path": LIST, "query": BY_AGE}
_DETAIL: Target = {"method": "GET", "path": DETAIL}
FIRST_PAGE: Target = {"method": "GET", "path": LIST, "query": NEWEST_FIRST.format(page=1)}

SCENES: Mapping[str, Scene] = {
    "list, first page": Scene(target=FIRST_PAGE, lay=_lay_first_page, play=ask, lists=True),
    "list, later page": Scene(
        target={"method": "GET", "path": LIST, "query": NEWEST_FIRST.format(page=2)},
        before=FIRST_PAGE,
        lay=_lay_later_page,
        play=ask,
        lists=True,
    ),
    "census": Scene(target=_CENSUS, lay=_lay_census, play=work, lists=True),
    "persons, all": Scene(
        target={"method": "GET", "path": PERSONS},
        before=_CENSUS,
        lay=_lay_persons,
        play=work,
        lists=True,
    ),
    "persons of one": Scene(target=_DETAIL, lay=_lay_persons_of_one, play=work),
    "one not listed": Scene(
        target=_DETAIL, before={"method": "GET", "path": PERSONS}, lay=_lay_missing, play=work
    ),
    "detail": Scene(target=_DETAIL, lay=_lay_update, play=work),
    "create": Scene(
        target={"method": "POST", "path": PERSONS}, before=_DETAIL, lay=_lay_create, play=work, writes=True
    ),
    "update": Scene(
        target={"method": "PUT", "path": DETAIL}, before=_DETAIL, lay=_lay_update, play=work, writes=True
    ),
    "token": Scene(target={"method": "POST", "path": "/oauth/v2/token$"}, lay=_lay_token, play=ask),
}
