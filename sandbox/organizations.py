"""The organization and currency calls of the API."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from sandbox import errors
from sandbox.door import Answer, Visit, endpoint, success
from sandbox.listing import page_context, paging
from sandbox.records import Currency, CustomField, Organization

organizations = Blueprint("organizations", __name__)

_ALIKE = {
    "language_code": "en",
    "fiscal_year_start_month": "1",
    "is_dst_active": True,
    "date_format": "dd MMM yyyy",
    "field_separator": " ",
    "industry_type": "Services",
    "industry_size": "11-20",
    "company_id_label": "",
    "company_id_value": "",
    "tax_id_label": "",
    "tax_id_value": "",
    "plan_type": 3,
    "plan_period": "Month",
    "org_settings": {"is_org_active": True},
}


@endpoint(organizations, "GET", "/organizations", "settings.READ", needs_organization=False)
def index(visit: Visit) -> Answer:
    """List the organizations of the token's user; the one call without rate-limit headers."""
    return success(organizations=[organization_shape(each) for each in visit.state.organizations])


@endpoint(organizations, "GET", "/organizations/<organization_id>", "settings.READ", needs_organization=False)
def show(visit: Visit, organization_id: str) -> Answer:
    """Show one organization."""
    organization = visit.state.organization(organization_id)
    if organization is None:
        raise errors.wrong_organization(organization_id)
    return success(organization=organization_shape(organization))


@endpoint(organizations, "GET", "/settings/currencies", "settings.READ")
def currencies(visit: Visit) -> Answer:
    """List the organization's currencies."""
    filter_by = visit.query.get("filter_by", "")
    if filter_by not in ("", "Currencies.ExcludeBaseCurrency"):
        raise errors.invalid_parameter("filter_by")
    found = [
        currency_shape(visit.organization, currency)
        for currency in visit.organization.currencies.values()
        if not filter_by or currency.code != visit.organization.base_currency
    ]
    number, size = paging(visit.query)
    context = page_context(number, size, "Currencies", has_more=len(found) > number * size)
    return success(currencies=found[(number - 1) * size : number * size], page_context=context)


@endpoint(organizations, "GET", "/settings/fields", "settings.READ")
def fields(visit: Visit) -> Answer:
    """List the custom fields of the organization's customers; other modules have none."""
    shown = visit.organization.custom_fields if visit.query.get("entity") == "contact" else ()
    return success(fields=[field_shape(each) for each in shown])


@endpoint(organizations, "GET", "/settings/currencies/<currency_id>", "settings.READ")
def currency(visit: Visit, currency_id: str) -> Answer:
    """Show one currency."""
    found = visit.organization.currency_by_id(currency_id)
    if found is None:
        raise errors.not_found("Currency")
    return success(currency=currency_shape(visit.organization, found))


def organization_shape(organization: Organization) -> dict[str, Any]:
    """Return an organization with the recorded keys."""
    base = organization.currencies[organization.base_currency]
    return {
        "organization_id": organization.id,
        "name": organization.name,
        "contact_name": organization.user_name,
        "email": organization.user_email,
        "is_default_org": organization.is_default,
        "account_created_date": organization.created_date,
        "time_zone": organization.time_zone,
        **_ALIKE,
        "currency_id": base.id,
        "currency_code": base.code,
        "currency_symbol": base.symbol,
        "currency_format": base.format,
        "price_precision": base.price_precision,
        "plan_name": organization.plan_name,
        "country_code": organization.country_code,
        "country_name": organization.country_name,
        "portal_name": "".join(filter(str.isalnum, organization.name.lower())),
    }


def field_shape(field: CustomField) -> dict[str, Any]:
    """Return a custom field as the documents show it."""
    options = [{"name": each, "order": number, "is_active": True} for number, each in enumerate(field.values)]
    return {
        "field_id": field.id,
        "api_name": field.api_name,
        "label": field.label,
        "data_type": field.data_type,
        "entity": "contact",
        "is_active": True,
        "is_custom_field": True,
        "is_mandatory": False,
        "show_on_pdf": False,
        "value_length": field.value_length,
        "values": options,
    }


def currency_shape(organization: Organization, currency: Currency) -> dict[str, Any]:
    """Return a currency with the recorded keys."""
    return {
        "currency_id": currency.id,
        "currency_code": currency.code,
        "currency_name": currency.name,
        "currency_name_formatted": f"{currency.code}- {currency.name}",
        "currency_symbol": currency.symbol,
        "price_precision": currency.price_precision,
        "currency_format": currency.format,
        "is_base_currency": currency.code == organization.base_currency,
        "exchange_rate": 0,
        "effective_date": "",
        "auto_exchange_rate_enabled": True,
    }
