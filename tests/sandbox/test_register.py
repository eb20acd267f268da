"""One organization's register stays quick and right while it changes."""

from __future__ import annotations

from sandbox.records import Contact
from sandbox.register import SORT_KEYS, Register
from sandbox.sample.organizations import MAIN


def contact(number: int, name: str = "") -> Contact:
    """Return a contact."""
    return Contact(str(number), name or f"Contact {number:04}", "EUR", created=number, modified=number)


def filled(number: int) -> Register:
    """Return a register with so many contacts."""
    register = Register(MAIN)
    for each in range(number):
        register.file(contact(each))
    return register


def test_looks_at_no_more_contacts_than_a_page_needs() -> None:
    register, looked = filled(1000), []

    def wanted(each: Contact) -> bool:
        looked.append(each.id)
        return True

    matches = register.matches("key", "created_time", descending=True, wanted=wanted)
    page, has_more = matches.page(1, 20)
    assert ([each.id for each in page][:2], has_more) == (["999", "998"], True)
    assert len(looked) == 21


def test_pages_through_a_list_look_at_each_contact_once() -> None:
    register, looked = filled(100), []

    def wanted(each: Contact) -> bool:
        looked.append(each.id)
        return int(each.id) % 2 == 0

    for number in range(1, 7):
        matches = register.matches("key", "created_time", descending=False, wanted=wanted)
        page, has_more = matches.page(number, 10)
        assert (len(page), has_more) == ((10, number < 5) if number <= 5 else (0, False))
    assert len(looked) == 100


def test_every_order_stays_right_while_contacts_come_change_and_go() -> None:
    register = filled(50)
    for column in SORT_KEYS:
        register.matches(column, column, descending=False, wanted=bool).page(1, 1)
    changed = register.contacts["25"]
    changed.name, changed.modified, changed.outstanding_receivable_amount = "Aaa", 999, 5.0
    register.refile(changed)
    register.drop(register.contacts["7"])
    register.file(contact(77, "Zzz"))
    for column, key in SORT_KEYS.items():
        found, _ = register.matches(column, column, descending=False, wanted=bool).page(1, 100)
        expected = sorted(register.contacts.values(), key=lambda each: (key(each), each.id))
        assert [each.id for each in found] == [each.id for each in expected], column


def test_finds_names_after_they_changed() -> None:
    register = filled(2)
    renamed = register.contacts["1"]
    renamed.name = "  New\u00a0 Name"
    register.refile(renamed)
    assert register.named("new name") is renamed
    assert register.named("Contact 0001") is None
