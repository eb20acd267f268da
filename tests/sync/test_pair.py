"""Which contact here is which contact there."""

from hypothesis import given
from hypothesis import strategies as st

from webapp.sdk import ContactData, ContactRecord
from webapp.sync.link import Link
from webapp.sync.pair import pair_contacts


def contact(row, first_name="", email=""):
    data = ContactData(first_name=first_name, email=email)
    return ContactRecord(id=row, customer_id="1", data=data, version="1")


def link(our_id, their_id):
    return Link(kind="contact", our_id=our_id, their_id=their_id)


def matches(pairing):
    return {(pair.ours.id, pair.theirs.id, pair.why) for pair in pairing.pairs}


def test_pairs_by_link_whatever_else_they_hold():
    pairing = pair_contacts([contact("o1", "Ann")], [contact("t1", "Bob")], [link("o1", "t1")])
    assert matches(pairing) == {("o1", "t1", "linked")}


def test_pairs_by_email_before_name():
    ours = [contact("o1", "Ann", "A@x.example"), contact("o2", "Bob")]
    theirs = [contact("t1", "Bob", "a@x.example"), contact("t2", "Ann")]
    assert matches(pair_contacts(ours, theirs)) == {("o1", "t1", "same e-mail")}


def test_pairs_by_name_what_has_no_common_email():
    pairing = pair_contacts([contact("o1", " ann ")], [contact("t1", "Ann", "ann@x.example")])
    assert matches(pairing) == {("o1", "t1", "same name")}


def test_looks_at_the_name_where_several_share_an_email():
    ours = [contact("o1", "Ann", "info@x.example"), contact("o2", "Bob", "info@x.example")]
    theirs = [contact("t1", "Bob", "info@x.example"), contact("t2", "Cat", "info@x.example")]
    pairing = pair_contacts(ours, theirs)
    assert matches(pairing) == {("o2", "t1", "same e-mail")}
    assert [row.id for row in pairing.ours_alone] == ["o1"]
    assert [row.id for row in pairing.theirs_alone] == ["t2"]


def test_pairs_no_name_that_several_have():
    ours = [contact("o1", "Ann"), contact("o2", "Ann")]
    assert matches(pair_contacts(ours, [contact("t1", "Ann")])) == set()


def test_pairs_nobody_for_being_nameless():
    assert matches(pair_contacts([contact("o1")], [contact("t1")])) == set()


def test_tells_of_a_link_that_lost_a_side_and_pairs_neither_anew():
    pairing = pair_contacts([contact("o1", "Ann")], [contact("t2", "Ann")], [link("o1", "t1")])
    assert [(widow.ours.id, widow.theirs) for widow in pairing.widows] == [("o1", None)]
    assert pairing.pairs == ()
    assert [row.id for row in pairing.theirs_alone] == ["t2"]


TEXTS = st.sampled_from(["", "a", "b", "c"])
PEOPLE = st.lists(st.tuples(TEXTS, TEXTS), max_size=6)


@given(PEOPLE, PEOPLE, st.sets(st.integers(0, 5)), st.randoms(use_true_random=False))
def test_is_one_to_one_complete_and_the_same_in_any_order(ours, theirs, linked, random):
    here = [contact(f"o{number}", *texts) for number, texts in enumerate(ours)]
    there = [contact(f"t{number}", *texts) for number, texts in enumerate(theirs)]
    links = [link(f"o{number}", f"t{number}") for number in sorted(linked)]
    pairing = pair_contacts(here, there, links)
    told_here = [row.id for row in pairing.ours_alone] + [pair.ours.id for pair in pairing.pairs]
    told_here += [widow.ours.id for widow in pairing.widows if widow.ours]
    told_there = [row.id for row in pairing.theirs_alone] + [pair.theirs.id for pair in pairing.pairs]
    told_there += [widow.theirs.id for widow in pairing.widows if widow.theirs]
    assert sorted(told_here) == [row.id for row in here]
    assert sorted(told_there) == [row.id for row in there]
    random.shuffle(here)
    random.shuffle(there)
    assert matches(pair_contacts(here, there, links)) == matches(pairing)
