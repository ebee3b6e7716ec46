"""Secrets that have to rest in the database and be read again (tokens of providers), encrypted (docs/adr/0011).

AES-256-GCM. A secret is sealed for one place, its context: moved to another column or row it can't be opened. It
carries the id of its key, so that keys can be replaced one after the other.
"""

import base64
import binascii
import secrets
from collections.abc import Mapping
from typing import Annotated, Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import Depends, Request

from src.core.config import Settings

NONCE_BYTES: Final = 12


class SecretUnreadableError(Exception):
    """Altered, sealed for another place, or with a key that we don't have (any more). Says nothing of the secret."""


class SecretBox:
    """Seals with the first key, opens with any of them."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._sealing_id = next(iter(self._keys))

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(settings.encryption_key_ring)

    def seal(self, secret: str, *, context: str) -> str:
        """Printable ASCII, safe in a cookie. `context` names the place: `payment_accounts.square_token:17`."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        key = self._keys[self._sealing_id]
        sealed = nonce + key.encrypt(nonce, secret.encode(), _bound(self._sealing_id, context))
        return f"{self._sealing_id}.{base64.urlsafe_b64encode(sealed).decode().rstrip('=')}"

    def open(self, sealed: str, *, context: str) -> str:
        """Raises `SecretUnreadableError`."""
        key_id, _, encoded = sealed.partition(".")
        key = self._keys.get(key_id)
        if key is None:
            raise SecretUnreadableError("sealed with a key that is not in ENCRYPTION_KEYS")
        try:
            raw = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
            return key.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _bound(key_id, context)).decode()
        except (binascii.Error, ValueError, InvalidTag) as error:
            raise SecretUnreadableError("altered, or sealed for another place") from error

    @property
    def sealing_prefix(self) -> str:
        """What everything begins with that is sealed with the first key: for conditions in statements."""
        return f"{self._sealing_id}."

    def needs_rotation(self, sealed: str) -> bool:
        """Whether it is sealed with a key that is on its way out: seal it again to be able to drop that key."""
        return sealed.partition(".")[0] != self._sealing_id


def _bound(key_id: str, context: str) -> bytes:
    return f"{key_id}:{context}".encode()


async def _request_secret_box(request: Request) -> SecretBox:
    box: SecretBox = request.app.state.secret_box
    return box


SecretBoxDep = Annotated[SecretBox, Depends(_request_secret_box)]
