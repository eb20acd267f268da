"""The scenes of a pass: three linked customers edited here, one so that it takes the call in question."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.faults.scenes import DETAIL, EERO, FIRST_PAGE, MAIJA, PERSONS, SITE, Scene, Target, work
from tests.faults.world import World
from webapp.services import deleting, editing
from webapp.services.typed import Form
from webapp.store.customers import Contact, Customer

PERSON = "/contacts/contactpersons/[^/]*$"
Deed = Callable[[World, Customer], object]


def _of(deed: Deed, *, before: Deed | None = None) -> Callable[[World], None]:
    """Return what lays a scene in which Harbour is edited here in one way, and two others in another."""

    def lay(world: World) -> None:
        _link(world)
        if before is not None:
            before(world, _customer(world, "Harbour"))
            _travel(world)
        deed(world, _customer(world, "Harbour"))
        for name in ("Alder", "Willow"):
            _type_in_site(world, _customer(world, name))

    return lay


def _lay_poll(world: World) -> None:
    _link(world)
    for customer_id in list(world.register.contacts):
        world.edit("update_contact", contact_id=customer_id, fields={"website": SITE})
    world.refresh_is_wanted()


def _link(world: World) -> None:
    world.begin(customers=0)
    for name in ("Alder", "Harbour", "Willow"):
        fields = {"contact_name": name, "contact_persons": [EERO, MAIJA]}
        made = world.edit("create_contact", fields=fields)
        world.subject = made["contact_id"] if name == "Harbour" else world.subject
        world.server.state.advance(5)
    work(world)
    world.confirm(list(world.register.contacts))
    work(world)
    world.run_id = None
    world.server.state.advance(5)


def _travel(world: World) -> None:
    work(world)
    world.server.state.advance(5)


def _customer(world: World, name: str) -> Customer:
    return next(each for each in world.rows(Customer) if each.name == name)


def _person(world: World, customer: Customer, first_name: str) -> Contact:
    people = world.rows(Contact)
    return next(one for one in people if (one.customer_id, one.first_name) == (customer.id, first_name))


def _type_in_site(world: World, row: Customer) -> None:
    form = Form(version=row.version, seen={"website": row.website}, typed={"website": SITE})
    editing.edit_customer(row.portal_id, row.id, world.user_id, form)


def _type_in_person(world: World, row: Customer) -> None:
    person = _person(world, row, "Maija")
    form = Form(version=person.version, seen={"last_name": "Meri"}, typed={"last_name": "Meriläinen"})
    editing.edit_contact(row.portal_id, row.id, person.id, world.user_id, form)


def _make_primary(world: World, row: Customer) -> None:
    editing.make_primary(row.portal_id, row.id, _person(world, row, "Maija").id, world.user_id)


def _mark(*, active: bool) -> Deed:
    return lambda world, row: editing.set_active(row.portal_id, row.id, world.user_id, active=active)


def _add_person(world: World, row: Customer) -> None:
    typed = {"first_name": "Oona", "last_name": "Oja", "email": "oona@harbour.example"}
    editing.add_contact(row.portal_id, row.id, world.user_id, typed)


def _delete_person(world: World, row: Customer) -> None:
    person = _person(world, row, "Maija")
    deleting.delete_contact(row.portal_id, row.id, person.id, world.user_id, version=person.version)


def _delete(world: World, row: Customer) -> None:
    deleting.delete_customer(row.portal_id, row.id, world.user_id, version=row.version)


_DETAIL: Target = {"method": "GET", "path": DETAIL}


def _written(method: str, path: str, deed: Deed, *, before: Deed | None = None) -> Scene:
    target = {"method": method, "path": path}
    return Scene(
        target=target, before=_DETAIL, lay=_of(deed, before=before), play=work, writes=True, sync=True
    )


PASS_SCENES: Mapping[str, Scene] = {
    "poll, linked": Scene(target=FIRST_PAGE, lay=_lay_poll, play=work, lists=True, sync=True),
    "detail, linked": Scene(target=_DETAIL, lay=_of(_type_in_site), play=work, sync=True),
    "update customer": _written("PUT", DETAIL, _type_in_site),
    "update contact": _written("PUT", PERSON, _type_in_person),
    "make primary": _written("POST", "/contacts/contactpersons/[^/]*/primary$", _make_primary),
    "mark inactive": _written("POST", "/contacts/{subject}/inactive$", _mark(active=False)),
    "mark active": _written(
        "POST", "/contacts/{subject}/active$", _mark(active=True), before=_mark(active=False)
    ),
    "create contact": _written("POST", PERSONS, _add_person),
    "delete contact": _written("DELETE", PERSON, _delete_person),
    "delete customer": _written("DELETE", DETAIL, _delete),
}
