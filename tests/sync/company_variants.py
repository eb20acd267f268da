"""Company names as an import meets them: seeded, with the ways in which one and the same is written."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from dataclasses import dataclass


def _words(text: str) -> list[str]:
    return text.split()


SYLLABLES = _words(
    "ba be bo bra bren cal car cas dan dor el fa fen fer gar gra hal han her in jan jor ka kel kor la lan "
    "lem lin lor ma mar mel mon na nor o pal per pol ra ren ro sal san sel ser so stan ta tel tor tra u val "
    "van ver vi vol wal wen wil xan zan zor"
)
ENDINGS = _words(
    "a al an ar berg by dt el en er ex holm i ia ik in is ix ler lin ly mann ner o on or os sen ski son "
    "stad tek ton us"
)
SURNAMES = _words(
    "Müller Schröder Brückner Böhm Jäger Großmann Weiß Öztürk Åkesson Sjöberg Ångström Møller Sørensen "
    "Kjær Łukasz Wójcik Dvořák Novák Černý Šimek García Muñoz Peña Núñez Gonçalves Conceição Lefèvre "
    "François Béranger D’Angelo O’Brien O'Connor McAllister Yıldız Çelik Şahin Kovács Szabó Nagy Hämäläinen "
    "Mäkinen Virtanen Petrov Ivanova Kuznetsov Smith Johnson Taylor Anderson Thompson Peterson Robertson"
)
CYRILLIC = {
    "Газпроект": "Gazproekt",
    "Ромашка": "Romashka",
    "Энергомаш": "Energomash",
    "Сибирьлес": "Sibirles",
    "Волгатранс": "Volgatrans",
    "Уралхим": "Uralkhim",
    "Стройинвест": "Stroyinvest",
    "Криворожсталь": "Krivorozhstal",
}
TRADES = {
    "Technologies": ("Tech", "Technology"),
    "Services": ("Svcs", "Service"),
    "Systems": ("Sys", "System"),
    "Solutions": ("Solution",),
    "Engineering": ("Engg", "Engr"),
    "Consulting": ("Consultants",),
    "Manufacturing": ("Mfg",),
    "Construction": ("Constr",),
    "Industries": ("Inds", "Industry"),
    "International": ("Intl", "Int'l"),
    "Logistics": ("Logistik",),
    "Trading": ("Trdg",),
    "Brothers": ("Bros", "Bros."),
    "Associates": ("Assoc.", "Assoc"),
    "Group": ("Grp",),
    "Pharmaceuticals": ("Pharma",),
    "Laboratories": ("Labs",),
    "Communications": ("Comms",),
    "Foods": ("Food",),
    "Design": (),
    "Media": (),
    "Capital": (),
    "Marine": (),
    "Textiles": (),
    "Bakery": (),
    "Motors": (),
    "Printing": (),
    "Energy": (),
    "Optics": (),
    "Ceramics": (),
    "Aviation": (),
    "Furniture": (),
}
CITIES = _words("Bremen Lyon Porto Oslo Graz Leeds Boston Tampere Gdansk Valencia Turin Ghent")
FORMS = (
    ("GmbH", "G.m.b.H.", "mbH", "GmbH & Co. KG", "Gesellschaft mit beschränkter Haftung"),
    ("AG", "Aktiengesellschaft"),
    ("Ltd", "Ltd.", "Limited"),
    ("Inc", "Inc.", "Incorporated"),
    ("LLC", "L.L.C."),
    ("Corp.", "Corporation"),
    ("S.A.", "SA", "Société Anonyme"),
    ("S.r.l.", "SRL"),
    ("S.p.A.", "SpA"),
    ("B.V.", "BV"),
    ("AB", "AB (publ)"),
    ("A/S", "AS", "ApS"),
    ("Oy", "Oyj"),
    ("Sp. z o.o.", "sp zoo"),
    ("s.r.o.", "spol. s r.o."),
    ("Pty Ltd", "Pty. Limited"),
    ("S.L.", "SL"),
    ("Kft.", "Kft"),
    ("ООО", "OOO"),
    ("Lda.", "Lda"),
    ("d.o.o.", "doo"),
    ("Co., Ltd.", "Company Limited"),
)


@dataclass(frozen=True)
class Written:
    """A name as it is written elsewhere: which one of a population it is (None: none), and how it came."""

    name: str
    of: int | None
    how: str


@dataclass
class Company:
    """What a name is made of."""

    own: list[str]
    trade: str
    forms: tuple[str, ...]

    def name(self, form: str | None = None) -> str:
        """Return the name as the company itself writes it."""
        return " ".join(filter(None, [*self.own, self.trade, self.forms[0] if form is None else form]))


class Names:
    """Companies and their spellings, drawn from a seed."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)
        self._own = [self._made_up() for _ in range(1_500)]

    def population(self, size: int) -> list[Company]:
        """Draw companies of different names; some share an own name and differ in their trade."""
        drawn: dict[str, Company] = {}
        while len(drawn) < size:
            company = self._company()
            drawn.setdefault(company.name("").lower(), company)
        return list(drawn.values())

    def written(self, companies: list[Company], count: int, strangers: int) -> list[Written]:
        """Write some of them in other ways, and as many strangers as are told."""
        known = {company.name("").lower() for company in companies}
        asked = [self._variant(companies, self._draw.randrange(len(companies))) for _ in range(count)]
        while sum(each.of is None for each in asked) < strangers:
            stranger = self._stranger(companies)
            if stranger.name("").lower() not in known:
                asked.append(Written(stranger.name(), None, "stranger"))
        return asked

    def _made_up(self) -> str:
        middle = "".join(self._draw.choice(SYLLABLES) for _ in range(self._draw.choice((1, 2, 2))))
        return (middle + self._draw.choice(ENDINGS)).capitalize()

    def _word(self) -> str:
        kind = self._draw.random()
        if kind < 0.15:
            return self._draw.choice(SURNAMES)
        return self._draw.choice([*CYRILLIC]) if kind < 0.18 else self._draw.choice(self._own)

    def _company(self) -> Company:
        own = [self._word() for _ in range(self._draw.choice((1, 1, 1, 2)))]
        if self._draw.random() < 0.15:
            own.append(self._draw.choice(CITIES))
        trade = self._draw.choice([*TRADES]) if len(own) < 2 or self._draw.random() < 0.5 else ""
        return Company(own, trade, self._draw.choice(FORMS))

    def _stranger(self, companies: list[Company]) -> Company:
        """Draw one that is not among them; every third has the own name of one, in another trade."""
        if self._draw.random() < 1 / 3:
            sibling = self._draw.choice(companies)
            return Company(sibling.own, self._draw.choice([*TRADES]), self._draw.choice(FORMS))
        return self._company()

    def _variant(self, companies: list[Company], at: int) -> Written:
        company = companies[at]
        ways: list[tuple[str, Callable[[Company], str]]] = [
            ("form", self._other_form),
            ("punctuation", self._punctuated),
            ("typo", self._slipped),
            ("transliteration", self._transliterated),
            ("abbreviation", self._abbreviated),
            ("order", self._reordered),
            ("form and typo", lambda of: self._slip(self._other_form(of))),
            ("abbreviation and form", lambda of: self._abbreviated(of, self._draw.choice(("", *of.forms)))),
        ]
        how, write = self._draw.choice(ways)
        return Written(write(company), at, how)

    def _other_form(self, company: Company) -> str:
        return company.name(self._draw.choice(("", *company.forms, *self._draw.choice(FORMS))))

    def _punctuated(self, company: Company) -> str:
        name = company.name()
        return self._draw.choice(
            (name.upper(), name.replace(" ", "-", 1), name.replace(" ", ", ", 1), f"{name}.")
        )

    def _slipped(self, company: Company) -> str:
        return self._slip(company.name())

    def _slip(self, name: str) -> str:
        """Let the pen slip in the longest word."""
        word = max(name.split(), key=len)
        at = self._draw.randrange(1, max(2, len(word) - 1))
        letter = self._draw.choice(string.ascii_lowercase)
        slipped = self._draw.choice(
            (
                word[:at] + word[at + 1 :],
                word[:at] + letter + word[at:],
                word[:at] + letter + word[at + 1 :],
                word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
            )
        )
        return name.replace(word, slipped, 1)

    def _transliterated(self, company: Company) -> str:
        name = company.name()
        for cyrillic, latin in CYRILLIC.items():
            name = name.replace(cyrillic, latin)
        spelt = {
            "ä": "ae",
            "ö": "oe",
            "ü": "ue",
            "ß": "ss",
            "å": "aa",
            "ø": "oe",
            "æ": "ae",
            "ł": "l",
            "é": "e",
            "č": "c",
            "š": "s",
            "ñ": "n",
            "ç": "c",
            "ı": "i",
            "’": "'",
            "Ö": "Oe",
            "Å": "Aa",
            "Ç": "C",
        }
        return "".join(spelt.get(sign, sign) for sign in name)

    def _abbreviated(self, company: Company, form: str | None = None) -> str:
        short = self._draw.choice(TRADES[company.trade] or (company.trade,)) if company.trade else ""
        return Company(company.own, short, company.forms).name(form)

    def _reordered(self, company: Company) -> str:
        words = company.name("").split()
        at = self._draw.randrange(len(words))
        return " ".join([*words[at:], *words[:at], company.forms[0]])
