"""The errors Zoho answers with: status, code and words, as recorded or documented."""

from __future__ import annotations


class ZohoError(Exception):
    """An answer of the API that is no success."""

    def __init__(self, status: int, code: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}


def not_authorized() -> ZohoError:
    """Refuse a token whose scopes do not cover the call, or one that expired."""
    return ZohoError(401, 57, "You are not authorized to perform this operation")


def invalid_token() -> ZohoError:
    """Refuse a token nobody knows."""
    return ZohoError(401, 14, "Invalid value passed for authtoken")


def wrong_organization(organization_id: str) -> ZohoError:
    """Refuse an organization the token's user does not belong to."""
    return ZohoError(
        400, 6041, f"This user is not associated with the CompanyID/CompanyName:{organization_id}."
    )


def not_found(kind: str) -> ZohoError:
    """Say that there is no such record."""
    return ZohoError(404, 1002, f"{kind} does not exist.")


def duplicate_name(kind: str, name: str) -> ZohoError:
    """Refuse a contact name that is taken."""
    return ZohoError(400, 3062, f'The {kind} "{name}" already exists. Please specify a different name.')


def invalid_name() -> ZohoError:
    """Refuse a contact without a name."""
    return ZohoError(400, 3013, "Enter a valid Contact Name")


def has_transactions() -> ZohoError:
    """Refuse to delete a contact with invoices or bills."""
    return ZohoError(400, 3000, "This contact cannot be deleted since you have recorded transactions for it")


def unknown_currency() -> ZohoError:
    """Refuse a currency the organization does not have."""
    return ZohoError(400, 9004, "This currency does not exist. Please choose a valid currency")


def portal_disabled() -> ZohoError:
    """Refuse portal access where the organization has no portal."""
    return ZohoError(
        400, 31006, "Portal is disabled for your organization. Please contact support to enable it"
    )


def invalid_parameter(name: str) -> ZohoError:
    """Refuse a query parameter."""
    return ZohoError(400, 2, f"Invalid value passed for {name}")


def invalid_value(name: str) -> ZohoError:
    """Refuse a value that is wrong or missing."""
    return ZohoError(400, 4, f"Invalid value passed for {name}")


def too_long(name: str, limit: int) -> ZohoError:
    """Refuse an over-long value."""
    return ZohoError(400, 15, f"Please ensure that the {name} has less than {limit} characters.")


def json_string_missing() -> ZohoError:
    """Refuse a form post without its one field."""
    return ZohoError(400, 4, "The parameter JSONString is mandatory.")


def json_malformed() -> ZohoError:
    """Refuse a body that is no JSON object."""
    return ZohoError(400, 1038, "JSON is not well formed")


def duplicate_email(email: str) -> ZohoError:
    """Refuse a person whose e-mail another person has."""
    return ZohoError(400, 4, f'The contact person with the email "{email}" already exists.')


def minute_limit() -> ZohoError:
    """Refuse a call over the limit of calls a minute."""
    return ZohoError(
        429,
        44,
        "For security reasons your organization has been blocked as it have exceeded the maximum number of "
        "requests per minute that can originate from an organization.",
    )


def day_limit(limit: int) -> ZohoError:
    """Refuse a call over the limit of calls a day."""
    return ZohoError(
        429, 45, f"The API call for this organization has exceeded the maximum call rate limit of {limit}."
    )


def concurrency_limit() -> ZohoError:
    """Refuse one call too many at once."""
    return ZohoError(
        429,
        1070,
        "You have reached the maximum number of in process requests allowed. "
        "Kindly try again after some time.",
    )


def flood_block(seconds: int) -> ZohoError:
    """Refuse everything for as long as the block lasts."""
    return ZohoError(
        429,
        43,
        "For security reasons you have been blocked for some time as you have exceeded the maximum number of "
        "requests per minute.",
        {"Retry-After": str(seconds)},
    )


def invalid_url() -> ZohoError:
    """Say that nothing is served at this address."""
    return ZohoError(404, 5, "Invalid URL Passed")


def method_not_allowed(method: str) -> ZohoError:
    """Say that the address does not take this method."""
    return ZohoError(405, 37, f"The HTTP method {method} is not allowed for the requested resource")


def internal_error() -> ZohoError:
    """Say that the sandbox itself failed."""
    return ZohoError(500, 1000, "Internal error")
