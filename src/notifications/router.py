from http import HTTPStatus
from typing import Annotated

from fastapi import Query

from src.core.config import SettingsDep
from src.core.database import ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.identity import PrincipalDep
from src.core.pagination import CursorPage
from src.core.schemas import Opaque, PathId
from src.notifications import service
from src.notifications.exceptions import (
    MailNotOptionalError,
    NotificationNotFoundError,
    UnsubscribeLinkInvalidError,
)
from src.notifications.schemas import (
    NotificationFilter,
    NotificationRead,
    PreferencesRead,
    PreferencesUpdate,
    UnreadCount,
)

router = domain_router(tags=["notifications"], prefix="/notifications")


@router.get(
    "",
    response_model=CursorPage[NotificationRead],
    operation_id="list_notifications",
    responses=errors(UnauthorizedError, ValidationFailedError),
)
async def list_notifications(
    session: ReadSessionDep, principal: PrincipalDep, wanted: Annotated[NotificationFilter, Query()]
) -> CursorPage[NotificationRead]:
    """What you were told, newest first; kept for half a year. New ones come by `GET /notifications/stream`."""
    items, next_cursor = await service.list_notifications(session, principal=principal, wanted=wanted)
    return CursorPage(items=items, next_cursor=next_cursor)


@router.get(
    "/unread-count",
    response_model=UnreadCount,
    operation_id="count_unread_notifications",
    responses=errors(UnauthorizedError),
)
async def count_unread_notifications(session: ReadSessionDep, principal: PrincipalDep) -> UnreadCount:
    """How many of them you haven't marked as read: the number on the bell."""
    return UnreadCount(unread=await service.count_unread(session, principal=principal))


@router.patch(
    "/{notification_id}/read",
    response_model=NotificationRead,
    operation_id="mark_notification_read",
    responses=errors(UnauthorizedError, NotificationNotFoundError, ValidationFailedError),
)
async def mark_notification_read(
    notification_id: PathId, session: SessionDep, principal: PrincipalDep
) -> NotificationRead:
    """Marks one as read; again it stays as it is. Your other devices hear of it: `notification_read`."""
    return await service.mark_read(session, principal=principal, notification_id=notification_id)


@router.post(
    "/read-all",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="mark_all_notifications_read",
    responses=errors(UnauthorizedError),
)
async def mark_all_notifications_read(session: SessionDep, principal: PrincipalDep) -> None:
    """Marks all of yours as read. Your other devices hear of it: `notifications_read`, with the highest id."""
    await service.mark_all_read(session, principal=principal)


@router.get(
    "/preferences",
    response_model=PreferencesRead,
    operation_id="get_notification_preferences",
    responses=errors(UnauthorizedError),
)
async def get_notification_preferences(session: ReadSessionDep, principal: PrincipalDep) -> PreferencesRead:
    """What you are told of, in the product and by mail: every kind there is, with words for the screen.

    Those that begin with `studio_` reach people who work for a studio.
    """
    return await service.get_preferences(session, user_id=principal.user_id)


@router.put(
    "/preferences",
    response_model=PreferencesRead,
    operation_id="replace_notification_preferences",
    responses=errors(UnauthorizedError, MailNotOptionalError, ValidationFailedError),
)
async def replace_notification_preferences(
    body: PreferencesUpdate, session: SessionDep, principal: PrincipalDep
) -> PreferencesRead:
    """Replaces your choices; of a kind that you leave out you are told everything again.

    Mails about what you have booked, your money and your account can't be switched off (`is_email_optional`).
    """
    return await service.replace_preferences(session, principal=principal, body=body)


@router.post(
    "/unsubscribe",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="unsubscribe_from_mails",
    responses=errors(UnsubscribeLinkInvalidError, ValidationFailedError),
)
async def unsubscribe_from_mails(
    token: Annotated[Opaque, Query(description="Of the mail's header List-Unsubscribe")],
    session: SessionDep,
    settings: SettingsDep,
) -> None:
    """Ends the mails of one kind to one person, without a log-in: mail programs call it (RFC 8058), with any body.

    Works again and again, and is taken back in the preferences.
    """
    await service.unsubscribe(session, token=token, settings=settings)
