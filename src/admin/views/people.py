from typing import Any

from sqlalchemy import ColumnElement, func, or_

from src.admin.actions import Action, deactivate, reactivate, verify_address
from src.admin.models import AdminAction
from src.admin.views.base import Choice, ReadOnlyView, choice_of, link_to
from src.core.identity import Role
from src.users.models import User


def name_of(user: Any) -> str:
    return f"{user.firstname} {user.lastname}"


class UserView(ReadOnlyView, model=User):
    name, name_plural, icon = "User", "Users", "ti ti-user"
    listed = (
        "id",
        "email",
        "firstname",
        "lastname",
        "role",
        "email_verified_at",
        "deactivated_at",
        "created_at",
    )
    detailed = (*listed, "phone", "locale", "password_changed_at", "deleted_at", "updated_at")
    labels = {"email": "E-mail", "email_verified_at": "Address verified", "created_at": "Since"}
    search_hint = "id or e-mail address"
    choices = (
        choice_of(User.role, Role, "Role"),
        Choice("state", "State", {"deactivated": User.deactivated_at.is_not(None)}),
    )
    ways = {
        "Bookings": "booking/list?customer_id={id}",
        "What they reported": "report/list?reporter_id={id}",
        "What they did here": "admin-action/list?actor_id={id}",
    }
    actions = (
        Action(
            name="deactivate",
            label="Deactivate",
            question="They can't log in any more, and every session of theirs ends now. Their bookings stay.",
            run=deactivate,
            is_for=lambda user: user.deactivated_at is None,
            is_dangerous=True,
        ),
        Action(
            name="reactivate",
            label="Let them in again",
            question="They can log in again.",
            run=reactivate,
            is_for=lambda user: user.deactivated_at is not None and user.deleted_at is None,
        ),
        Action(
            name="verify",
            label="Verify the address",
            question="The address counts as theirs without the link of a mail: only when you know that it is.",
            run=verify_address,
            is_for=lambda user: user.email_verified_at is None and user.deleted_at is None,
        ),
    )

    def find(self, term: str) -> ColumnElement[bool]:
        return or_(super().find(term), func.lower(User.email) == func.lower(term))


class AdminActionView(ReadOnlyView, model=AdminAction):
    name, name_plural, icon = "Action", "Actions of staff", "ti ti-history"
    listed = detailed = ("id", "created_at", "actor_id", "subject", "subject_id", "action")
    labels = {"actor_id": "Who", "created_at": "When", "subject": "On", "subject_id": "Which"}
    scopes = ("actor_id",)
    shown_as = {
        "actor_id": link_to("user", "actor_id"),
        "subject_id": lambda done: link_to(done.subject, "subject_id")(done),
    }
