"""That somebody is writing: told to the other side at this moment, and kept nowhere."""

from sqlalchemy.ext.asyncio import AsyncSession

from src.core import live
from src.core.config import Settings
from src.core.database import Database
from src.core.identity import Principal
from src.core.limits import Budget, Limiter
from src.core.live import Signals
from src.messages.enums import Side
from src.messages.service.facts import list_people
from src.messages.service.read import require_side
from src.teams.permissions import Permission


async def signal_typing(
    database: Database,
    *,
    principal: Principal,
    conversation_id: int,
    limiter: Limiter,
    signals: Signals,
    settings: Settings,
) -> None:
    """Call it outside of a transaction.

    Raises `ConversationNotFoundError`, `PermissionMissingError`, `TooManyRequestsError`.
    """
    limit = settings.typing_limit_per_user
    await limiter.spend(Budget.of(limit, name="typing", whose=str(principal.user_id)))
    async with database.reading() as session:
        side, others = await _sides(session, principal, conversation_id)
    await live.signal(
        signals,
        user_ids=others,
        kind="typing",
        data={"conversation_id": conversation_id, "side": side},
    )


async def _sides(session: AsyncSession, principal: Principal, conversation_id: int) -> tuple[Side, list[int]]:
    side = await require_side(
        session,
        principal=principal,
        conversation_id=conversation_id,
        permission=Permission.ANSWER_MESSAGES,
    )
    return side, await list_people(session, conversation_id=conversation_id, side=side.other)
