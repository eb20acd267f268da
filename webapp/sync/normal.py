"""How names, e-mails and phones are compared, searched and sorted: the one place that normalises."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_LETTERS = str.maketrans(
    {
        "ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h",
        "ı": "i", "ŋ": "n", "ŧ": "t", "ĸ": "k", "ə": "e", "ƒ": "f", "ɓ": "b", "ɗ": "d", "ɠ": "g", "ƙ": "k",
    }
)  # fmt: skip
"""Letters that Unicode does not take apart into a plain letter and a mark."""

_CODES_OF_TRUNK_8 = {"7": 10, "375": 9, "993": 8}
"""Russia and Kazakhstan, Belarus, Turkmenistan: how many digits follow the code."""

_LENGTHS_WITH_8 = (9, 11)
_ARGENTINE = 10
_AREAS = (2, 3, 4)

_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f]{1,253}")
_LABEL = re.compile(r"(?!-)[\w-]{1,63}(?<!-)")


def name_key(name: str) -> str:
    """Return what two names have in common when they are the same name."""
    if name.isascii():
        return _spaced(name.lower())
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return _spaced(folded)


def email_key(email: str | None) -> str:
    """Return what two e-mail addresses have in common when they are the same one."""
    return name_key(email or "")


def phone_key(phone: str | None) -> str:
    """Return the digits of a phone, without what announces a country code or a trunk.

    ``555-0199``, ``(555) 0199`` and ``5550199`` give the same; a national number is found inside the
    international spelling of it, because ``+``, ``00``, ``(0)`` and a leading zero are left out.
    """
    if not phone:
        return ""
    text = unicodedata.normalize("NFKC", phone).replace("(0)", "")
    signs = filter(str.isdigit, text)
    digits = "".join(signs if text.isascii() else (str(unicodedata.digit(sign)) for sign in signs))
    return digits.lstrip("0") or digits


def phone_spellings(phone: str) -> list[str]:
    """Return the digits a phone may be kept by: as typed, and as its country also spells it.

    Where the trunk digit is 8 it stands in the place of the country's code, and is found in no international
    spelling; in Argentina a mobile has 9 before the area there and 15 after it here.
    """
    key = phone_key(phone)
    return list(dict.fromkeys([key, *_without_trunk_8(key), *_mobiles_of_argentina(key)]))


def _without_trunk_8(key: str) -> Iterator[str]:
    if key.startswith("8") and len(key) in _LENGTHS_WITH_8:
        yield key[1:].lstrip("0")
    for code, length in _CODES_OF_TRUNK_8.items():
        if key.startswith(code) and len(key) == len(code) + length:
            yield key[len(code) :]


def _mobiles_of_argentina(key: str) -> Iterator[str]:
    national = key.removeprefix("549") if len(key) == len("549") + _ARGENTINE else ""
    for area in _AREAS:
        if national:
            yield f"{national[:area]}15{national[area:]}"
        elif len(key) == _ARGENTINE + len("15") and key[area : area + 2] == "15":
            yield key[:area] + key[area + 2 :]


def search_key(text: str | None) -> str:
    """Return a text as search sees it: without accents, case and superfluous space, in any script."""
    if not text or text.isascii():
        return _spaced((text or "").lower())
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    plain = "".join(sign for sign in apart if not _is_accent(sign)).translate(_LETTERS)
    return _spaced(unicodedata.normalize("NFC", plain))


def sort_key(text: str | None) -> str:
    """Return a key that sorts as people expect where texts are compared byte by byte (the C locale).

    Accents and case count only between texts that are equal without them.
    """
    return f"{search_key(text)}\x01{_spaced(unicodedata.normalize('NFC', text or ''))}"


def email_valid(email: str) -> bool:
    """Tell whether a text has the shape of an e-mail address; whether it exists is not asked."""
    if not _EMAIL.fullmatch(email):
        return False
    local, domain = email.rsplit("@", 1)
    labels = domain.split(".")
    dotted = not local.startswith(".") and not local.endswith(".") and ".." not in local
    return dotted and len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels)


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _is_accent(sign: str) -> bool:
    """Tell whether a mark only decorates; the vowel signs of Indic scripts and kana marks carry meaning."""
    return unicodedata.combining(sign) != 0 and sign not in "\u3099\u309a" and not _is_essential(sign)


def _is_essential(sign: str) -> bool:
    return "\u0900" <= sign <= "\u0dff" or "\u0e00" <= sign <= "\u0fff"
