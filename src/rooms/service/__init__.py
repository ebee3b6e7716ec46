"""The use cases of rooms themselves; prices, photos, parts and times have packages of their own."""

from src.rooms.service.manage import create_room, deactivate_room, record_change, tell_address, update_room
from src.rooms.service.offers import (
    get_any_offer,
    get_kept_offer,
    get_offer,
    get_wishes,
    list_offers,
    list_resources,
    list_studio_offers,
)
from src.rooms.service.read import document, get_room

__all__ = [
    "create_room",
    "deactivate_room",
    "document",
    "get_any_offer",
    "get_kept_offer",
    "get_offer",
    "get_room",
    "get_wishes",
    "list_offers",
    "list_resources",
    "list_studio_offers",
    "record_change",
    "tell_address",
    "update_room",
]
