"""The hand-made customers every sample begins with.

One block each. First line: name | currency | website | street, zip, city, country.
A line with an exclamation mark says that it is inactive, or has transactions.
Then one line for each person: salutation first name / last name | designation | e-mail | phone | mobile |
department.
"""

from __future__ import annotations

from sandbox.sample.curated_text import CURATED_TEXT
from sandbox.sample.drafts import Draft

_SALUTATIONS = ("Dr.", "Mr.", "Ms.", "Frau", "Herr", "Mme", "M.", "Sra.")


def _parts(line: str, count: int) -> list[str]:
    parts = [part.strip() for part in line.split("|")]
    return parts + [""] * (count - len(parts))


def _address(text: str) -> dict[str, str]:
    street, *code, city, country = text.split(", ")
    return {"address": street, "zip": "".join(code), "city": city, "country": country}


def _person(line: str) -> dict[str, str]:
    name, designation, email, phone, mobile, department = _parts(line.removeprefix("- "), 6)
    first, _, last = name.partition(" / ")
    salutation, _, rest = first.partition(" ")
    if salutation not in _SALUTATIONS:
        salutation, rest = "", first
    return {
        "salutation": salutation,
        "first_name": rest,
        "last_name": last,
        "designation": designation,
        "email": email,
        "phone": phone,
        "mobile": mobile,
        "department": department,
    }


def _draft(block: str) -> Draft:
    head, *lines = block.strip().splitlines()
    name, currency, website, address = _parts(head, 4)
    marks = {line.removeprefix("! ") for line in lines if line.startswith("! ")}
    fields = {
        "name": name,
        "company_name": name,
        "currency_code": currency,
        "website": website,
        "billing_address": _address(address),
        "status": "inactive" if "inactive" in marks else "active",
        "has_transaction": "transactions" in marks,
        "outstanding_receivable_amount": 1240.5 if "transactions" in marks else 0.0,
    }
    return Draft(fields, [_person(line) for line in lines if line.startswith("- ")])


CURATED = tuple(_draft(block) for block in CURATED_TEXT.strip().split("\n\n"))
