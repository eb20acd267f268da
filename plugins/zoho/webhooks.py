"""Webhooks: whether Zoho signed what came in.

Signed is a text: the pairs of the query and of a form, sorted by their keys, each key followed by its value,
then the body, unless it was the form. Zoho's pages do not say how the HMAC-SHA256 is written; both ways that
were seen are taken.
"""

from __future__ import annotations

import base64
import hmac
from operator import itemgetter
from urllib.parse import parse_qsl

from webapp.sdk import Delivery

SIGNATURE = "x-zoho-webhook-signature"
FORM = "application/x-www-form-urlencoded"

GUIDE = (
    "Sign in to {label} as an administrator and open “Settings”, then “Workflow Actions” under “Automation”, "
    "then “Webhooks”, and choose “New Webhook”.",
    "Enter a name such as “Tandem” and choose the module “Customers”.",
    "Paste this address under “URL”, exactly as it is, with the method POST: {{address}}",
    "Tick “I want to secure this webhook” and paste this secret: {{secret}}",
    "Choose “Default Payload” as the body and save.",
    "Open “Workflow Rules”, choose “New Workflow Rule” for the module “Customers”, and let it run whenever a "
    "customer is created or edited, without criteria.",
    "Add the webhook to the rule as its immediate action and save.",
    "Change any customer in {label}: within a minute this page says that it has arrived.",
)


def signature(delivery: Delivery, secret: str) -> bytes:
    """Return the HMAC of a delivery, as bytes."""
    return hmac.digest(secret.encode(), _signed_text(delivery), "sha256")


def verify(delivery: Delivery, secret: str) -> bool:
    """Tell whether a delivery carries its signature, in hex or base64."""
    given = delivery.headers.get(SIGNATURE, "").strip().encode("utf-8", "replace")
    right = signature(delivery, secret)
    # Both are compared whatever the first comes to: the time it takes tells nothing.
    as_hex = hmac.compare_digest(given.lower(), right.hex().encode())
    as_base64 = hmac.compare_digest(given, base64.b64encode(right))
    return as_hex | as_base64


def _signed_text(delivery: Delivery) -> bytes:
    pairs, rest = list(delivery.query), delivery.body
    if delivery.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM:
        form = rest.decode("utf-8", "replace")
        pairs, rest = pairs + parse_qsl(form, keep_blank_values=True), b""
    ordered = sorted(pairs, key=itemgetter(0))
    return "".join(key + value for key, value in ordered).encode("utf-8", "replace") + rest
