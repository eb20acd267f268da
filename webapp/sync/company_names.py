"""Company names taken apart: what is left without spelling, script, legal form and abbreviation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from webapp.sync.company_words import ABBREVIATED, FORMS, JOINING, SHORT_FORMS, TRADES, WEAK
from webapp.sync.normal import search_key

_WORDS = re.compile(r"[^\W_]+")
_APOSTROPHES = str.maketrans("", "", "'`´’‘ʼ")

_LATIN = str.maketrans(
    dict(zip("абвгдезиклмнопрстуфыэіїєґў", "abvgdeziklmnoprstufyeiiegu", strict=True))
    | dict(zip("αβγδεζηικλμνξοπρςστυφω", "avgdeziiklmnxoprsstyfo", strict=True))
    | {
        "ж": "zh", "х": "h", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sch", "ъ": "", "ь": "", "ю": "iu",
        "я": "ia", "ђ": "d", "љ": "l", "њ": "n", "ћ": "c", "џ": "d", "ј": "j", "θ": "th", "χ": "h", "ψ": "ps",
    }
)  # fmt: skip
"""Letters of other scripts as names are mostly written in Latin ones."""

_SOUNDS = (
    ("tsch", "ch"), ("sch", "sh"), ("shch", "sh"), ("kh", "h"), ("ph", "f"), ("ck", "k"), ("dzh", "j"),
    ("ae", "a"), ("oe", "o"), ("ue", "u"), ("yu", "iu"), ("ya", "ia"), ("ju", "iu"), ("ja", "ia"),
    ("tz", "ts"), ("y", "i"), ("j", "i"), ("w", "v"), ("aa", "a"),
)  # fmt: skip
"""What one name is written by in several ways, and how it is taken for one."""

_ROMAN = frozenset({"ii", "iii", "iv", "vi", "vii", "viii", "ix"})
_DOUBLED = re.compile(r"(\D)\1+")

_LONG = 6
_LONG_WORDS = [word for word in ABBREVIATED if len(word) >= _LONG]

WEIGHTS = {"own": 1.0, "trade": 0.7, "weak": 0.12}
"""How much a word of a name tells: one of its own, of a trade, or hardly any."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a name as it is compared, and how much it tells."""

    text: str
    weight: float


@dataclass(frozen=True)
class CompanyName:
    """A name taken apart: its words in order, without forms and what only joins.

    It is kept, and compared with many: what is asked of its words is worked out once.
    """

    words: tuple[Word, ...]

    @cached_property
    def own(self) -> tuple[str, ...]:
        """The words that are its own; where there are none, all."""
        found = tuple(word.text for word in self.words if word.weight == WEIGHTS["own"])
        return found or self.texts

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """All words."""
        return tuple(word.text for word in self.words)

    @cached_property
    def numbers(self) -> frozenset[str]:
        """What tells companies of a row apart: figures, and Roman ones."""
        return frozenset(text for text in self.texts if text.isdigit() or text in _ROMAN)


@lru_cache(maxsize=20_000)
def taken_apart(name: str) -> CompanyName:
    """Take a name apart."""
    words = _spelt_out(_WORDS.findall(search_key(name.translate(_APOSTROPHES)).translate(_LATIN)))
    words = _without_forms(words) or words
    kept = [word for word in words if word not in JOINING] or words
    return CompanyName(tuple(_word(word) for word in kept))


def sounding(word: str) -> str:
    """Return a word so that spellings of one name come to the same."""
    for written, meant in _SOUNDS:
        word = word.replace(written, meant)
    return _DOUBLED.sub(r"\1", word)


def _word(word: str) -> Word:
    meant = _meant(word)
    kind = "weak" if meant in WEAK else "trade" if meant in TRADES else "own"
    return Word(meant if kind != "own" or meant in _ROMAN else sounding(meant), WEIGHTS[kind])


@lru_cache(maxsize=20_000)
def _meant(word: str) -> str:
    """Return the one word for all that mean the same, even where the pen slipped in a long one."""
    if word in ABBREVIATED or len(word) < _LONG:
        return ABBREVIATED.get(word, word)
    near = process.extractOne(word, _LONG_WORDS, scorer=OSA.distance, score_cutoff=1)
    return ABBREVIATED[near[0]] if near else word


def _spelt_out(words: list[str]) -> list[str]:
    """Join letters that stand alone: ``s p a`` is one word, as ``s.p.a.`` is."""
    joined: list[str] = []
    single = False
    for word in words:
        if len(word) == 1 and word.isalpha() and single:
            joined[-1] += word
        else:
            joined.append(word)
        single = len(word) == 1 and word.isalpha()
    return joined


def _without_forms(words: list[str]) -> list[str]:
    """Leave out the legal form: anywhere, but the short ones only where a name begins or ends."""
    kept = [word for word in words if word not in FORMS or word in SHORT_FORMS]
    while len(kept) > 1 and (kept[-1] in SHORT_FORMS or kept[-1] in JOINING):
        kept.pop()
    while len(kept) > 1 and kept[0] in SHORT_FORMS:
        kept.pop(0)
    return kept
