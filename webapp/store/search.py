"""How people search: a text to search in, and the condition that a query puts on it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, or_, true
from sqlalchemy.orm import InstrumentedAttribute

from webapp.sync.normal import phone_key, phone_spellings, search_key

LONGEST_QUERY = 200
_PHONE_SIGNS = re.compile(r"[\d\s()+./\-\u2010-\u2015]+")
_LEAST_DIGITS = 3


def search_text(texts: Iterable[str | None], phones: Iterable[str | None]) -> str:
    """Return what a record is found by: its texts normalised and its phones in digits, one a line."""
    lines = [*(search_key(text) for text in texts), *(phone_key(phone) for phone in phones)]
    return "\n".join(dict.fromkeys(line for line in lines if line))


def words(q: str) -> list[str]:
    """Take a query apart; what is longer than a query can sensibly be is cut off."""
    return search_key(q.replace("\x00", " ")[:LONGEST_QUERY]).split()


def matches(column: InstrumentedAttribute[str], q: str) -> ColumnElement[bool]:
    """Put the condition that all words of a query are found; a phone is found however it is spelt."""
    every = and_(true(), *(_contains(column, word) for word in words(q)))
    if _is_phone(q):
        return or_(*_spelt(column, q[:LONGEST_QUERY]), every)
    return every


def _contains(column: InstrumentedAttribute[str], word: str) -> ColumnElement[bool]:
    plain = column.contains(word, autoescape=True)
    if _is_phone(word):
        return or_(plain, *_spelt(column, word))
    return plain


def _spelt(column: InstrumentedAttribute[str], phone: str) -> list[ColumnElement[bool]]:
    return [column.contains(key, autoescape=True) for key in phone_spellings(phone)]


def _is_phone(text: str) -> bool:
    folded = unicodedata.normalize("NFKC", text[:LONGEST_QUERY])
    digits = sum(sign.isdigit() for sign in folded)
    return digits >= _LEAST_DIGITS and _PHONE_SIGNS.fullmatch(folded) is not None
