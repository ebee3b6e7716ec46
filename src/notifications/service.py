"""What people do with what they were told; how they come to be told is in `delivery.py`."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from src.core import live
from src.core.config import Settings
from src.core.identity import Principal
from src.core.mail import unsubscribing
from src.notifications import repository
from src.notifications.exceptions import (
    MailNotOptionalError,
    NotificationNotFoundError,
    UnsubscribeLinkInvalidError,
)
from src.notifications.kinds import KINDS, NotificationKind
from src.notifications.schemas import (
    NotificationFilter,
    NotificationRead,
    PreferenceRead,
    PreferencesRead,
    PreferencesUpdate,
)
from src.notifications.wording import Voice, voice_of
from src.users import service as users

READ: Final = "notification_read"
ALL_READ: Final = "notifications_read"


async def list_notifications(
    session: AsyncSession, *, principal: Principal, wanted: NotificationFilter
) -> tuple[Sequence[NotificationRead], str | None]:
    found, next_cursor = await repository.list_page(session, principal.user_id, wanted)
    voice = await _voice(session, principal.user_id)
    return [NotificationRead.of(notification, voice) for notification in found], next_cursor


async def count_unread(session: AsyncSession, *, principal: Principal) -> int:
    return await repository.count_unread(session, principal.user_id)


async def mark_read(session: AsyncSession, *, principal: Principal, notification_id: int) -> NotificationRead:
    """Again it changes nothing. Raises `NotificationNotFoundError`."""
    user_id = principal.user_id
    voice = await _voice(session, user_id)
    marked = await repository.mark_read(session, notification_id, user_id=user_id)
    if marked is not None:
        await live.append(session, kind=READ, news={user_id: {"id": marked.id}})
        return NotificationRead.of(marked, voice)
    read = await repository.find_own(session, notification_id, user_id=user_id)
    if read is None:
        raise NotificationNotFoundError
    return NotificationRead.of(read, voice)


async def mark_all_read(session: AsyncSession, *, principal: Principal) -> None:
    up_to_id = await repository.mark_all_read(session, principal.user_id)
    if up_to_id is not None:
        await live.append(session, kind=ALL_READ, news={principal.user_id: {"up_to_id": up_to_id}})


async def get_preferences(session: AsyncSession, *, user_id: int) -> PreferencesRead:
    chosen = {choice.kind: choice for choice in await repository.list_preferences(session, [user_id])}
    voice = await _voice(session, user_id)
    return PreferencesRead(
        preferences=[
            PreferenceRead(
                kind=kind,
                label=voice.label(kind),
                in_app=kind not in chosen or chosen[kind].in_app,
                email=not about.is_mail_optional or kind not in chosen or chosen[kind].email,
                is_email_optional=about.is_mail_optional,
            )
            for kind, about in KINDS.items()
        ]
    )


async def replace_preferences(
    session: AsyncSession, *, principal: Principal, body: PreferencesUpdate
) -> PreferencesRead:
    """Raises `MailNotOptionalError`."""
    locked = [c.kind for c in body.preferences if not c.email and not KINDS[c.kind].is_mail_optional]
    if locked:
        raise MailNotOptionalError(kinds=locked)
    choices = [choice.model_dump() for choice in body.preferences]
    await repository.replace_preferences(session, principal.user_id, choices)
    return await get_preferences(session, user_id=principal.user_id)


async def mute_mails(session: AsyncSession, *, user_id: int, kind: NotificationKind) -> None:
    """No more mails of this kind, whatever else was chosen; does nothing for one that can't be switched off."""
    if KINDS[kind].is_mail_optional:
        await repository.mute_mails(session, user_id, kind)


async def unsubscribe(session: AsyncSession, *, token: str, settings: Settings) -> None:
    """Raises `UnsubscribeLinkInvalidError`. The link never ends: mails are opened years later."""
    wish = unsubscribing.read_token(token, secret=settings.secret_key.get_secret_value())
    if wish is None:
        raise UnsubscribeLinkInvalidError
    if wish.kind in set(NotificationKind):
        await mute_mails(session, user_id=wish.user_id, kind=NotificationKind(wish.kind))


async def forget_old(session: AsyncSession, *, settings: Settings) -> int:
    """A batch of notifications, and live events; returns how many notifications."""
    await repository.forget_live_events(session, timedelta(hours=settings.live_event_hours))
    return await repository.forget_notifications(session, timedelta(days=settings.notification_days))


async def forget_user(session: AsyncSession, *, user_id: int) -> None:
    """Their row is anonymous already."""
    nobody = await users.get_user(session, user_id=user_id)
    await repository.forget_user(session, user_id, name=f"{nobody.firstname} {nobody.lastname}")


async def export_notifications(session: AsyncSession, user_id: int) -> dict[str, Any]:
    told = await repository.list_all(session, user_id)
    voice = await _voice(session, user_id)
    preferences = await get_preferences(session, user_id=user_id)
    return {
        "told": [NotificationRead.of(notification, voice).model_dump(mode="json") for notification in told],
        **preferences.model_dump(mode="json"),
    }


async def _voice(session: AsyncSession, user_id: int) -> Voice:
    return voice_of((await users.get_user(session, user_id=user_id)).locale)
