from dataclasses import dataclass

from src.core.events import Event


@dataclass(frozen=True)
class AddressPublished(Event):
    address_id: int
