"""One-time tokens of mails that never rest anywhere: derived from the secret key when a mail is rendered.

The database holds the SHA-256 of a token and the outbox and the mail queue hold its id; neither can be turned
into the token without the secret key.
"""

import base64
import hashlib
import hmac


def derive_token(secret: str, *, purpose: str, subject_id: int) -> str:
    """URL-safe token of 43 characters for one purpose and one row."""
    message = f"{purpose}:{subject_id}".encode()
    digest = hmac.new(secret.encode(), message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def hash_token(token: str) -> bytes:
    """What is stored of a token. Tokens are random 256 bits, so that no slow hash is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
