"""A directory's custom fields under the names they have in the portal, where no two connections share one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from webapp.outside.retold import Retold
from webapp.sdk import CUSTOM, CustomerData, CustomerRecord, CustomField, Rejected, Value


@dataclass(frozen=True, slots=True)
class Named(Retold):
    """A directory that tells of ``fields`` and no other custom ones, each key behind ``scope`` and a dot.

    A value that is not of its field's kind is not told either: what it means there nobody knows.
    """

    scope: str
    fields: Mapping[str, CustomField]

    def customer_told(self, record: CustomerRecord) -> CustomerRecord:
        """Return a customer with its custom fields by their names here."""
        told = {
            f"{self.scope}.{key}": value
            for key, value in record.data.custom_fields.items()
            if key in self.fields and value is not None and self.fields[key].fits(value)
        }
        return replace(record, data=replace(record.data, custom_fields=told))

    def create_customer(self, data: CustomerData) -> CustomerRecord:
        """Create a customer."""
        begin = f"{self.scope}."
        own = {key.removeprefix(begin): value for key, value in data.custom_fields.items()}
        return self.customer_told(self.directory.create_customer(replace(data, custom_fields=own)))

    def update_customer(self, customer_id: str, changes: Mapping[str, Value]) -> CustomerRecord:
        """Write the named fields of a customer; what a custom one is refused for is told by its name here."""
        begin = f"{CUSTOM}{self.scope}."
        plain = {
            CUSTOM + name.removeprefix(begin) if name.startswith(begin) else name: value
            for name, value in changes.items()
        }
        try:
            return self.customer_told(self.directory.update_customer(customer_id, plain))
        except Rejected as refusal:
            raise self._refusal(refusal) from refusal

    def _refusal(self, refusal: Rejected) -> Rejected:
        field = refusal.field or ""
        named = f"{CUSTOM}{self.scope}.{field.removeprefix(CUSTOM)}" if field.startswith(CUSTOM) else field
        return Rejected(refusal.reason, field=named)
