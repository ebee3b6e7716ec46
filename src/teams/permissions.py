"""What each role may do: the one table. Each domain's `policies.py` asks for a permission, never for a role.

The company's admins may do everything, wherever, and need not be members. What is the company's itself (its
data, its admins, the audit trail) is theirs alone: `companies.policies`. Members may be limited to some studios.
Of a closed company its admins may still read, and nobody may do more.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from src.teams.enums import TeamRole


class Permission(StrEnum):
    READ_TEAM = "team.read"
    MANAGE_TEAM = "team.manage"
    MANAGE_MANAGERS = "team.manage_managers"  # nobody makes, changes or removes their equals
    OPEN_STUDIO = "studio.open"
    SEE_STUDIO = "studio.see"  # also while it is a draft
    EDIT_STUDIO = "studio.edit"
    EDIT_ROOMS = "rooms.edit"
    EDIT_PRICES = "rooms.edit_prices"
    BLOCK_TIME = "rooms.block_time"
    HOST_EVENTS = "events.host"
    READ_BOOKINGS = "bookings.read"
    MANAGE_BOOKINGS = "bookings.manage"  # approve, decline, complete, no-show, move, walk-in
    CANCEL_BOOKINGS = "bookings.cancel"
    RECORD_PAYMENTS = "payments.record"
    REFUND = "payments.refund"
    READ_MONEY = "payments.read"
    CONNECT_PAYMENTS = "payments.connect"
    MANAGE_APPOINTMENTS = "appointments.manage"
    READ_MESSAGES = "messages.read"
    ANSWER_MESSAGES = "messages.answer"
    MANAGE_WEBHOOKS = "webhooks.manage"


# They change nothing: what is left of a closed company, and no administrator of the platform leaves a trace by them.
READING: Final = frozenset(
    {
        Permission.READ_TEAM,
        Permission.SEE_STUDIO,
        Permission.READ_BOOKINGS,
        Permission.READ_MONEY,
        Permission.READ_MESSAGES,
    }
)

_PROFESSIONAL: Final = frozenset({Permission.SEE_STUDIO, Permission.READ_TEAM})

_STAFF: Final = _PROFESSIONAL | {
    Permission.BLOCK_TIME,
    Permission.READ_BOOKINGS,
    Permission.MANAGE_BOOKINGS,
    Permission.RECORD_PAYMENTS,
    Permission.MANAGE_APPOINTMENTS,
    Permission.READ_MESSAGES,
    Permission.ANSWER_MESSAGES,
}

_MANAGER: Final = _STAFF | {
    Permission.MANAGE_TEAM,
    Permission.OPEN_STUDIO,
    Permission.EDIT_STUDIO,
    Permission.EDIT_ROOMS,
    Permission.EDIT_PRICES,
    Permission.HOST_EVENTS,
    Permission.CANCEL_BOOKINGS,
    Permission.REFUND,
    Permission.READ_MONEY,
}

ROLE_PERMISSIONS: Final[Mapping[TeamRole, frozenset[Permission]]] = {
    TeamRole.MANAGER: _MANAGER,
    TeamRole.STAFF: _STAFF,
    TeamRole.PROFESSIONAL: _PROFESSIONAL,
}


def roles_with(permission: Permission) -> list[TeamRole]:
    return [role for role, permissions in ROLE_PERMISSIONS.items() if permission in permissions]
