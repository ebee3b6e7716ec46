"""What the domain knows about a person, for their export."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.core.personal_data import written
from src.messages import repository
from src.messages.reports import repository as reports


async def export_messages(session: AsyncSession, user_id: int) -> list[dict[str, Any]]:
    """What the person wrote, for themself or for a studio; what others wrote to them is the others'."""
    return [
        {
            "id": message.id,
            "conversation_id": message.conversation_id,
            "address_id": address_id,
            "side": message.side,
            "booking_id": message.booking_id,
            "body": message.body,
            "attachments": [attachment.kind for attachment in message.attachments],
            "created_at": written(message.created_at),
        }
        for message, address_id in await repository.list_sent(session, user_id)
    ]


async def export_reports(session: AsyncSession, user_id: int) -> list[dict[str, Any]]:
    return [
        {
            "id": report.id,
            "message_id": report.message_id,
            "reason": report.reason,
            "note": report.note,
            "created_at": written(report.created_at),
        }
        for report in await reports.list_of_reporter(session, user_id)
    ]
