from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from src.admin.models import AdminAction


async def insert_unless_sent(
    session: AsyncSession, *, form_key: str, actor_id: int, subject: str, subject_id: int, action: str
) -> bool:
    """False when this form was sent before. Of two at once the second waits for the first."""
    row = insert(AdminAction).values(
        form_key=form_key, actor_id=actor_id, subject=subject, subject_id=subject_id, action=action
    )
    once = row.on_conflict_do_nothing(index_elements=[AdminAction.form_key])
    return await session.scalar(once.returning(AdminAction.id)) is not None


async def list_of_actor(session: AsyncSession, user_id: int) -> Sequence[AdminAction]:
    done = select(AdminAction).where(AdminAction.actor_id == user_id).order_by(AdminAction.id)
    return (await session.scalars(done)).all()
