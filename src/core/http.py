"""How a request runs: one transaction, retried whole when it lost a deadlock, its refusals as problems."""

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from http import HTTPStatus
from typing import Any, cast

import orjson
import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from src.core import idempotency
from src.core.database import (
    DATABASE_ERRORS,
    Transaction,
    is_data_error,
    is_integrity_error,
    is_retryable,
    is_unavailable,
    violated_constraint,
)
from src.core.errors import (
    PROBLEM_MEDIA_TYPE,
    BadRequestError,
    BusyError,
    ConflictError,
    ContentTooLargeError,
    ForbiddenError,
    InvalidError,
    MalformedJsonError,
    MethodNotAllowedError,
    NotFoundError,
    ProblemError,
    UnauthorizedError,
    UnavailableError,
    ValidationFailedError,
    problem_document,
)
from src.core.identity import identify
from src.core.limits import Budget, Limiter, TooManyRequestsError
from src.core.routing import API_PREFIX

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 3

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class TransactionalRoute(APIRoute):
    """Owns the exit stack in which `SessionDep` commits, so that it can run the whole transaction again."""

    def get_route_handler(self) -> Handler:
        handler = super().get_route_handler()
        takes_upload = self.max_body_size is not None

        async def handle(request: Request) -> Response:
            try:
                if takes_upload:
                    await _admit_upload(request)
                return await _run(handler, request)
            except ProblemError as error:
                await _remember_refusal(request, error)
                raise

        return handle


async def _admit_upload(request: Request) -> None:
    """Who it is and how often they do it, before megabytes are read: FastAPI reads a body before any dependency."""
    request.state.idempotency = None
    principal = await identify(request)
    limit = request.app.state.settings.upload_limit_per_user
    limiter: Limiter = request.app.state.limiter
    await limiter.spend(Budget.of(limit, name="upload", whose=str(principal.user_id)))


async def _run(handler: Handler, request: Request) -> Response:
    for attempt in range(1, MOST_ATTEMPTS + 1):
        try:
            return await _attempt(handler, request)
        except DATABASE_ERRORS as error:
            if attempt == MOST_ATTEMPTS or not _may_win_next_time(error):
                raise translate(error) from error
    raise AssertionError("unreachable")


async def _attempt(handler: Handler, request: Request) -> Response:
    request.state.idempotency = None
    try:
        async with AsyncExitStack() as stack:
            # FastAPI closes its own "function" stack around the handler; ours, inside, can be opened again.
            request.scope["fastapi_function_astack"] = stack
            response = await handler(request)
            if (pending := _pending_key(request)) is not None:
                await idempotency.remember(_session(request), pending, response)
            return response
    except idempotency.ReplayError as replay:
        return replay.response


async def _remember_refusal(request: Request, error: ProblemError) -> None:
    """A refusal is the answer to its key too, unless the same request may fare better: logged in, allowed, later."""
    pending = _pending_key(request)
    is_passing = isinstance(error, UnauthorizedError | ForbiddenError | BusyError | TooManyRequestsError)
    is_lasting = error.status < HTTPStatus.INTERNAL_SERVER_ERROR and not is_passing
    if pending is not None and is_lasting:
        refusal = problem_response(request, error)
        await idempotency.remember_refusal(request.app.state.database, pending, refusal)


def _pending_key(request: Request) -> idempotency.PendingKey | None:
    return cast("idempotency.PendingKey | None", request.state.idempotency)


def _session(request: Request) -> Transaction:
    return cast("Transaction", request.state.session)


def _may_win_next_time(error: BaseException) -> bool:
    return is_retryable(error) or violated_constraint(error) == idempotency.RECORD_CONSTRAINT


def translate(error: BaseException) -> ProblemError:
    """What the caller is told when the database refused; an error nobody foresaw is raised as it is."""
    if is_retryable(error):
        return BusyError()
    if is_integrity_error(error):
        known = ProblemError.of_constraint(violated_constraint(error))
        if known is None:
            log.warning("constraint_without_error", constraint=violated_constraint(error))
        return known() if known else ConflictError()
    if is_data_error(error):
        return InvalidError("A value is out of range or holds a character that can't be stored.")
    if is_unavailable(error):
        log.warning("database_unavailable", error=type(error).__name__)
        return UnavailableError("The database does not answer; try again in a moment.")
    raise error


def domain_router(*, tags: list[str], prefix: str = "") -> APIRouter:
    """A domain's routes under the documented prefix; `main` adds them to the application as they are."""
    return APIRouter(tags=list(tags), prefix=API_PREFIX + prefix, route_class=TransactionalRoute)


class JsonResponse(Response):
    """JSON that is text already: built by the database or by orjson, not to be parsed and validated again."""

    media_type = "application/json"

    def __init__(self, content: str | bytes, status_code: int = 200) -> None:
        super().__init__(content, status_code=int(status_code))


def problem_response(request: Request, error: ProblemError) -> Response:
    document = problem_document(error, request_id=getattr(request.state, "request_id", None))
    return Response(
        orjson.dumps(document),
        status_code=int(error.status),
        media_type=PROBLEM_MEDIA_TYPE,
        headers=error.headers,
    )


def install_error_handlers(app: FastAPI) -> None:
    async def on_problem(request: Request, error: Exception) -> Response:
        return problem_response(request, cast("ProblemError", error))

    async def on_validation(request: Request, error: Exception) -> Response:
        return problem_response(request, _validation_problem(cast("RequestValidationError", error)))

    async def on_http(request: Request, error: Exception) -> Response:
        return problem_response(request, _http_problem(request, cast("HTTPException", error)))

    handlers: dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
        ProblemError: on_problem,
        RequestValidationError: on_validation,
        HTTPException: on_http,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def _validation_problem(error: RequestValidationError) -> ProblemError:
    """Never echoes the input: it may hold a secret or what JSON can't carry."""
    found = error.errors()
    if any(item["type"] == "json_invalid" for item in found):
        return MalformedJsonError()
    fields = [
        {
            "field": ".".join(str(part) for part in item["loc"]),
            "message": item["msg"].removeprefix("Value error, "),
            "code": item["type"],
        }
        for item in found
    ]
    return ValidationFailedError(errors=fields)


def _http_problem(request: Request, error: HTTPException) -> ProblemError:
    is_json = "json" in request.headers.get("content-type", "")
    kinds: dict[int, type[ProblemError]] = {
        400: MalformedJsonError if is_json else BadRequestError,  # not even text
        404: NotFoundError,
        405: MethodNotAllowedError,
        413: ContentTooLargeError,
    }
    problem = kinds.get(error.status_code, BadRequestError)()
    problem.headers.update(error.headers or {})
    return problem
