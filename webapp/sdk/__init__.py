"""What a provider plugin knows of Tandem, and all it may import.

Reading order: ``records`` (the values that travel) and ``custom_fields`` (what an organization adds to
them), ``directory`` (a place that keeps customers and
contacts), ``provider`` (how such a place is described, authorised and opened), ``errors`` (what went
wrong, sorted by what the portal does next), ``hookspec`` (the doors a plugin comes in by), ``hooks`` (what
these are told and answer); then ``testing``, what a plugin's tests stand on: ``directory_contract``,
``provider_contract``, ``reading_contract``, an ``account`` that calls, and a directory in ``memory`` on its
``shelves``.
``readings`` reads a directory's pages to their end, ``samples`` are what the standard tests write.
"""

from webapp.sdk.custom_fields import CustomField
from webapp.sdk.directory import (
    CensusPage,
    ChangePage,
    ContactPage,
    CustomerDetail,
    Directory,
)
from webapp.sdk.errors import (
    AuthorizationDenied,
    AuthorizationLost,
    Fatal,
    Gone,
    HasTransactions,
    ProviderError,
    RateLimited,
    Rejected,
    RetryLater,
    Skip,
    Stale,
    Unavailable,
)
from webapp.sdk.hooks import RunEnd, Veto, Writing
from webapp.sdk.hookspec import hookimpl
from webapp.sdk.provider import (
    API_VERSION,
    Account,
    Answer,
    Authorization,
    Capabilities,
    CredentialField,
    Delivery,
    Grant,
    Organization,
    Provider,
    Region,
)
from webapp.sdk.records import (
    CONTACT_FIELDS,
    CUSTOM,
    CUSTOMER_FIELDS,
    Address,
    ContactData,
    ContactRecord,
    CustomerData,
    CustomerRecord,
    Value,
)

__all__ = [
    "API_VERSION",
    "CONTACT_FIELDS",
    "CUSTOM",
    "CUSTOMER_FIELDS",
    "Account",
    "Address",
    "Answer",
    "Authorization",
    "AuthorizationDenied",
    "AuthorizationLost",
    "Capabilities",
    "CensusPage",
    "ChangePage",
    "ContactData",
    "ContactPage",
    "ContactRecord",
    "CredentialField",
    "CustomField",
    "CustomerData",
    "CustomerDetail",
    "CustomerRecord",
    "Delivery",
    "Directory",
    "Fatal",
    "Gone",
    "Grant",
    "HasTransactions",
    "Organization",
    "Provider",
    "ProviderError",
    "RateLimited",
    "Region",
    "Rejected",
    "RetryLater",
    "RunEnd",
    "Skip",
    "Stale",
    "Unavailable",
    "Value",
    "Veto",
    "Writing",
    "hookimpl",
]
