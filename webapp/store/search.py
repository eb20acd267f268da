"""How people search: a text to search in, and the condition that a query puts on it.

An index of trigrams knows nothing of words of one or two signs, all of some names in Chinese. Beside them it
has the pairs of signs of a text (``PAIRS``), and every sign but those that all texts have.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Select, Text, and_, func, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute

from webapp.extensions import db
from webapp.sync.normal import phone_key, phone_spellings, search_key

LONGEST_QUERY = 200
_PHONE_SIGNS = re.compile(r"[\d\s()+./\-\u2010-\u2015]+")
_LEAST_DIGITS = 3

PAIRS = "tandem_pairs"
"""The function by which the database takes a text apart into pairs; its index is made of what it returns."""

Searched = ColumnElement[str] | InstrumentedAttribute[str]

_LONGEST_PAIRED = 2
_UNLISTED = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
"""The signs that nearly all texts have, which no index lists."""

_SHORT = 3
_LOOKED_AT, _MANY = 500, 75
"""Of so many texts these are many: beyond that share a thousand are found sooner by reading on."""


def search_text(texts: Iterable[str | None], phones: Iterable[str | None]) -> str:
    """Return what a record is found by: its texts normalised and its phones in digits, one a line."""
    lines = [*(search_key(text) for text in texts), *(phone_key(phone) for phone in phones)]
    return "\n".join(dict.fromkeys(line for line in lines if line))


def words(q: str) -> list[str]:
    """Take a query apart; what is longer than a query can sensibly be is cut off."""
    return search_key(q.replace("\x00", " ")[:LONGEST_QUERY]).split()


def matches(column: Searched, q: str, *, by_index: bool = False) -> ColumnElement[bool]:
    """Put the condition that all words of a query are found; a phone is found however it is spelt.

    ``by_index`` has words be looked up among the pairs where all of them are short. It pays where rows are
    sought in a large table: to take given texts apart takes far longer than to look through them.
    """
    paired = by_index and all(len(word) <= _LONGEST_PAIRED for word in words(q))
    every = and_(true(), *(_contains(column, word, paired=paired) for word in words(q)))
    if _is_phone(q):
        return or_(*_spelt(column, q[:LONGEST_QUERY]), every)
    return every


def looked_for(column: InstrumentedAttribute[str], texts: Select[str], q: str) -> ColumnElement[bool]:
    """Put that condition where the first thousand are sought in a large table, whose ``texts`` these are.

    What is in many of them is found by reading on, and all else by the index.
    """
    if _is_in_many(texts, q):
        # An index is of the column, and not of what has nothing put behind it.
        return matches(column + "", q)
    return matches(column, q, by_index=True)


def _is_in_many(texts: Select[str], q: str) -> bool:
    """Tell whether a query finds so many that an index lists nearly everything, going by some of the texts.

    Only short words are in many.
    """
    asked = words(q)
    if not asked or _is_phone(q) or any(len(word) > _SHORT for word in asked):
        return False
    some = texts.limit(_LOOKED_AT).subquery()
    found = select(func.count()).select_from(some).where(matches(some.c.search, q))
    return (db.session.scalar(found) or 0) >= _MANY


def _contains(column: Searched, word: str, *, paired: bool) -> ColumnElement[bool]:
    if paired and word not in _UNLISTED:
        return getattr(func, PAIRS)(column, type_=ARRAY(Text)).contains([word])
    plain = column.contains(word, autoescape=True)
    if _is_phone(word):
        return or_(plain, *_spelt(column, word))
    return plain


def _spelt(column: Searched, phone: str) -> list[ColumnElement[bool]]:
    return [column.contains(key, autoescape=True) for key in phone_spellings(phone)]


def _is_phone(text: str) -> bool:
    folded = unicodedata.normalize("NFKC", text[:LONGEST_QUERY])
    digits = sum(sign.isdigit() for sign in folded)
    return digits >= _LEAST_DIGITS and _PHONE_SIGNS.fullmatch(folded) is not None
