"""GET /contacts: every documented filter, the sorting and the paging."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sandbox import errors
from sandbox.records import Contact
from sandbox.register import SORT_KEYS, Register, fold

MAX_PER_PAGE = 200
MAX_SEARCH_LENGTH = 100
Wanted = Callable[[Contact], bool]
Json = dict[str, Any]


def _is_receivable(contact: Contact) -> bool:
    return contact.outstanding_receivable_amount > 0


FILTERS: dict[str, Wanted] = {
    "Status.All": lambda contact: True,
    "Status.Active": lambda contact: contact.status == "active",
    "Status.Inactive": lambda contact: contact.status == "inactive",
    "Status.Customers": lambda contact: contact.contact_type == "customer",
    "Status.Vendors": lambda contact: contact.contact_type == "vendor",
    "Status.PortalEnabled": lambda contact: any(person.in_portal for person in contact.persons),
    "Status.PortalDisabled": lambda contact: not any(person.in_portal for person in contact.persons),
    "Status.CreditLimitExceed": lambda contact: contact.credit_limit_exceeded_amount > 0,
    "Status.Crm": lambda contact: False,
    "Invoice.OverDue": lambda contact: contact.is_overdue and _is_receivable(contact),
    "Invoice.Unpaid": _is_receivable,
}
DEFAULT_FILTER = {"books": "Status.All", "invoice": "Status.Customers"}


def _of_primary(name: str) -> Callable[[Contact], tuple[str, ...]]:
    return lambda contact: (getattr(contact.primary, name, ""),)


def _of_addresses(contact: Contact) -> tuple[str, ...]:
    addresses = [contact.billing_address or {}, contact.shipping_address or {}, *contact.addresses]
    return tuple(value for each in addresses for name, value in each.items() if name != "address_id")


TEXTS: dict[str, Callable[[Contact], tuple[str, ...]]] = {
    "contact_name": lambda contact: (contact.name,),
    "company_name": lambda contact: (contact.company_name,),
    "first_name": _of_primary("first_name"),
    "last_name": _of_primary("last_name"),
    "email": _of_primary("email"),
    "phone": _of_primary("phone"),
    "address": _of_addresses,
}
COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "": lambda text, part: fold(text) == part,
    "_startswith": lambda text, part: fold(text).startswith(part),
    "_contains": lambda text, part: part in fold(text),
}


def list_contacts(
    register: Register, query: Mapping[str, str], product: str, *, filter_by_modified_time: bool
) -> tuple[list[Contact], Json]:
    """Return one page of contacts and its page_context."""
    applied = query.get("filter_by") or DEFAULT_FILTER[product]
    column, order = _sorting(query)
    number, size = paging(query)
    tests = [*_tests(register, applied, query)]
    if filter_by_modified_time and query.get("last_modified_time"):
        tests.append(_modified_since(query["last_modified_time"]))
    ignored = {"page", "per_page", "organization_id"}
    key = (
        product,
        column,
        order,
        filter_by_modified_time,
        *sorted((k, v) for k, v in query.items() if k not in ignored),
    )
    matches = register.matches(
        key, column, descending=order == "D", wanted=lambda contact: all(test(contact) for test in tests)
    )
    contacts, has_more = matches.page(number, size)
    context = page_context(number, size, "Contacts", has_more=has_more)
    context |= {"applied_filter": applied, "custom_fields": [], "sort_column": column, "sort_order": order}
    return contacts, context


def paging(query: Mapping[str, str]) -> tuple[int, int]:
    """Return the page asked for and its size, which never exceeds 200."""
    return _positive(query, "page", 1), min(_positive(query, "per_page", MAX_PER_PAGE), MAX_PER_PAGE)


def page_context(number: int, size: int, report: str, *, has_more: bool) -> Json:
    """Return what every list says about its page."""
    return {"page": number, "per_page": size, "has_more_page": has_more, "report_name": report}


def _positive(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or int(text) < 1 or len(text) > 9:
        raise errors.invalid_parameter(name)
    return int(text)


def _sorting(query: Mapping[str, str]) -> tuple[str, str]:
    column = query.get("sort_column") or "contact_name"
    order = query.get("sort_order") or "A"
    if column not in SORT_KEYS:
        raise errors.invalid_parameter("sort_column")
    if order not in ("A", "D"):
        raise errors.invalid_parameter("sort_order")
    return column, order


def _tests(register: Register, applied: str, query: Mapping[str, str]) -> list[Wanted]:
    tests = [_status_filter(register, applied)]
    for name, choices in (("contact_type", ("customer", "vendor")), ("status", ("active", "inactive"))):
        if query.get(name):
            tests.append(_choice(name, query[name], choices))
    for name, texts in TEXTS.items():
        for suffix, compare in COMPARISONS.items():
            part = query.get(name + suffix)
            if part:
                tests.append(_text_test(texts, compare, _searchable(name + suffix, part)))
    if query.get("search_text"):
        part = _searchable("search_text", query["search_text"])
        tests.append(lambda contact: part in fold(contact.name) or part in fold(contact.notes))
    if any(query.get(name) for name in ("zcrm_contact_id", "zcrm_account_id", "zcrm_vendor_id")):
        tests.append(FILTERS["Status.Crm"])
    return tests


def _status_filter(register: Register, applied: str) -> Wanted:
    if applied == "Status.Duplicate":
        return _duplicates(register)
    if applied not in FILTERS:
        raise errors.invalid_parameter("filter_by")
    return FILTERS[applied]


def _duplicates(register: Register) -> Wanted:
    """Take contacts for duplicates that share their primary e-mail; Zoho does not say what it goes by."""
    counts = Counter(map(_primary_email, register.contacts.values()))
    del counts[""]
    return lambda contact: counts[_primary_email(contact)] > 1


def _primary_email(contact: Contact) -> str:
    return fold(getattr(contact.primary, "email", ""))


def _choice(name: str, value: str, choices: tuple[str, ...]) -> Wanted:
    if value not in choices:
        raise errors.invalid_parameter(name)
    return lambda contact: getattr(contact, name) == value


def _searchable(name: str, text: str) -> str:
    if len(text) > MAX_SEARCH_LENGTH:
        raise errors.too_long(name, MAX_SEARCH_LENGTH)
    return fold(text)


def _text_test(
    texts: Callable[[Contact], tuple[str, ...]], compare: Callable[[str, str], bool], part: str
) -> Wanted:
    return lambda contact: any(compare(text, part) for text in texts(contact))


def _modified_since(text: str) -> Wanted:
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z").timestamp()
    except ValueError:
        raise errors.invalid_parameter("last_modified_time") from None
    return lambda contact: contact.modified >= moment
