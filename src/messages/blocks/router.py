from http import HTTPStatus

from src.core.database import SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.identity import PrincipalDep
from src.core.schemas import PathId
from src.messages.blocks import service
from src.messages.exceptions import ConversationNotFoundError
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["messages"], prefix="/messages/conversation/{conversation_id}/block")

_ERRORS = (UnauthorizedError, PermissionMissingError, ConversationNotFoundError, ValidationFailedError)


@router.put(
    "",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="block_conversation",
    responses=errors(*_ERRORS),
)
async def block_conversation(conversation_id: PathId, session: SessionDep, principal: PrincipalDep) -> None:
    """Your side gets no more messages from the other, in any studio of the company; nor can it write any itself.

    What was written stays. Bookings and their mails are not touched.
    """
    await service.set_block(session, principal=principal, conversation_id=conversation_id, is_blocked=True)


@router.delete(
    "",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="unblock_conversation",
    responses=errors(*_ERRORS),
)
async def unblock_conversation(conversation_id: PathId, session: SessionDep, principal: PrincipalDep) -> None:
    """Takes your side's block back; the other side's, if there is one, stands."""
    await service.set_block(session, principal=principal, conversation_id=conversation_id, is_blocked=False)
