"""From an event to rows, mails and streams, by the table and by what people have chosen."""

from collections import defaultdict
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from src.core import live
from src.core.events import Event
from src.core.mail import service as mail
from src.notifications import repository
from src.notifications.kinds import KINDS
from src.notifications.models import NotificationPreference
from src.notifications.schemas import NotificationRead
from src.notifications.telling import News, Recipient, Telling
from src.notifications.tellings.table import TELLINGS
from src.notifications.wording import voice_of

LIVE: Final = "notification"


async def tell(session: AsyncSession, event: Event) -> None:
    """Everybody whom the event concerns, each once. The one handler of all events that people hear of."""
    told: dict[int, list[NotificationRead]] = defaultdict(list)
    for telling in TELLINGS[type(event)]:
        news = await telling.to(session, event)
        if news is not None and news.recipients:
            for user_id, notification in await _deliver(session, telling, news):
                told[user_id].append(notification)
    await _show(session, told)


async def _show(session: AsyncSession, told: dict[int, list[NotificationRead]]) -> None:
    """At the end, and all people at once: it locks them. Whoever is told of two things is locked at the second."""
    while told:
        news = {user_id: theirs[0].model_dump(mode="json") for user_id, theirs in told.items()}
        await live.append(session, kind=LIVE, news=news)
        told = {user_id: theirs[1:] for user_id, theirs in told.items() if theirs[1:]}


async def _deliver(session: AsyncSession, telling: Telling, news: News) -> list[tuple[int, NotificationRead]]:
    """Of those who have an account, want it, and haven't been told before."""
    voices = {who.user_id: voice_of(who.locale) for who in news.recipients if who.user_id is not None}
    user_ids = list(voices)
    chosen = {
        choice.user_id: choice
        for choice in await repository.list_preferences(session, user_ids, telling.kind)
    }
    for who in news.recipients:
        if telling.mail is not None and _wants_mail(telling, chosen.get(who.user_id or 0)):
            await _queue_mail(session, telling, telling.mail, news, who)
    rows = [
        {
            "user_id": user_id,
            "kind": telling.kind,
            "key": f"{telling.kind}:{news.key}",
            "facts": dict(news.facts),
            "about_user_id": news.about_user_id,
        }
        for user_id in user_ids
        if user_id not in chosen or chosen[user_id].in_app
    ]
    new = await repository.insert_unless_told(session, rows)
    return [(row.user_id, NotificationRead.of(row, voices[row.user_id])) for row in new]


def _wants_mail(telling: Telling, choice: NotificationPreference | None) -> bool:
    return choice is None or choice.email or not KINDS[telling.kind].is_mail_optional


async def _queue_mail(
    session: AsyncSession, telling: Telling, template: str, news: News, who: Recipient
) -> None:
    """A guest has nowhere to switch a mail off."""
    is_optional = KINDS[telling.kind].is_mail_optional and who.user_id is not None
    if who.email is not None:
        await mail.queue(
            session,
            key=f"{template}:{news.key}:{who.key}",
            template=template,
            recipient=who.email,
            locale=who.locale,
            user_id=who.user_id,
            kind=telling.kind,
            is_transactional=not is_optional,
            params={**news.params, "firstname": who.firstname},
            calendar_entry=news.entry(who.locale) if news.entry else None,
        )
