"""How people search: a text to search in, and the condition that a query puts on it.

An index of trigrams knows nothing of words of one or two signs, all of some names in Chinese. Beside them it
has the pairs of signs of a text (``PAIRS``), and every sign but those that all texts have.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Text, and_, func, or_, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute

from webapp.sync.normal import phone_key, phone_spellings, search_key

LONGEST_QUERY = 200
_PHONE_SIGNS = re.compile(r"[\d\s()+./\-\u2010-\u2015]+")
_LEAST_DIGITS = 3

PAIRS = "tandem_pairs"
"""The function by which the database takes a text apart into pairs; its index is made of what it returns."""

_LONGEST_PAIRED = 2
_COMMON = (
    "a b c d e f g h i j k l m n o p q r s t u v w x y z 0 1 2 3 4 5 6 7 8 9 "
    "an ar as at co de ea ed en er es ha he hi ic in io is it le li ll ma me nd ne ng nt of om on or ou ra "
    "re ri ro se st te th ti to ve"
)
_EVERYWHERE = frozenset(_COMMON.split())
"""Of these a thousand are found sooner by reading on than by an index that lists nearly everything."""


def search_text(texts: Iterable[str | None], phones: Iterable[str | None]) -> str:
    """Return what a record is found by: its texts normalised and its phones in digits, one a line."""
    lines = [*(search_key(text) for text in texts), *(phone_key(phone) for phone in phones)]
    return "\n".join(dict.fromkeys(line for line in lines if line))


def words(q: str) -> list[str]:
    """Take a query apart; what is longer than a query can sensibly be is cut off."""
    return search_key(q.replace("\x00", " ")[:LONGEST_QUERY]).split()


def matches(column: InstrumentedAttribute[str], q: str, *, by_index: bool = False) -> ColumnElement[bool]:
    """Put the condition that all words of a query are found; a phone is found however it is spelt.

    ``by_index`` has words be looked up among the pairs where all of them are short. It pays where rows are
    sought in a large table: to take given texts apart takes far longer than to look through them.
    """
    paired = by_index and all(len(word) <= _LONGEST_PAIRED for word in words(q))
    every = and_(true(), *(_contains(column, word, paired=paired) for word in words(q)))
    if _is_phone(q):
        return or_(*_spelt(column, q[:LONGEST_QUERY]), every)
    return every


def _contains(column: InstrumentedAttribute[str], word: str, *, paired: bool) -> ColumnElement[bool]:
    if paired and word not in _EVERYWHERE:
        return getattr(func, PAIRS)(column, type_=ARRAY(Text)).contains([word])
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
