"""A plugin as services use it: every call crosses the border, and every answer is checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from webapp.outside import claims
from webapp.outside.account import OutsideAccount
from webapp.outside.border import PluginFault, border
from webapp.outside.patience import patiently
from webapp.sdk import (
    Authorization,
    CensusPage,
    ChangePage,
    ContactData,
    ContactPage,
    ContactRecord,
    CustomerData,
    CustomerDetail,
    CustomerRecord,
    CustomField,
    Delivery,
    Directory,
    Grant,
    Organization,
    Provider,
    Region,
    Skip,
    Unavailable,
    Value,
)
from webapp.shape import misfit, plain

LONGEST_ADDRESS = 8_000
"""Characters of an address that browsers and servers in between let pass."""

_DIRECTORY_METHODS = [name for name in vars(Directory) if not name.startswith("_")]


class GuardedDirectory:
    """A plugin's directory behind the border. It keeps the promises of ``webapp.sdk.Directory``."""

    def __init__(self, directory: Directory, provider: str, account: OutsideAccount | None = None) -> None:
        self._directory = directory
        self._provider = provider
        self._account = account
        self._contacts_told: set[str] = set()

    def changed(self, cursor: str | None) -> ChangePage:
        """Read customers changed since ``cursor``."""
        page: ChangePage = self._list(ChangePage, lambda: self._directory.changed(cursor))
        self._refuse(claims.other_name(page.customers))
        return page

    def census(self, cursor: str | None, *, expected: int | None = None) -> CensusPage:
        """Read all customers page by page."""
        page: CensusPage = self._list(CensusPage, lambda: self._directory.census(cursor, expected=expected))
        self._refuse(claims.other_name(page.customers))
        return page

    def contact_census(self, cursor: str | None, *, expected: int | None = None) -> ContactPage:
        """Read all contacts of all customers page by page."""
        return self._list(ContactPage, lambda: self._directory.contact_census(cursor, expected=expected))

    def customer(self, customer_id: str) -> CustomerDetail:
        """Read one customer in full."""
        detail: CustomerDetail = self._ask(CustomerDetail, lambda: self._directory.customer(customer_id))
        self._refuse(claims.other_detail(detail, customer_id))
        self._contacts_told.update(contact.id for contact in detail.contacts)
        return detail

    def create_customer(self, data: CustomerData) -> CustomerRecord:
        """Create a customer."""
        return self._write(CustomerRecord, lambda: self._directory.create_customer(data))

    def update_customer(self, customer_id: str, changes: Mapping[str, Value]) -> CustomerRecord:
        """Write the named fields of a customer."""
        record: CustomerRecord = self._write(
            CustomerRecord, lambda: self._directory.update_customer(customer_id, dict(changes))
        )
        self._refuse(claims.other_customer(record, customer_id), writes=True)
        return record

    def delete_customer(self, customer_id: str) -> None:
        """Delete a customer with its contacts."""
        self._write(Any, lambda: self._directory.delete_customer(customer_id))

    def create_contact(self, customer_id: str, data: ContactData) -> ContactRecord:
        """Create a contact under a customer."""
        record: ContactRecord = self._write(
            ContactRecord, lambda: self._directory.create_contact(customer_id, data)
        )
        self._refuse(claims.other_creation(record, customer_id, self._contacts_told), writes=True)
        self._contacts_told.add(record.id)
        return record

    def update_contact(
        self, customer_id: str, contact_id: str, changes: Mapping[str, Value]
    ) -> ContactRecord:
        """Write the named fields of a contact."""
        record: ContactRecord = self._write(
            ContactRecord, lambda: self._directory.update_contact(customer_id, contact_id, dict(changes))
        )
        self._refuse(claims.other_contact(record, customer_id, contact_id), writes=True)
        return record

    def delete_contact(self, customer_id: str, contact_id: str) -> None:
        """Delete a contact."""
        self._write(Any, lambda: self._directory.delete_contact(customer_id, contact_id))

    def _list(self, kind: Any, call: Callable[[], Any]) -> Any:
        """Read a page; a refusal of it says nothing of any record, so it is tried again later."""
        try:
            return self._ask(kind, call)
        except Skip as refusal:
            raise Unavailable(f"A list of customers was refused: {refusal}") from refusal

    def _ask(self, kind: Any, call: Callable[[], Any]) -> Any:
        return _checked(self._provider, self._account, kind, call)

    def _write(self, kind: Any, call: Callable[[], Any]) -> Any:
        return _checked(self._provider, self._account, kind, call, writes=True)

    def _refuse(self, lie: str, *, writes: bool = False) -> None:
        if lie:
            raise PluginFault(self._provider, lie, effect_unknown=writes)


class GuardedProvider:
    """A plugin's provider behind the border; what is plain data stays at ``provider``."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    def authorize_url(self, authorization: Authorization) -> str:
        """Give the address a browser is sent to: one of the region's own hosts."""
        url: str = self._pure(str, lambda: self.provider.authorize_url(authorization))
        origins = [urlsplit(endpoint) for endpoint in authorization.region.endpoints.values()]
        own = any(url.startswith(f"{origin.scheme}://{origin.netloc}/") for origin in origins)
        if not own or not _is_address(url):
            raise PluginFault(self.provider.name, "authorize_url leads to a host that is not the provider's")
        return url

    def read_callback(self, authorization: Authorization, parameters: Mapping[str, str]) -> Grant:
        """Check what the provider's callback brought; raises ``AuthorizationDenied``."""
        return self._pure(Grant, lambda: self.provider.read_callback(authorization, parameters))

    def record_url(self, region: Region, organization: str, customer_id: str) -> str:
        """Give the address where a person sees a customer at the provider, or blank."""
        url: str = self._pure(str, lambda: self.provider.record_url(region, organization, customer_id))
        return url if _is_address(url) else ""

    def verify_webhook(self, delivery: Delivery, secret: str) -> bool:
        """Tell whether a delivery was signed with the secret."""
        verified: bool = self._pure(bool, lambda: self.provider.verify_webhook(delivery, secret))
        return verified

    def exchange(self, account: OutsideAccount, grant: Grant) -> Mapping[str, str]:
        """Turn a grant into credentials to keep."""
        return self._call(account, Mapping[str, str], lambda: plain(self.provider.exchange(account, grant)))

    def organizations(self, account: OutsideAccount) -> Sequence[Organization]:
        """List what the credentials open."""
        listed: Sequence[Organization] = self._call(
            account, Sequence[Organization], lambda: plain(self.provider.organizations(account))
        )
        if len({organization.id for organization in listed}) < len(listed):
            raise PluginFault(self.provider.name, "it told an organization twice")
        return listed

    def custom_fields(self, account: OutsideAccount) -> tuple[CustomField, ...]:
        """List what the organization added to the fields of its customers."""
        told: Sequence[CustomField] = self._about_no_record(
            account, Sequence[CustomField], lambda: plain(self.provider.custom_fields(account))
        )
        if lie := claims.other_fields(told):
            raise PluginFault(self.provider.name, lie)
        return tuple(told)

    def probe(self, account: OutsideAccount) -> Mapping[str, bool]:
        """Find which features the account has."""
        return self._about_no_record(account, Mapping[str, bool], lambda: plain(self.provider.probe(account)))

    def open(self, account: OutsideAccount) -> GuardedDirectory:
        """Return the account's directory, guarded."""
        directory, missing = self._about_no_record(account, Any, lambda: self._opened(account))
        if missing:
            raise PluginFault(self.provider.name, f"its directory has no {', '.join(missing)}")
        return GuardedDirectory(directory, self.provider.name, account)

    def revoke(self, account: OutsideAccount) -> None:
        """Give the authorisation back."""
        self._call(account, Any, lambda: self.provider.revoke(account))

    def _opened(self, account: OutsideAccount) -> tuple[Directory, list[str]]:
        directory = self.provider.open(account)
        return directory, [
            name for name in _DIRECTORY_METHODS if not callable(getattr(directory, name, None))
        ]

    def _about_no_record(self, account: OutsideAccount, kind: Any, call: Callable[[], Any]) -> Any:
        """Ask what is about no record: the refusal of one makes no sense there, and is tried again later."""
        try:
            return self._call(account, kind, call)
        except Skip as refusal:
            raise Unavailable(f"{self.provider.label} refused the account: {refusal}") from refusal

    def _pure(self, kind: Any, call: Callable[[], Any]) -> Any:
        """Ask what pages wait for: no longer than they can."""
        name = self.provider.name
        return _checked(name, None, kind, lambda: patiently(name, call))

    def _call(self, account: OutsideAccount, kind: Any, call: Callable[[], Any]) -> Any:
        return _checked(self.provider.name, account, kind, call)


def _checked(
    provider: str, account: OutsideAccount | None, kind: Any, call: Callable[[], Any], *, writes: bool = False
) -> Any:
    with border(provider, account, writes=writes):
        value = call()
        fault = misfit(value, kind, "what it returned")
    if fault:
        raise PluginFault(provider, fault, effect_unknown=writes)
    return value


def _is_address(url: str) -> bool:
    """Tell whether a browser may be sent to an address of the web."""
    if not url.isprintable() or " " in url or len(url) > LONGEST_ADDRESS:
        return False
    try:
        return urlsplit(url).scheme in {"http", "https"} and bool(urlsplit(url).hostname)
    except ValueError:
        return False
