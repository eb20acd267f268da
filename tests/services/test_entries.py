"""What the history tells of a step that was carried out."""

import uuid

from webapp.services.entries import entries
from webapp.sync.ledger import Done
from webapp.sync.steps import Loss, Ref, Update

CUSTOMER, WINNER, LOSER = (uuid.uuid4() for _ in range(3))


def contact(our_id):
    return Ref(kind="contact", our_id=str(our_id), their_id="t")


def test_tells_of_the_contact_that_is_not_the_primary_one_any_more():
    loss = Loss(ref=contact(LOSER), field="primary", side="ours", lost=True, kept=False)
    step = Update(
        ref=contact(WINNER),
        side="ours",
        changes={"primary": True},
        before={"primary": False},
        details=(),
        losses=(loss,),
        reason="rule",
    )
    [entry] = entries([Done(step=step, side="ours", record=None)], str(CUSTOMER))
    assert (entry.record_id, entry.customer_id, entry.field) == (LOSER, CUSTOMER, "primary")
    assert (entry.old, entry.new, entry.lost) == ("yes", "no", True)
