"""One linked customer brought to agreement: what it costs, what holds it, and what comes of it."""

import pytest

from tests.sync.engine import MachineSides
from tests.sync.house import House
from tests.sync.tables import MachineLedger, Mirrored
from webapp.sdk import Rejected, Unavailable
from webapp.sync.agree import agree, foresee
from webapp.sync.brake import Hit, hits


@pytest.fixture
def house():
    """Two linked customers with two persons each, at rest."""
    house = House()
    house.settle()
    house.theirs.calls.clear()
    return house


def agreed(house, our_id="our-1", may=lambda plan: True):
    engine = house.engine()
    ledger = MachineLedger(house.tables, engine.fence, house.tables.customers().get(our_id, ""))
    sides = MachineSides(engine)
    return agree(our_id, sides, house.ours, house.theirs, ledger, plan=engine.plan, may=may)


def edit(house, side, record_id, **changes):
    with house.behind(side) as directory:
        directory.update_customer(record_id, changes)


def called(house):
    return [call.name for call in house.theirs.calls]


def read(house, their_id="their-1"):
    detail = house.read("theirs", their_id)
    house.tables.mirror[their_id] = Mirrored(customer=detail.customer, contacts=detail.contacts)


def leave_out(house, contact_id, their_id="their-1"):
    """Let the list tell nothing of a person."""
    detail = house.read("theirs", their_id)
    others = tuple(row for row in detail.contacts if row.id != contact_id)
    house.tables.mirror[their_id] = Mirrored(customer=detail.customer, contacts=others)


def on_call(house, name, error):
    def interrupt(call, when):
        if call.name == name and when == "before":
            raise error

    house.theirs.interrupt = interrupt


def test_calls_nobody_where_there_is_nothing_to_do(house):
    commits = house.tables.commits
    assert agreed(house).status == "agreed"
    assert called(house) == []
    assert house.tables.commits == commits


def test_reads_once_and_writes_what_was_edited_here(house):
    edit(house, "ours", "our-1", website="new.example")
    assert agreed(house).status == "agreed"
    assert called(house) == ["customer", "update_customer"]


def test_reads_once_for_what_was_edited_there(house):
    edit(house, "theirs", "their-1", website="new.example")
    read(house)
    assert agreed(house).status == "agreed"
    assert called(house) == ["customer"]
    assert house.read("ours", "our-1").customer.data.website == "new.example"


def test_reads_a_customer_of_which_only_a_list_has_told(house):
    edit(house, "theirs", "their-1", website="new.example")
    house.tables.mirror["their-1"] = Mirrored(customer=house.theirs.rows()[0].customer)
    agreed(house)
    assert called(house) == ["customer"]


def test_asks_for_what_a_list_leaves_out_and_deletes_nothing_that_is_there(house):
    house.tables.mirror["their-1"] = Mirrored()
    assert agreed(house).status == "agreed"
    assert called(house) == ["customer"]
    assert house.read("ours", "our-1")


def test_agrees_on_nothing_that_only_a_list_of_yesterday_holds_alike(house):
    edit(house, "theirs", "their-1", website="old.example")
    read(house)
    edit(house, "theirs", "their-1", website="theirs.example")
    edit(house, "ours", "our-1", website="old.example")
    [conflict] = agreed(house).conflicts
    assert (conflict.ours, conflict.theirs) == ("old.example", "theirs.example")


def test_does_nothing_and_calls_nobody_while_it_may_not(house):
    edit(house, "ours", "our-1", website="")
    agreement = agreed(house, may=lambda plan: False)
    assert agreement.status == "held"
    assert agreement.plan.steps
    assert called(house) == []


def test_reads_who_was_not_seen_before_it_asks_whether_it_may(house):
    leave_out(house, "their-2")
    with house.behind("theirs") as directory:
        directory.delete_contact("their-1", "their-2")
    with house.behind("ours") as directory:
        directory.update_contact("our-1", "our-2", {"phone": "1"})
    assert agreed(house, may=lambda plan: not hits(plan)).status == "agreed"
    assert len(house.read("theirs", "their-1").contacts) == 2


def test_deletes_nobody_who_was_not_seen_while_it_may_not(house):
    leave_out(house, "their-2")
    with house.behind("theirs") as directory:
        directory.delete_contact("their-1", "their-2")
    agreement = agreed(house, may=lambda plan: False)
    assert agreement.status == "held"
    assert hits(agreement.plan) == {Hit("ours", "contact", "our-2")}
    assert len(house.read("ours", "our-1").contacts) == 2
    assert called(house) == ["customer"]


def test_asks_again_whether_it_may_once_it_has_read(house):
    edit(house, "ours", "our-1", website="new.example")
    asked = []
    agreed(house, may=lambda plan: asked.append(plan) or len(asked) < 2)
    assert len(asked) == 2
    assert called(house) == ["customer"]


def test_plans_again_from_what_it_read_when_somebody_was_quicker(house):
    edit(house, "ours", "our-1", website="new.example")
    edits = iter(["theirs.example"])

    def be_quick(call, when):
        if call.name == "customer" and when == "after" and (value := next(edits, None)):
            edit(house, "ours", "our-1", company_name=value)

    house.theirs.interrupt = be_quick
    agreement = agreed(house)
    assert agreement.status == "agreed"
    assert house.read("theirs", "their-1").customer.data.company_name == "theirs.example"


def test_lets_no_failure_hold_up_the_other_records(house):
    edit(house, "ours", "our-1", website="new.example")
    with house.behind("ours") as directory:
        directory.update_contact("our-1", "our-2", {"phone": "1"})
    on_call(house, "update_customer", Rejected("Not this one.", field="website"))
    agreement = agreed(house)
    assert agreement.status == "partly"
    assert [(failure.field, failure.reason) for failure in agreement.failures] == [
        ("website", "Not this one.")
    ]
    assert house.read("theirs", "their-1").contacts[0].data.phone == "1"


def test_says_so_when_the_customer_cannot_be_read(house):
    edit(house, "ours", "our-1", website="new.example")
    on_call(house, "customer", Rejected("No such page."))
    agreement = agreed(house)
    assert (agreement.status, agreement.failures[0].reason) == ("failed", "No such page.")


def test_settles_what_may_have_arrived_before_it_plans(house):
    with house.behind("ours") as directory:
        directory.create_contact("our-1", house.person())
    house.theirs.interrupt = lambda call, when: _lose(call, when)
    with pytest.raises(Unavailable):
        agreed(house)
    house.theirs.interrupt = None
    house.theirs.calls.clear()
    assert agreed(house).status == "agreed"
    assert called(house) == ["customer"]
    assert len(house.read("theirs", "their-1").contacts) == 3


def test_waits_with_a_customer_that_is_gone_until_everybody_who_may_have_it_is_known(house):
    with house.behind("theirs") as directory:
        directory.merge_customers("their-1", "their-4")
    house.tables.mirror["their-1"] = Mirrored()
    assert agreed(house).status == "waiting"
    house.engine().census()
    house.run()
    [item] = agreed(house).open_items
    assert (item.question, item.survivors) == ("merged there", ("their-4",))


def test_leaves_a_customer_with_transactions_to_a_person_and_does_not_count_it_as_failed(house):
    house.theirs.transactions.add("their-1")
    with house.behind("ours") as directory:
        directory.delete_customer("our-1")
    agreement = agreed(house)
    assert (agreement.status, agreement.failures) == ("agreed", ())
    assert [item.question for item in agreement.open_items] == ["cannot be deleted there"]


def test_is_unlinked_once_nothing_links_it(house):
    assert agreed(house, "our-99").status == "unlinked"


def test_foresees_without_a_call_what_would_be_done(house):
    edit(house, "ours", "our-1", website="new.example")
    engine = house.engine()
    [step] = foresee("our-1", MachineSides(engine), engine.plan).steps
    assert step.changes == {"website": "new.example"}
    assert called(house) == []


def _lose(call, when):
    if call.name == "create_contact" and when == "after":
        raise Unavailable("No answer.", effect_unknown=True)


def test_waits_with_what_was_sent_while_a_merge_may_have_taken_it_away(house):
    bo = house.read("ours", "our-1").contacts[1]
    with house.behind("ours") as directory:
        directory.delete_contact("our-1", bo.id)
    on_call(house, "delete_contact", Unavailable("No answer.", effect_unknown=True))
    with pytest.raises(Unavailable):
        agreed(house)
    with house.behind("theirs") as directory:
        directory.merge_customers("their-1", "their-4")
    assert (agreed(house).status, house.tables.deletions) == ("waiting", [])
    house.engine().census()
    read(house, "their-4")
    [item] = agreed(house).open_items
    assert (item.question, item.survivors, house.tables.deletions) == ("merged there", ("their-4",), [])
    assert ("contact", bo.id) in house.tables.links
