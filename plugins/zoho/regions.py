"""Zoho's data centres: the only hosts this plugin knows, and which of them an answer may point to."""

from __future__ import annotations

from urllib.parse import quote

from webapp.sdk import AuthorizationDenied, Region

_WEB_DOMAINS = {
    "us": "zoho.com",
    "eu": "zoho.eu",
    "in": "zoho.in",
    "au": "zoho.com.au",
    "jp": "zoho.jp",
    "ca": "zohocloud.ca",
    "cn": "zoho.com.cn",
    "sa": "zoho.sa",
}


def _region(key: str, label: str, accounts: str, api: str) -> Region:
    return Region(
        key=key, label=label, endpoints={"accounts": f"https://{accounts}", "api": f"https://{api}"}
    )


# Written out, never derived from one another: in Canada the accounts and API servers have unlike domains.
REGIONS: tuple[Region, ...] = (
    _region("us", "United States (zoho.com)", "accounts.zoho.com", "www.zohoapis.com"),
    _region("eu", "Europe (zoho.eu)", "accounts.zoho.eu", "www.zohoapis.eu"),
    _region("in", "India (zoho.in)", "accounts.zoho.in", "www.zohoapis.in"),
    _region("au", "Australia (zoho.com.au)", "accounts.zoho.com.au", "www.zohoapis.com.au"),
    _region("jp", "Japan (zoho.jp)", "accounts.zoho.jp", "www.zohoapis.jp"),
    _region("ca", "Canada (zohocloud.ca)", "accounts.zohocloud.ca", "www.zohoapis.ca"),
    _region("cn", "China (zoho.com.cn)", "accounts.zoho.com.cn", "www.zohoapis.com.cn"),
    _region("sa", "Saudi Arabia (zoho.sa)", "accounts.zoho.sa", "www.zohoapis.sa"),
)

WITHOUT_FINANCE = {"https://accounts.zoho.uk": "the United Kingdom (zoho.uk)"}
"""Accounts servers Zoho has, in data centres that offer neither Books nor Invoice."""

_BY_KEY = {region.key: region for region in REGIONS}
_BY_ACCOUNTS = {region.endpoints["accounts"]: region for region in REGIONS}
_API_SERVERS = {region.endpoints["api"] for region in REGIONS}


def known_region(region: Region) -> bool:
    """Tell whether ``region`` is one of Zoho's own, not a stand-in the portal put in its place."""
    return _BY_KEY.get(region.key) == region


def region_named(key: str, fallback: Region) -> Region:
    """Return the data centre called ``key``; ``fallback`` when that is the one meant."""
    if key == fallback.key:
        return fallback
    if key not in _BY_KEY:
        raise AuthorizationDenied(f"“{key}” is none of Zoho's data centres. Please connect again.")
    return _BY_KEY[key]


def region_of_callback(asked: Region, accounts_server: str, location: str) -> Region:
    """Return the data centre an authorisation came back for; the client secret is only ever sent to it."""
    server = _address(accounts_server)
    if not known_region(asked):
        if server and server != _address(asked.endpoints["accounts"]):
            raise AuthorizationDenied(_foreign(accounts_server))
        return asked
    if server in WITHOUT_FINANCE:
        raise AuthorizationDenied(
            f"This Zoho account lives in {WITHOUT_FINANCE[server]}, where Zoho offers no finance apps. "
            "Please connect with an account of another data centre."
        )
    if server and server not in _BY_ACCOUNTS:
        raise AuthorizationDenied(_foreign(accounts_server))
    place = location.strip().lower()
    if place and place not in _BY_KEY:
        raise AuthorizationDenied(
            f"The answer names “{location[:40]}”, which is none of Zoho's data centres."
        )
    region = _BY_ACCOUNTS.get(server) or _BY_KEY.get(place) or asked
    if place and region.key != place:
        raise AuthorizationDenied(
            "The answer names two different data centres of Zoho; nothing was sent to either. "
            "Please connect again."
        )
    return region


def api_server(region: Region, told: object) -> str:
    """Return the API server to use: the one Zoho told if the table has it, else the region's own."""
    own = region.endpoints["api"].rstrip("/")
    if isinstance(told, str) and known_region(region) and _address(told) in _API_SERVERS:
        return _address(told)
    return own


def customer_page(region: Region, site: str, organization: str, customer_id: str) -> str:
    """Return where a person sees a customer at Zoho; a stand-in for Zoho shows its own page."""
    organization, customer_id = quote(organization, safe=""), quote(customer_id, safe="")
    if not known_region(region):
        return f"{region.endpoints['api'].rstrip('/')}/_sandbox/contacts/{organization}/{customer_id}"
    return f"https://{site}.{_WEB_DOMAINS[region.key]}/app/{organization}#/contacts/{customer_id}"


def _address(text: str) -> str:
    return text.strip().rstrip("/").lower()


def _foreign(accounts_server: str) -> str:
    return (
        f"The answer names the accounts server “{accounts_server[:100]}”, which is none of Zoho's. "
        "Nothing was sent there. Please start the connection again from this portal."
    )
