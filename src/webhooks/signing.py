"""Secrets and signatures of Standard Webhooks (specification of standardwebhooks.com)."""

import base64
import secrets
from datetime import datetime

from standardwebhooks import Webhook

from src.core.encryption import SecretBox
from src.webhooks.models import WebhookEndpoint

SECRET_BYTES = 32  # the specification wants 24 to 64


def make_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def context_of(endpoint: WebhookEndpoint) -> str:
    return f"webhook_endpoints.secret:{endpoint.id}"


def headers(
    endpoint: WebhookEndpoint, *, box: SecretBox, message_id: int, content: bytes, now: datetime
) -> dict[str, str]:
    """Signed anew at each try: receivers refuse what is older than five minutes.

    While a replaced secret is still valid both sign, the new one first. Raises `SecretUnreadableError`.
    """
    sealed = [endpoint.secret]
    if endpoint.previous_secret and endpoint.previous_secret_until and now < endpoint.previous_secret_until:
        sealed.append(endpoint.previous_secret)
    identifier = f"msg_{message_id}"
    signatures = [
        Webhook(box.open(one, context=context_of(endpoint))).sign(identifier, now, content.decode())
        for one in sealed
    ]
    return {
        "Content-Type": "application/json",
        "webhook-id": identifier,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
