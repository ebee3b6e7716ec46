"""The link by which a mail that isn't necessary is switched off, without logging in (RFC 8058).

Mail programs POST to it by themselves when somebody presses their button. The endpoint belongs to `notifications`.
"""

from typing import Final, NamedTuple

from src.core import signing
from src.core.mail.models import Mail

PURPOSE: Final = "unsubscribe"


class Unsubscription(NamedTuple):
    user_id: int
    kind: str


def headers(mail: Mail, *, secret: str, api: str) -> dict[str, str]:
    """None for what is necessary: nobody can switch off their confirmations."""
    if mail.is_transactional:
        return {}
    token = signing.sign(secret, purpose=PURPOSE, value=f"{mail.user_id}:{mail.kind}")
    return {
        "List-Unsubscribe": f"<{api}/api/v1/notifications/unsubscribe?token={token}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def read_token(token: str, *, secret: str) -> Unsubscription | None:
    """Who has had enough of what; None when the token isn't ours."""
    value = signing.read_signed(secret, purpose=PURPOSE, token=token)
    if value is None:
        return None
    user_id, _, kind = value.partition(":")
    return Unsubscription(int(user_id), kind)
