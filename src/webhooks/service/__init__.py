"""The use cases of webhooks to integrators, a module each."""

from src.webhooks.service.endpoints import (
    create_endpoint,
    delete_endpoint,
    find_disabled,
    get_endpoint,
    list_endpoints,
    rotate_secret,
    update_endpoint,
)
from src.webhooks.service.messages import (
    forget_old,
    get_delivery,
    list_deliveries,
    replay,
    replay_failed,
    send,
    send_ping,
)

__all__ = [
    "create_endpoint",
    "delete_endpoint",
    "find_disabled",
    "forget_old",
    "get_delivery",
    "get_endpoint",
    "list_deliveries",
    "list_endpoints",
    "replay",
    "replay_failed",
    "rotate_secret",
    "send",
    "send_ping",
    "update_endpoint",
]
