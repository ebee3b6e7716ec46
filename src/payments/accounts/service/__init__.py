"""Owners' own accounts at the gateways: opened at Stripe, connected at Square, kept alive by beat."""

from src.payments.accounts.service.read import find_receiving, list_accounts
from src.payments.accounts.service.square import (
    authorize,
    choose_location,
    connect,
    disconnect,
    list_locations,
    require_connecting,
)
from src.payments.accounts.service.stripe import onboard
from src.payments.accounts.service.upkeep import ask_about, refresh_accounts, reseal

__all__ = [
    "ask_about",
    "authorize",
    "choose_location",
    "connect",
    "disconnect",
    "find_receiving",
    "list_accounts",
    "list_locations",
    "onboard",
    "refresh_accounts",
    "require_connecting",
    "reseal",
]
