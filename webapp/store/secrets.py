"""Secrets at rest: sealed with a key of the installation, and bound to the row and field they stand in."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Mapping
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NO_PORTAL = "every portal"
"""What stands for the portal of what is a user's own."""

_NONCE_BYTES = 12
_MOVED = "The secret {} does not belong here, or was changed: connect again."
_SEALED = re.compile(r"([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/=]+)")


class SecretError(Exception):
    """A sealed value cannot be opened; the text holds nothing of it."""


class SecretMoved(SecretError):
    """The value was sealed for another portal, owner or field, or was changed since."""


class UnknownKey(SecretError):
    """The value was sealed with a key this installation does not hold."""


class Safe:
    """Seals with the first of its keys (AES-256-GCM) and opens with any of them, so that keys can rotate.

    ``portal``, ``owner`` (the row's id) and ``field`` are authenticated along with the value: one that is
    copied to another place in the database is refused there.
    """

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._current = next(iter(self._ciphers))

    def seal(self, text: str, *, portal: UUID | str, owner: UUID | str, field: str) -> str:
        """Encrypt ``text`` for one place; twice the same text gives different values."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self._current].encrypt(nonce, text.encode(), _place(portal, owner, field))
        return f"{self._current}:{base64.b64encode(nonce + sealed).decode()}"

    def open(self, value: str, *, portal: UUID | str, owner: UUID | str, field: str) -> str:
        """Decrypt what ``seal`` made for the same place; raise ``UnknownKey`` or ``SecretMoved``."""
        parts = _SEALED.fullmatch(value)
        if parts is None:
            raise SecretMoved(_MOVED.format(field))
        cipher = self._ciphers.get(parts[1])
        if cipher is None:
            raise UnknownKey(
                f"The key {parts[1]} is not among TANDEM_KEYS: add it there again, after the first."
            )
        try:
            sealed = base64.b64decode(parts[2], validate=True)
            opened = cipher.decrypt(
                sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _place(portal, owner, field)
            )
        except (InvalidTag, ValueError):
            raise SecretMoved(_MOVED.format(field)) from None
        return opened.decode()

    @property
    def current(self) -> str:
        """The id of the key that seals."""
        return self._current

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The ids of all keys, the one that seals first."""
        return tuple(self._ciphers)


def _place(portal: UUID | str, owner: UUID | str, field: str) -> bytes:
    return json.dumps([str(portal), str(owner), field]).encode()
