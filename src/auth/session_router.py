from http import HTTPStatus

from src.auth import service
from src.auth.exceptions import SessionNotFoundError
from src.auth.schemas import SessionRead
from src.core.clock import utc_now
from src.core.database import ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.identity import PrincipalDep
from src.core.pagination import Page, PageDep
from src.core.schemas import PathId

router = domain_router(tags=["auth"], prefix="/auth")


@router.get(
    "/sessions",
    operation_id="list_my_sessions",
    summary="Where am I logged in?",
    response_model=Page[SessionRead],
    responses=errors(UnauthorizedError, ValidationFailedError),
)
async def list_my_sessions(
    principal: PrincipalDep, session: ReadSessionDep, page: PageDep
) -> Page[SessionRead]:
    """My sessions that haven't ended, the latest used first; the one that asks has `is_current`."""
    sessions, total = await service.list_sessions(
        session, user_id=principal.user_id, now=utc_now(), page=page
    )
    return Page(
        items=[SessionRead.of(item, current_id=principal.session_id) for item in sessions],
        total=total,
        page=page.page,
        size=page.size,
    )


@router.delete(
    "/sessions/{session_id}",
    operation_id="end_my_session",
    summary="Log out on another device",
    status_code=HTTPStatus.NO_CONTENT,
    responses=errors(UnauthorizedError, SessionNotFoundError, ValidationFailedError),
)
async def end_my_session(session_id: PathId, principal: PrincipalDep, session: SessionDep) -> None:
    """Ends one of my sessions, this one too: its tokens are refused from the next request on."""
    await service.end_session(session, user_id=principal.user_id, session_id=session_id, now=utc_now())


@router.post(
    "/logout-all",
    operation_id="logout_all",
    summary="Log out everywhere",
    status_code=HTTPStatus.NO_CONTENT,
    responses=errors(UnauthorizedError),
)
async def logout_all(principal: PrincipalDep, session: SessionDep) -> None:
    """Ends all my sessions, this one included: their tokens are refused from the next request on."""
    await service.log_out_everywhere(session, user_id=principal.user_id, now=utc_now())
