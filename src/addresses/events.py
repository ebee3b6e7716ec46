from dataclasses import dataclass

from src.core.events import Event


@dataclass(frozen=True)
class AddressPublished(Event):
    address_id: int


@dataclass(frozen=True)
class AddressUnpublished(Event):
    """It has left the market: by its owner's wish, for want of something, or closed down for good."""

    address_id: int
