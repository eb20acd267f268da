"""How an outside finance system is described, authorised and opened.

A plugin builds one ``Provider``. Its pure parts (``authorize_url``, ``read_callback``, ``record_url``,
``verify_webhook``) run in the web process; everything that takes an ``Account`` runs in a worker with a
time-out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from webapp.sdk.custom_fields import CustomField
from webapp.sdk.directory import Directory
from webapp.sdk.errors import AuthorizationDenied

API_VERSION = 1
"""Raised when a plugin written for an older version would no longer work as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """One of the places a provider runs in; ``endpoints`` are base addresses by names of the plugin's choice.

    The hosts of all regions' endpoints are the only ones the plugin can reach.
    """

    key: str
    label: str
    endpoints: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialField:
    """A value the person who connects has to enter, such as a client id or a key.

    ``sandbox`` is what the system's own practice server takes here, told to whoever may connect to it.
    """

    name: str
    label: str
    secret: bool = False
    help: str = ""
    sandbox: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What the provider can do, as data.

    ``calls_per_minute`` and ``calls_at_once`` are ceilings for one organization. ``unique_names``: two
    customers of one name cannot exist there. ``inactive``: customers can be marked inactive. Without
    ``several_contacts`` a customer has one contact there at most, so no second one is added here.
    ``webhooks``: it can call the portal when something changed there, see ``Provider.verify_webhook``.
    ``custom_fields``: organizations may add fields to their customers, see ``Provider.custom_fields``.
    ``max_lengths`` holds the longest value each field takes, in characters, by kind and field; ``required``
    the fields that may not be blank, by kind.
    """

    calls_per_minute: int
    calls_at_once: int
    unique_names: bool = False
    inactive: bool = False
    deletes_customers: bool = False
    several_contacts: bool = True
    webhooks: bool = False
    custom_fields: bool = False
    max_lengths: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    required: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """One company's books at the provider. ``calls_per_day`` is its plan's limit if that is known."""

    id: str
    name: str
    currency: str = ""
    time_zone: str = ""
    plan: str = ""
    calls_per_day: int | None = None
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """One attempt to connect: what the pure parts of authorising are made from."""

    region: Region
    credentials: Mapping[str, str]
    redirect_uri: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What the provider's callback brought, checked: the code to exchange and the region it is for."""

    code: str
    region: str
    redirect_uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer. ``body`` is at most the portal's size cap; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    json: Callable[[], Any]
    """Parse the body; raises ``ValueError`` when it is not JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One call of a provider's webhook, as it came in. Header names are lower case, ``body`` is untouched.

    ``query`` holds the pairs behind the address's "?", decoded, in their order.
    """

    headers: Mapping[str, str]
    query: Sequence[tuple[str, str]]
    body: bytes


def asks_nobody(*_: object) -> Any:
    """Stand for what a provider leaves out that is let in by keys alone."""
    raise AuthorizationDenied("It is connected with keys alone: nobody is asked to agree.")


def _gives_nothing_back(account: Account) -> None:
    """Leave keys as they are: whoever made them there takes them back there."""


def _takes_no_webhook(delivery: Delivery, secret: str) -> bool:
    return False


def _adds_no_fields(account: Account) -> Sequence[CustomField]:
    return ()


class Account(Protocol):
    """What the portal gives a plugin to reach one organization: the only way out.

    Every call passes the shared budget, the host list, and caps of time and size. No call is repeated by it.
    """

    @property
    def organization(self) -> str:
        """The organization's id; blank while none is chosen."""
        ...

    @property
    def region(self) -> Region:
        """Where the account lives."""
        ...

    @property
    def features(self) -> Mapping[str, bool]:
        """What ``Provider.probe`` found when the account was connected."""
        ...

    @property
    def custom_fields(self) -> Sequence[CustomField]:
        """What ``Provider.custom_fields`` told when it was last asked."""
        ...

    def now(self) -> datetime:
        """Tell the time: aware, UTC."""
        ...

    def credentials(self) -> Mapping[str, str]:
        """Return the credentials as kept: what was entered, and what ``exchange`` or ``renew`` brought."""
        ...

    def renew(
        self, used: Mapping[str, str], refresh: Callable[[Mapping[str, str]], Mapping[str, str]]
    ) -> Mapping[str, str]:
        """Replace credentials that no longer work, once for all who ask at the same time.

        ``used`` are those that failed. If others are kept by now they are returned; else one caller runs
        ``refresh`` with those kept, and what it returns is merged in and kept at once.
        """
        ...

    def call(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        form: Mapping[str, str] | None = None,
        counted: bool = True,
    ) -> Answer:
        """Make one HTTP call, following no redirect; ``counted=False`` leaves the budget out.

        Raises ``Unavailable`` when no answer came (``effect_unknown`` when it may have been carried out),
        ``RateLimited`` when the budget has none left, ``Fatal`` for a foreign host.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """An outside finance system, as its plugin describes it.

    ``name`` is the identifier (lower case letters, digits, ``_``), ``family`` is shared by providers that
    open the same organizations (blank: its own name), ``label`` is what people read ("Zoho Books"), ``mark``
    the two letters shown beside it, ``guide`` the steps a person takes to get the credentials, one sentence
    each.

    ``authorize_url(authorization)`` gives the address a browser is sent to. ``read_callback(authorization,
    parameters)`` checks what came back and returns the grant, or raises ``AuthorizationDenied``.
    ``exchange(account, grant)`` turns the grant into credentials to keep; ``organizations(account)`` lists
    what the credentials open; ``probe(account)`` finds which features the account has (``contact_census`` is
    the one the portal asks for); ``open(account)`` returns its directory; ``revoke(account)`` gives the
    authorisation back. Where ``capabilities.custom_fields``, ``custom_fields(account)`` lists what the
    organization added to the fields of its customers, and is asked once a day.
    ``record_url(region, organization, customer_id)`` is where a person sees a customer at the provider, or
    blank.

    A system that knows keys alone leaves out ``authorize_url``, ``read_callback`` and ``exchange``, and asks
    for a secret among its ``credentials``: what a person types in is all that is kept, and ``organizations``
    shows whether it lets the portal in. ``revoke`` is left out where nothing can be given back.

    Where ``capabilities.webhooks``: ``verify_webhook(delivery, secret)`` tells, in constant time, whether a
    delivery was signed with the secret; it never takes anything from it, for a webhook only says "look".
    ``webhook_guide`` are the steps by which a person sets it up there, one sentence each; ``{address}`` and
    ``{secret}`` stand for what the portal made, a secret being 48 letters and digits.
    """

    name: str
    label: str
    mark: str
    capabilities: Capabilities
    regions: tuple[Region, ...]
    credentials: tuple[CredentialField, ...]
    guide: tuple[str, ...]
    organizations: Callable[[Account], Sequence[Organization]]
    probe: Callable[[Account], Mapping[str, bool]]
    open: Callable[[Account], Directory]
    authorize_url: Callable[[Authorization], str] = asks_nobody
    read_callback: Callable[[Authorization, Mapping[str, str]], Grant] = asks_nobody
    exchange: Callable[[Account, Grant], Mapping[str, str]] = asks_nobody
    revoke: Callable[[Account], None] = _gives_nothing_back
    family: str = ""
    custom_fields: Callable[[Account], Sequence[CustomField]] = _adds_no_fields
    record_url: Callable[[Region, str, str], str] = lambda region, organization, customer_id: ""
    verify_webhook: Callable[[Delivery, str], bool] = _takes_no_webhook
    webhook_guide: tuple[str, ...] = ()
    api_version: int = API_VERSION

    @property
    def keys_alone(self) -> bool:
        """Whether what a person types in lets the portal in, without anybody's consent there."""
        return self.authorize_url is asks_nobody
