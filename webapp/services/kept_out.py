"""A provider's directory without the people who were erased here, so that no reading brings them back."""

from __future__ import annotations

from dataclasses import dataclass, replace

from webapp.outside import Retold
from webapp.sdk import ContactRecord, CustomerRecord


@dataclass(frozen=True, slots=True)
class WithoutErased(Retold):
    """A directory in which certain ``people`` are not told of, nor who is primary of their ``customers``.

    Lists name a customer's primary person without an id, so for these customers nobody is named there.
    """

    people: frozenset[str]
    customers: frozenset[str]

    def customer_told(self, record: CustomerRecord) -> CustomerRecord:
        """Return a customer, without its primary person where that may be one of them."""
        return replace(record, primary=None) if record.id in self.customers else record

    def contacts_told(self, contacts: tuple[ContactRecord, ...]) -> tuple[ContactRecord, ...]:
        """Return those who were not erased."""
        return tuple(each for each in contacts if each.id not in self.people)
