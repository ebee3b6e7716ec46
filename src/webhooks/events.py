from dataclasses import dataclass

from src.core.events import Event


@dataclass(frozen=True)
class WebhookEndpointDisabled(Event):
    """We have stopped sending to it: it is gone, or took nothing for days."""

    endpoint_id: int
