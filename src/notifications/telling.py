"""What a line of the table says: of which kind it is, whom it is told, and by which mail."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from sqlalchemy.ext.asyncio import AsyncSession

from src.core.ical import EntryIn
from src.notifications.kinds import NotificationKind
from src.users.models import User


@dataclass(frozen=True, slots=True)
class Recipient:
    """Without a user a guest, who gets mails only; without an address not even these. `key` tells people apart."""

    key: str
    firstname: str
    email: str | None
    locale: str
    user_id: int | None = None

    @classmethod
    def of(cls, user: User) -> Self:
        return cls(
            key=str(user.id), firstname=user.firstname, email=user.email, locale=user.locale, user_id=user.id
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """`key` names the cause among all of its kind: nobody is told of it twice. `params` are the mail's."""

    key: str
    recipients: Sequence[Recipient]
    facts: Mapping[str, Any]
    params: Mapping[str, Any] = field(default_factory=dict)
    entry: EntryIn | None = None
    about_user_id: int | None = None


@dataclass(frozen=True, slots=True)
class Telling:
    """`to` gives nothing where nobody has to hear of it (any more)."""

    kind: NotificationKind
    to: Callable[[AsyncSession, Any], Awaitable[News | None]]
    mail: str | None
