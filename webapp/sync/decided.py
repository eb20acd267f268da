"""What a person decided, as links: who is primary, and which customer there took a twin in.

A decision writes no record. It moves shadows, and the next pass carries it out as an ordinary change. That
on a single field is ``link.settled``.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace

from webapp.sdk.directory import CustomerDetail
from webapp.sdk.records import ContactRecord
from webapp.sync.link import Fields, Link, Record, Side, fields_of, known, new_link, with_primary
from webapp.sync.pair import pair_contacts
from webapp.sync.steps import OurCustomer


def settled_primary(links: Iterable[Link], winner: Side, *, ours: str, theirs: str) -> tuple[Link, ...]:
    """Settle who is primary, given the ids of the primary contact here and of the one there.

    The losing one counts as the one both had agreed on. Returns the links of contacts that move; none while
    the losing contact has no link, which the next pass makes.
    """
    links = tuple(links)
    losing = next((link for link in links if theirs == link.their_id), None)
    if winner == "theirs":
        losing = next((link for link in links if ours == link.our_id), None)
    if losing is None:
        return ()
    moved = [(link, with_primary(link, primary=link is losing)) for link in links]
    return tuple(after for before, after in moved if after is not before)


def relinked(ours: OurCustomer, survivor: CustomerDetail) -> tuple[Link, ...]:
    """Link a customer and its contacts to the customer there that took their twin in.

    These links take the place of all it had. Contacts keep their twin where it moved along, else they pair as
    in an import; those left over are new on the other side. A field counts as agreed on only where the
    survivor holds what the twin held: what differs is asked about, or decided by the rule, and told.
    """
    if ours.link is None:
        raise ValueError("Only a linked customer can be linked to another one.")
    return (
        _moved_to(ours.link, ours.customer, survivor.customer),
        *_relinked_contacts(ours, survivor.contacts),
    )


def _relinked_contacts(ours: OurCustomer, theirs: Sequence[ContactRecord]) -> Iterator[Link]:
    links = {link.our_id: link for link in ours.contact_links}
    here = {contact.id: contact for contact in (*ours.contacts, *ours.deleted_contacts)}
    there = {contact.id: contact for contact in theirs}
    for link in links.values():
        if link.our_id in here and link.their_id in there:
            yield _moved_to(link, here.pop(link.our_id), there.pop(link.their_id))
    for contacts in (ours.contacts, ours.deleted_contacts):
        left = [contact for contact in contacts if contact.id in here]
        for pair in pair_contacts(left, list(there.values())).pairs:
            yield _moved_to(links.get(pair.ours.id), here.pop(pair.ours.id), there.pop(pair.theirs.id))


def _moved_to(link: Link | None, ours: Record, theirs: Record) -> Link:
    """Link a record to another one there, with what it had agreed on as far as that one holds it too."""
    new = new_link(ours, theirs)
    if link is None:
        return new
    there = known(fields_of(theirs.data))
    same = {name for name, value in link.agreed_theirs.items() if name in there and there[name] == value}
    return replace(
        new, agreed_ours=_only(link.agreed_ours, same), agreed_theirs=_only(link.agreed_theirs, same)
    )


def _only(fields: Fields, names: Container[str]) -> Fields:
    return {name: value for name, value in fields.items() if name in names}
