from http import HTTPStatus

from src.companies.exceptions import CompanyNotFoundError
from src.core.database import ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, Idempotent
from src.core.identity import PrincipalDep
from src.core.pagination import Page, PageDep
from src.core.schemas import PathId
from src.messages.saved_replies import service
from src.messages.saved_replies.exceptions import SavedReplyNotFoundError, SavedReplyTitleTakenError
from src.messages.saved_replies.models import SavedReply
from src.messages.saved_replies.schemas import SavedReplyCreate, SavedReplyRead, SavedReplyUpdate
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["messages"], prefix="/companies/{company_id}/saved-replies")

_ERRORS = (UnauthorizedError, PermissionMissingError, CompanyNotFoundError, ValidationFailedError)


@router.get(
    "", response_model=Page[SavedReplyRead], operation_id="list_saved_replies", responses=errors(*_ERRORS)
)
async def list_saved_replies(
    company_id: PathId, session: ReadSessionDep, principal: PrincipalDep, page: PageDep
) -> Page[SavedReplyRead]:
    """What the company's people often answer, by title. For everybody who answers for any of its studios."""
    replies, total = await service.list_replies(
        session, principal=principal, company_id=company_id, page=page
    )
    items = [SavedReplyRead.model_validate(reply) for reply in replies]
    return Page(items=items, total=total, page=page.page, size=page.size)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=SavedReplyRead,
    operation_id="add_saved_reply",
    dependencies=[Idempotent],
    responses=errors(*_ERRORS, SavedReplyTitleTakenError, *IDEMPOTENCY_ERRORS),
)
async def add_saved_reply(
    company_id: PathId, body: SavedReplyCreate, session: SessionDep, principal: PrincipalDep
) -> SavedReply:
    """Keeps a text to answer with. For who answers for all of the company's studios; titles are unique."""
    return await service.add(session, principal=principal, company_id=company_id, body=body)


@router.patch(
    "/{reply_id}",
    response_model=SavedReplyRead,
    operation_id="change_saved_reply",
    responses=errors(*_ERRORS, SavedReplyNotFoundError, SavedReplyTitleTakenError),
)
async def change_saved_reply(
    company_id: PathId, reply_id: PathId, body: SavedReplyUpdate, session: SessionDep, principal: PrincipalDep
) -> SavedReply:
    """Changes what the body names; messages that were sent stay as they are."""
    return await service.change(
        session, principal=principal, company_id=company_id, reply_id=reply_id, body=body
    )


@router.delete(
    "/{reply_id}",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="remove_saved_reply",
    responses=errors(*_ERRORS, SavedReplyNotFoundError),
)
async def remove_saved_reply(
    company_id: PathId, reply_id: PathId, session: SessionDep, principal: PrincipalDep
) -> None:
    """Deletes it for good."""
    await service.remove(session, principal=principal, company_id=company_id, reply_id=reply_id)
