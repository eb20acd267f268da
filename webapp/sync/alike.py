"""Which customers may be the same though their names differ: keys to find them by, and the evidence.

Two that are the same share a key, however one of them is spelt, ordered or shortened; those that share one
are compared. Nothing follows from it but a hint for a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import combinations

from rapidfuzz.distance import OSA

from webapp.sync.company_names import WEIGHTS, CompanyName, Word, taken_apart
from webapp.sync.company_words import FREEMAIL
from webapp.sync.normal import email_key, phone_key

ENOUGH = 0.86
"""From how alike two names are they count as a hint by themselves."""

SOMEWHAT = 0.55
"""From how alike two names are they are told of beside other evidence."""

COMMON = 3
"""A domain or a phone that more customers here have tells of none of them."""

_MOST_WORDS = 4
_PART = 4
_PHONE_DIGITS = 9
_LEAST_PHONE_DIGITS = 7
_INITIALS = (3, 6)
_SHORT = 8
_LONG_NAME = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What of a customer is compared: its names, the domains and phones of its people."""

    names: tuple[str, ...]
    domains: frozenset[str]
    phones: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why two may be the same: how alike their names are from 0 to 1, and what both have."""

    name: float
    domain: str = ""
    phone: str = ""

    @property
    def strength(self) -> float:
        """How strong all of it is together, to put the strongest first."""
        return self.name + bool(self.domain) + bool(self.phone)

    @property
    def enough(self) -> bool:
        """Tell whether it is worth a hint."""
        return self.name >= ENOUGH or bool(self.domain or self.phone)


def traits(names: Iterable[str | None], emails: Iterable[str | None], phones: Iterable[str | None]) -> Traits:
    """Take what is compared of a customer's names and of its people's e-mails and phones."""
    digits = (phone_key(phone)[-_PHONE_DIGITS:] for phone in phones)
    return Traits(
        names=tuple(dict.fromkeys(name for name in names if name)),
        domains=frozenset(domain for email in emails if (domain := own_domain(email))),
        phones=frozenset(each for each in digits if len(each) >= _LEAST_PHONE_DIGITS),
    )


def own_domain(email: str | None) -> str:
    """Return the domain of an address, unless anybody may have one there."""
    domain = email_key(email).rpartition("@")[2]
    return "" if domain in FREEMAIL else domain


def keys(of: Traits) -> list[int]:
    """Return the keys by which a customer is found; two that share one are worth comparing."""
    return sorted({*keys_of_names(of), *keys_of_people(of)})


def keys_of_names(of: Traits) -> set[int]:
    """Return the keys that come of a customer's names: few customers share one."""
    return {_number(key) for name in of.names for key in _name_keys(taken_apart(name))}


def keys_of_people(of: Traits) -> set[int]:
    """Return the keys that come of its people's domains and phones: very many may share one."""
    return {_number(f"@{domain}") for domain in of.domains} | {_number(f"#{phone}") for phone in of.phones}


def evidence(one: Traits, other: Traits) -> Evidence:
    """Say what speaks for two customers being the same."""
    names = (alike(mine, its) for mine in one.names for its in other.names)
    return Evidence(
        name=max(names, default=0.0),
        domain=min(one.domains & other.domains, default=""),
        phone=min(one.phones & other.phones, default=""),
    )


def alike(one: str, other: str) -> float:
    """Say how alike two names are, from 0 to 1, where at most form, order and abbreviation differ."""
    mine, its = taken_apart(one), taken_apart(other)
    if mine.numbers != its.numbers:
        return 0.0
    return max(_by_words(mine, its), _run_together(mine, its), _by_initials(mine, its))


def _by_words(one: CompanyName, other: CompanyName) -> float:
    """Compare word by word, in whatever order they stand; what is left over counts against it."""
    left = list(other.words)
    met = whole = sum(word.weight for word in (*one.words, *other.words))
    for word in sorted(one.words, key=lambda each: -each.weight):
        score, best = max(((_same(word, each), each) for each in left), default=(0.0, None), key=_first)
        if best is None or not score:
            met -= word.weight
            continue
        left.remove(best)
        met -= (word.weight + best.weight) * (1 - score)
    met -= sum(word.weight for word in left)
    return met / whole if whole else 0.0


def _first(scored: tuple[float, Word | None]) -> float:
    return scored[0]


def _same(one: Word, other: Word) -> float:
    """Say how alike two words are: equal, a slip of the pen apart, or one the beginning of the other."""
    a, b = one.text, other.text
    if a == b:
        return 1.0
    if a.isdigit() or b.isdigit() or {one.weight, other.weight} != {WEIGHTS["own"]}:
        return 0.0
    longest, shortest = max(len(a), len(b)), min(len(a), len(b))
    slips = OSA.distance(a, b, score_cutoff=2)
    if (shortest >= _SHORT and slips <= 2) or (shortest > _PART and slips == 1 and a[0] == b[0]):
        return 1 - slips / longest
    if shortest >= _PART and (a.startswith(b) or b.startswith(a)):
        return 0.8
    return 0.0


def _run_together(one: CompanyName, other: CompanyName) -> float:
    """Compare without the spaces: a word may be written as two."""
    a, b = ("".join(name.texts) for name in (one, other))
    if min(len(a), len(b)) < _LONG_NAME or len(one.words) == len(other.words):
        return 0.0
    return 1.0 if a == b else 1 - 1 / max(len(a), len(b)) if OSA.distance(a, b, score_cutoff=1) == 1 else 0.0


def _by_initials(one: CompanyName, other: CompanyName) -> float:
    """Compare a name of few letters with the initials of one of several words."""
    short, long = sorted((one, other), key=lambda name: len(name.words))
    told = len(short.words) == 1 and len(long.words) >= _INITIALS[0]
    return 0.9 if told and short.texts[0] == _initials(long) else 0.0


def _initials(name: CompanyName) -> str:
    return "".join(text[0] for text in name.texts)


def _name_keys(name: CompanyName) -> Iterator[str]:
    words = sorted(name.words, key=lambda word: (-word.weight, -len(word.text), word.text))[:_MOST_WORDS]
    texts = [word.text for word in words]
    yield "=" + " ".join(sorted(text for text in texts))
    yield "+" + "".join(name.texts)
    if len(name.own) == 1:
        yield from _spellings(name.own[0])
    for a, b in combinations(texts, 2):
        yield from (f"{a}|{b[:_PART]}", f"{a}|{b[-_PART:]}|", f"{b}|{a[:_PART]}", f"{b}|{a[-_PART:]}|")
    if _INITIALS[0] <= len(name.texts) <= _INITIALS[1]:
        yield f"*{_initials(name)}"
    if len(name.texts) == 1 and _INITIALS[0] <= len(texts[0]) <= _INITIALS[1]:
        yield f"*{texts[0]}"


def _spellings(word: str) -> Iterator[str]:
    """Give a word and each that is left when one letter is taken out: a slip of the pen leaves one in common.

    Of a long word its two halves: one slip leaves one of them as it was.
    """
    yield f"~{word}"
    if len(word) <= _SHORT:
        yield from (f"~{word[:at]}{word[at + 1 :]}" for at in range(len(word)))
    else:
        half = len(word) // 2
        yield from (f"~{word[:half]}…", f"~…{word[-half:]}", f"~{word[: half - 1]}…", f"~…{word[1 - half :]}")


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)
