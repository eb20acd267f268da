"""Checks requests and answers against Zoho's published OpenAPI files, where these are at hand."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
import requests
import yaml

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "zoho"
OPENAPI = SHARED / "openapi"
RECORDINGS = SHARED / "recordings"
PRODUCT = re.compile(r"^/(?:books|invoice|api)/v3")

DISAGREEMENTS: dict[tuple[str, str], str] = {
    ("list_organizations", "answer.organizations[].fiscal_year_start_month"): "recorded as a string",
    ("get_organization", "answer.organization.fiscal_year_start_month"): "recorded as a string",
    (
        "list_contacts",
        "answer.contacts[].outstanding_receivable_amount",
    ): "recorded as 149.97, no whole number",
    ("get_contact", "answer.contact.outstanding_receivable_amount"): "recorded as 149.97 in rows",
    ("create_contact_person", "answer.contact_person"): "recorded as an object, not as a list of one",
    ("update_contact_person", "answer.contact_person"): "recorded as an object, not as a list of one",
    ("create_contact", "answer.contact.custom_fields[].value"): "a check box holds true or false, no text",
    ("update_contact", "request"): "contact_name is said to be required; a PUT without it was accepted live",
    ("update_contact_person", "request"): "contact_id is said to be required; recorded without it",
}
"""Where exchanges differ from the files on purpose: (operation, place) and the reason."""


def recording(name: str) -> Any:
    """Return a recorded exchange, or skip the test where the recordings are not at hand."""
    path = RECORDINGS / name
    if not path.exists():
        pytest.skip(f"The recording {name} is not at hand: it lies beside the project, in shared/zoho.")
    return json.loads(path.read_text(encoding="utf-8"))


def differences(response: requests.Response) -> list[str]:
    """Return how an exchange differs from the files, beyond the known disagreements."""
    path = PRODUCT.sub("", urlsplit(response.url).path).rstrip("/")
    found = _operation(response.request.method or "", path)
    if found is None or not response.ok:
        return []
    document, operation = found
    name = operation["operationId"]
    wrong = [
        *_compare(document, operation, "request", _sent(response)),
        *_compare(document, operation, str(response.status_code), response.json()),
    ]
    return sorted({f"{name}: {place}: {what}" for place, what in wrong if (name, place) not in DISAGREEMENTS})


def _sent(response: requests.Response) -> Any:
    body = response.request.body
    is_json = response.request.headers.get("Content-Type", "").startswith("application/json")
    return json.loads(body) if body and is_json else None


def _compare(document: Any, operation: Any, part: str, value: Any) -> list[tuple[str, str]]:
    content = operation.get("requestBody") if part == "request" else operation["responses"].get(part)
    if content is None and part != "request":
        return [(part, "this status is not described")]
    if content is None or value is None or "content" not in content:
        return []
    schema = {**content["content"]["application/json"]["schema"], "components": document["components"]}
    errors = jsonschema.Draft7Validator(schema).iter_errors(value)
    side = "request" if part == "request" else "answer"
    return [(f"{side}{_place(error.absolute_path)}", error.message[:200]) for error in errors]


def _place(path: Any) -> str:
    return "".join("[]" if isinstance(step, int) else f".{step}" for step in path)


def _operation(method: str, path: str) -> tuple[Any, Any] | None:
    for document, pattern, operations in _paths():
        if pattern.fullmatch(path) and method.lower() in operations:
            return document, operations[method.lower()]
    return None


@cache
def _paths() -> list[tuple[Any, re.Pattern[str], Any]]:
    """Return every path of the files, those without parameters first, as the more exact match."""
    paths = []
    for file in sorted(OPENAPI.glob("*.yml")):
        document = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        for path, operations in document["paths"].items():
            pattern = re.compile(re.sub(r"\{\w+\}", "[^/]+", path))
            paths.append((path.count("{"), document, pattern, operations))
    return [entry[1:] for entry in sorted(paths, key=lambda entry: entry[0])]
