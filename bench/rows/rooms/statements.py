"""The statements behind GET /rooms/{id} and GET /rooms."""

# The product's own constants, private to its repository: a copy would grow old.
from src.rooms.repository import _LISTS
from src.rooms.repository import _ONE as ONE

LIST = _LISTS[False, True]  # of a city

__all__ = ["LIST", "ONE"]
