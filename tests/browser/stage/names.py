"""Whose names stand on the pages: the practice data, and in front of it what is hard to show."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from sandbox.sample.curated import CURATED
from sandbox.sample.drafts import Draft
from sandbox.sample.generated import generate

LONGEST = 200


@dataclass(frozen=True, slots=True)
class Firm:
    """A customer as a scene wants it: its name, its people, its currency, whether it is active."""

    name: str
    people: tuple[dict[str, str], ...] = ()
    currency: str = "EUR"
    active: bool = True


def person(first: str, last: str, email: str = "", phone: str = "", **more: str) -> dict[str, str]:
    """Describe a person."""
    return {"first_name": first, "last_name": last, "email": email, "phone": phone, **more}


HARD = (
    Firm(
        "Donaudampfschifffahrtsgesellschaft" * 6,
        (person("Wolfeschlegelstein" * 5, "Hausenbergerdorff" * 5, f"{'lang' * 15}@{'domain' * 8}.example"),),
    ),
    Firm(
        "مؤسسة الميناء للطباعة", (person("ليلى", "حداد", "layla@alnoor.example", "+971 4 555 0123"),), "AED"
    ),
    Firm("מאפיית השחר בע״מ", (person("נועה", "לוי", "noa@shachar.example", "+972 3 555 0144"),), "ILS"),
    Firm(
        "株式会社みなと印刷", (person("さくら", "田中", "tanaka@minato.example", "+81 3 5550 0123"),), "JPY"
    ),
    Firm("Ðệ Nhất Trà Quán Đà Lạt", (person("Nguyễn Thị", "Hồng Ánh", "anh@tra.example"),), "USD"),
    Firm("<b>Fett & Söhne</b> <script>alert(1)</script>", (person("<i>Kursiv</i>", "O’Neil & Co"),)),
)
"""Names of 200 characters without a space, of scripts that run from right to left, and of markup."""

FEW = 42


def practice(count: int = FEW, *, hard: bool = True) -> list[Firm]:
    """Take so many customers of the practice data, the hard ones first."""
    drafts = generate(CURATED, count + len(HARD), 2.2, 1, "EUR")
    firms = [_firm(draft) for draft in drafts if draft.fields.get("contact_type", "customer") == "customer"]
    return [*(HARD if hard else ()), *islice(firms, count - (len(HARD) if hard else 0))]


def _firm(draft: Draft) -> Firm:
    kept = ("salutation", "first_name", "last_name", "email", "phone", "mobile", "designation", "department")
    people = tuple(
        {name: value for name, value in each.items() if name in kept and value} for each in draft.persons
    )
    return Firm(
        name=draft.fields["name"][:LONGEST],
        people=people,
        currency=draft.fields.get("currency_code", "EUR"),
        active=draft.fields.get("status", "active") == "active",
    )
