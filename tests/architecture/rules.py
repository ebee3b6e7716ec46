"""What a route may ask of whoever uses it, and what each of the actors in `scene.py` gets for an answer then."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from typing import Any

from src.teams.enums import TeamRole
from src.teams.permissions import ROLE_PERMISSIONS, Permission

UNAUTHORIZED, FORBIDDEN, NOT_FOUND = HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND

Body = Callable[[Mapping[str, Any]], Any]


class Where(Enum):
    """To which of the company's studios a member is limited."""

    EVERYWHERE = "all of them"
    HERE = "the one that the route is about"
    ELSEWHERE = "another one"


@dataclass(frozen=True)
class Actor:
    """Somebody of the scene. The facts are about the company that the routes are tried on."""

    name: str
    headers: Mapping[str, str]
    is_anonymous: bool = False
    is_platform_admin: bool = False
    is_company_admin: bool = False
    is_customer: bool = False  # of its booking
    is_member: bool = False  # the very member that the route is about
    role: TeamRole | None = None
    where: Where = Where.EVERYWHERE

    def has(self, permission: Permission, *, at_studio: bool) -> bool:
        if self.is_platform_admin or self.is_company_admin:
            return True
        if self.role is None or permission not in ROLE_PERMISSIONS[self.role]:
            return False
        return self.where is Where.EVERYWHERE or (at_studio and self.where is Where.HERE)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """`may` decides; who may not gets `refusal`. `body` gets the scene's ids and returns JSON, or a `Form`."""

    may: Callable[[Actor], bool]
    refusal: HTTPStatus = FORBIDDEN
    is_open: bool = False
    is_own: bool = False  # about one's own things: whatever else is refused has other reasons
    at_studio: bool = False
    permission: Permission | None = None
    body: Body | None = None
    query: Mapping[str, str] = field(default_factory=dict)

    def expected(self, actor: Actor) -> HTTPStatus | None:
        """None: may."""
        if self.is_open:
            return None
        if actor.is_anonymous:
            return UNAUTHORIZED
        return None if self.may(actor) else self.refusal


@dataclass(frozen=True)
class Form:
    """A body that isn't JSON."""

    data: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)


def _anybody(_: Actor) -> bool:
    return True


def anybody() -> Rule:
    return Rule(may=_anybody, is_open=True)


def logged_in(body: Body | None = None) -> Rule:
    """Whoever is logged in, about their own things."""
    return Rule(may=_anybody, is_own=True, body=body)


def platform_admin(body: Body | None = None) -> Rule:
    return Rule(may=lambda actor: actor.is_platform_admin, body=body)


def company_admin(body: Body | None = None) -> Rule:
    """What is the company's itself."""
    return Rule(may=lambda actor: actor.is_platform_admin or actor.is_company_admin, body=body)


def company_wide(permission: Permission, body: Body | None = None) -> Rule:
    """The permission for the company as a whole: members limited to some studios don't have it."""
    return Rule(may=lambda actor: actor.has(permission, at_studio=False), permission=permission, body=body)


def at_studio(permission: Permission, body: Body | None = None) -> Rule:
    """The permission for the one studio. Of a draft, who may not see it gets 404."""
    return Rule(
        may=lambda actor: actor.has(permission, at_studio=True),
        at_studio=True,
        permission=permission,
        body=body,
    )


def at_event(permission: Permission, body: Body | None = None) -> Rule:
    """The permission for the studio of an event, which is public here."""
    return Rule(may=lambda actor: actor.has(permission, at_studio=True), permission=permission, body=body)


def somewhere(permission: Permission, query: Mapping[str, str] | None = None) -> Rule:
    """The permission for any of the company's studios: those that a member is limited to are what they see."""
    return Rule(
        may=lambda actor: (
            actor.has(permission, at_studio=False)
            or (actor.role is not None and permission in ROLE_PERMISSIONS[actor.role])
        ),
        permission=permission,
        query=query or {},
    )


def member_or(permission: Permission, body: Body | None = None) -> Rule:
    """The member themself, or the permission for the company as a whole."""
    return Rule(
        may=lambda actor: actor.is_member or actor.has(permission, at_studio=False),
        permission=permission,
        body=body,
    )


def member_only(body: Body | None = None) -> Rule:
    """The member themself, and nobody in their place."""
    return Rule(may=lambda actor: actor.is_member, body=body)


def customer_only(body: Body | None = None) -> Rule:
    """The customer of the booking; for others there is none."""
    return Rule(may=lambda actor: actor.is_customer, refusal=NOT_FOUND, body=body)


def customer_or(permission: Permission, body: Body | None = None) -> Rule:
    """The customer of the booking and the owner's side. For who may not read it there is none."""
    return Rule(
        may=lambda actor: actor.is_customer or actor.has(permission, at_studio=True),
        refusal=NOT_FOUND,
        permission=permission,
        body=body,
    )


def between_two(permission: Permission, body: Body | None = None) -> Rule:
    """The customer of the conversation and the studio; for others there is none, even for administrators."""
    return Rule(
        may=lambda actor: (
            actor.is_customer or (actor.has(permission, at_studio=True) and not actor.is_platform_admin)
        ),
        refusal=NOT_FOUND,
        permission=permission,
        body=body,
    )


def owner_side(permission: Permission, body: Body | None = None) -> Rule:
    """Of a booking: its customer, and who may only read it, get 403; for others there is none."""
    return Rule(
        may=lambda actor: actor.has(permission, at_studio=True),
        refusal=NOT_FOUND,
        permission=permission,
        body=body,
    )


def at_open_studio(permission: Permission, body: Body | None = None) -> Rule:
    """The permission for one studio that is on the market, so that everybody may know of it."""
    return Rule(may=lambda actor: actor.has(permission, at_studio=True), permission=permission, body=body)
