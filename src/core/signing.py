"""What only we can write: tokens in links of mails, and addresses that work for a while.

One-time tokens never rest anywhere: they are derived when a mail is rendered. The database holds the SHA-256 of a
token and the outbox and the mail queue hold its id; neither can be turned into the token without the secret key.

Signed tokens carry what they are about, for links that nobody stores and that may be used again.
"""

import base64
import hashlib
import hmac


def derive_token(secret: str, *, purpose: str, subject_id: int) -> str:
    """URL-safe token of 43 characters for one purpose and one row."""
    return _mac(secret, f"{purpose}:{subject_id}")


def sign_address(secret: str, *, path: str, expires: int) -> str:
    """What makes an address work without a log-in until that moment (Unix seconds), and for that path alone."""
    message = f"address:{expires}:{path}".encode()
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def is_signature_of(signature: str, secret: str, *, path: str, expires: int) -> bool:
    """In the same time whatever the signature is."""
    return hmac.compare_digest(signature.encode(), sign_address(secret, path=path, expires=expires).encode())


def hash_token(token: str) -> bytes:
    """What is stored of a token. Tokens are random 256 bits, so that no slow hash is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def sign(secret: str, *, purpose: str, value: str) -> str:
    """URL-safe token that anybody can read and nobody can change. It doesn't expire."""
    body = _encode(value.encode())
    return f"{body}.{_mac(secret, f'signed:{purpose}:{body}')}"


def read_signed(secret: str, *, purpose: str, token: str) -> str | None:
    """The value of a token that was signed for this purpose; None for any other text."""
    body, _, mac = token.partition(".")
    expected = _mac(secret, f"signed:{purpose}:{body}")
    if not hmac.compare_digest(mac.encode("utf-8", "surrogatepass"), expected.encode()):
        return None
    return base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode()


def _mac(secret: str, message: str) -> str:
    encoded = message.encode("utf-8", "surrogatepass")
    return _encode(hmac.new(secret.encode(), encoded, hashlib.sha256).digest())


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
