from collections.abc import Sequence

from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.pagination import paginate_by_cursor
from src.messages.models import Conversation, Message
from src.messages.reports.enums import ReportStatus
from src.messages.reports.models import Report
from src.messages.reports.schemas import ReportFilter
from src.users.models import User

# With the message, its sender, and the studio of the conversation.
ReportRow = Row[Report, Message, User, int]


def _reports() -> Select[Report, Message, User, int]:
    return (
        select(Report, Message, User, Conversation.address_id)
        .join(Message, Message.id == Report.message_id)
        .join(User, User.id == Message.sender_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .execution_options(populate_existing=True)
    )


async def insert(session: AsyncSession, report: Report) -> None:
    session.add(report)
    await session.flush()


async def find(session: AsyncSession, report_id: int) -> ReportRow | None:
    return (await session.execute(_reports().where(Report.id == report_id))).one_or_none()


async def list_reports(session: AsyncSession, wanted: ReportFilter) -> tuple[Sequence[ReportRow], str | None]:
    rows = _reports()
    if wanted.status is not None:
        rows = rows.where(Report.status == wanted.status)
    return await paginate_by_cursor(session, rows, wanted, key=Report.id)


async def resolve(
    session: AsyncSession, report_id: int, *, status: ReportStatus, resolution: str, resolved_by_id: int
) -> bool:
    """False when somebody was faster."""
    resolved = (
        update(Report)
        .where(Report.id == report_id, Report.status == ReportStatus.OPEN)
        .values(
            status=status,
            resolution=resolution,
            resolved_by_id=resolved_by_id,
            resolved_at=func.clock_timestamp(),
        )
    )
    return await session.scalar(resolved.returning(Report.id)) is not None


async def list_of_reporter(session: AsyncSession, reporter_id: int) -> Sequence[Report]:
    theirs = select(Report).where(Report.reporter_id == reporter_id).order_by(Report.id)
    return (await session.scalars(theirs)).all()
