"""The statements behind GET /rooms/{id} and GET /rooms."""

# The product's own constants, private to its repository: a copy would grow old.
from src.rooms.repository import _LIST as LIST
from src.rooms.repository import _ONE as ONE

__all__ = ["LIST", "ONE"]
