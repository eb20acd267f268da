"""The plan for the contacts of one customer: who is whom, who is missing where, and who is primary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from webapp.sdk.records import ContactRecord
from webapp.sync.draft import Draft
from webapp.sync.link import Fields, Link, Record, Side, fields_of
from webapp.sync.merge import FieldMerge, Reason, any_changed
from webapp.sync.pair import Widow, pair_contacts
from webapp.sync.steps import (
    Agree,
    Conflict,
    Delete,
    Loss,
    OurCustomer,
    Ref,
    Restore,
    TheirCustomer,
    Unlink,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A contact both sides shall have; the record of a side where it is yet to be made is ``None``."""

    ours: ContactRecord | None
    theirs: ContactRecord | None
    link: Link | None = None
    why: str

    @property
    def ref(self) -> Ref:
        """Name it in the plan."""
        return Ref(
            kind="contact",
            our_id=self.ours.id if self.ours else None,
            their_id=self.theirs.id if self.theirs else None,
        )

    def waits(self, held: frozenset[str]) -> bool:
        """Tell whether a record of it waits for a person."""
        return self.ref.our_id in held or self.ref.their_id in held

    @property
    def was_primary(self) -> bool:
        """Tell whether both sides agreed that it is the primary contact."""
        return (
            self.link is not None
            and _primary_in(self.link.agreed_ours)
            and _primary_in(self.link.agreed_theirs)
        )

    @property
    def agreed_on_primary(self) -> bool:
        """Tell whether both sides agreed before on whether it is the primary contact."""
        return self.link is not None and "primary" in {**self.link.agreed_ours, **self.link.agreed_theirs}

    @property
    def was_made_primary_here(self) -> bool:
        """Tell whether the portal was known to have it as the primary one, the provider having none."""
        return self.link is not None and _primary_in(self.link.agreed_ours)


def plan_people(draft: Draft, ours: OurCustomer | None, theirs: TheirCustomer, *, deletions: bool) -> None:
    """Plan the contacts; with ``deletions`` those travel too, as in a sync."""
    draft.carry(ours.contact_links if ours else ())
    pairing = pair_contacts(
        ours.contacts if ours else (), theirs.contacts, ours.contact_links if ours else ()
    )
    people = [
        Person(ours=pair.ours, theirs=pair.theirs, link=pair.link, why=pair.why) for pair in pairing.pairs
    ]
    people += [Person(ours=contact, theirs=None, why="only here") for contact in pairing.ours_alone]
    people += [Person(ours=None, theirs=contact, why="only there") for contact in pairing.theirs_alone]
    if ours and deletions:
        people += _widowed(draft, pairing.widows, ours, theirs)
    people = [person for person in people if not (ours and person.waits(ours.held))]
    primary = None
    if not _primary_waits(ours, theirs):
        primary = _primary(draft, people, frozenset(_bereft(ours, theirs)))
    for person in people:
        if _bring_together(draft, person, primary=person is primary) and person is primary:
            _make_primary(draft, person)


def edited(contacts: Sequence[Record], links: Sequence[Link], side: Side) -> bool:
    """Tell whether one side added a contact or edited one since both agreed."""
    shadows = {
        link.our_id if side == "ours" else link.their_id: link.agreed_ours
        if side == "ours"
        else link.agreed_theirs
        for link in links
    }
    return any(
        contact.id not in shadows or any_changed(fields_of(contact.data), shadows[contact.id])
        for contact in contacts
    )


def _widowed(
    draft: Draft, widows: Sequence[Widow], ours: OurCustomer, theirs: TheirCustomer
) -> Iterator[Person]:
    binned = {contact.id: contact for contact in ours.deleted_contacts}
    for widow in widows:
        gone = widow.link.their_id in theirs.gone_contacts
        in_bin = binned.get(widow.link.our_id)
        if not widow.ours and not in_bin:
            continue
        if not widow.theirs and not gone:
            draft.unconfirmed.append(widow.link.their_id)
        elif widow.ours:
            yield from _gone_there(draft, widow.link, widow.ours)
        elif in_bin:
            yield from _gone_here(draft, widow.link, in_bin, widow.theirs)


def _gone_there(draft: Draft, link: Link, ours: ContactRecord) -> Iterator[Person]:
    fields = fields_of(ours.data)
    if any_changed(fields, link.agreed_ours):
        yield Person(ours=ours, theirs=None, link=link, why="edited here after it was deleted there")
    else:
        draft.steps.append(
            Delete(ref=_ref(link), side="ours", before=fields, link=link, reason="deleted there")
        )


def _gone_here(
    draft: Draft, link: Link, in_bin: ContactRecord, theirs: ContactRecord | None
) -> Iterator[Person]:
    if theirs is None:
        draft.steps.append(Unlink(ref=_ref(link), link=link, reason="deleted on both sides"))
        return
    fields = fields_of(theirs.data)
    if any_changed(fields, link.agreed_theirs):
        why = "edited there after it was deleted here"
        draft.steps.append(Restore(ref=_ref(link), reason=why))
        back = replace(in_bin, data=replace(in_bin.data, primary=False))
        yield Person(ours=back, theirs=theirs, link=link, why=why)
    else:
        draft.steps.append(
            Delete(ref=_ref(link), side="theirs", before=fields, link=link, reason="deleted here")
        )


def _bring_together(draft: Draft, person: Person, *, primary: bool) -> bool:
    if person.ours and person.theirs:
        return draft.merge(person.ours, person.theirs, person.link, why=person.why)
    if person.ours:
        return draft.create(
            person.ref, "theirs", person.ours, primary=primary, replaces=person.link, reason=person.why
        )
    if person.theirs:
        return draft.create(person.ref, "ours", person.theirs, primary=primary, reason=person.why)
    return False


def _primary_waits(ours: OurCustomer | None, theirs: TheirCustomer) -> bool:
    """Tell whether a side's primary contact waits for a person: then who it is waits as well.

    Somebody else would take its place, and another connection to which it is no riddle would put it back.
    """
    if ours is None:
        return False
    return any(row.data.primary and row.id in ours.held for row in (*ours.contacts, *theirs.contacts))


def _primary(draft: Draft, people: Sequence[Person], bereft: frozenset[Side]) -> Person | None:
    """Return who shall be primary on both sides; ``None`` when that stays as it is."""
    here = next((person for person in people if person.ours and person.ours.data.primary), None)
    there = next((person for person in people if person.theirs and person.theirs.data.primary), None)
    if there is None:
        return None if here is None or here.was_made_primary_here else here
    if here is None or here is there:
        return there
    moved_here, moved_there = not here.was_primary, not there.was_primary
    if moved_here and moved_there:
        return _contested_primary(draft, people, here, there, bereft)
    if moved_here:
        return here
    return there if moved_there else None


def _bereft(ours: OurCustomer | None, theirs: TheirCustomer) -> Iterator[Side]:
    """Tell which sides lost the primary contact both agreed on: another one took its place by itself.

    Where nobody is linked any more who was agreed on, that was deleted on both by now.
    """
    links = ours.contact_links if ours else ()
    agreed = [link for link in links if _primary_in(link.agreed_ours) and _primary_in(link.agreed_theirs)]
    here = {contact.id for contact in ours.contacts} if ours else set()
    if not any(link.our_id in here for link in agreed):
        yield "ours"
    if all(link.their_id in theirs.gone_contacts for link in agreed):
        yield "theirs"


def _chooser(here: Person, there: Person, bereft: frozenset[Side]) -> Side | None:
    """Tell on which side somebody chose the primary contact, while the other one only lost it.

    A new contact was made primary by whoever added it. Where both lost it nobody may have chosen any:
    that of the provider stays.
    """
    if "ours" in bereft and here.agreed_on_primary:
        return "theirs"
    if "theirs" in bereft and there.agreed_on_primary:
        return "ours"
    return None


def _contested_primary(
    draft: Draft, people: Sequence[Person], here: Person, there: Person, bereft: frozenset[Side]
) -> Person | None:
    our_id, their_id = here.ref.our_id, there.ref.their_id
    winner = draft.terms.winner(draft.customer, "primary") or _chooser(here, there, bereft)
    if winner is None:
        agreed = next((person.ref for person in people if person.was_primary), None)
        draft.conflicts.append(
            Conflict(
                ref=draft.customer,
                field="primary",
                ours=our_id,
                theirs=their_id,
                agreed_ours=agreed.our_id if agreed else None,
                agreed_theirs=agreed.their_id if agreed else None,
            )
        )
        return None
    lost: Side = "theirs" if winner == "ours" else "ours"
    loser = there if winner == "ours" else here
    draft.losses.append(Loss(ref=loser.ref, field="primary", side=lost, lost=True, kept=False))
    return here if winner == "ours" else there


def _make_primary(draft: Draft, person: Person) -> None:
    """Plan the write on the side that has another primary contact; on none, that both agree by now."""
    here = person.ours is not None and person.ours.data.primary is True
    there = person.theirs is not None and person.theirs.data.primary is True
    if person.ours and not here:
        _write_primary(draft, person, "ours", person.ours, "changed there")
    if person.theirs and not there:
        _write_primary(draft, person, "theirs", person.theirs, "changed here")
    if here and there and not person.was_primary:
        draft.steps.append(Agree(ref=person.ref, fields={"primary": True}, reason="alike"))


def _write_primary(draft: Draft, person: Person, side: Side, record: ContactRecord, reason: Reason) -> None:
    detail = FieldMerge(
        field="primary",
        ours=person.ours.data.primary if person.ours else None,
        theirs=person.theirs.data.primary if person.theirs else None,
        winner="theirs" if side == "ours" else "ours",
        reason=reason,
    )
    draft.update(person.ref, side, record, {"primary": True}, (detail,))


def _primary_in(shadow: Fields) -> bool:
    return shadow.get("primary") is True


def _ref(link: Link) -> Ref:
    return Ref(kind=link.kind, our_id=link.our_id, their_id=link.their_id)
