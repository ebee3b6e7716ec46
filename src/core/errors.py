"""Typed errors and the RFC 9457 problem documents they become.

A service raises a subclass of `ProblemError`; a router declares it with `errors(…)`, so that it shows in
OpenAPI. `code` is stable: clients branch on it.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

PROBLEM_MEDIA_TYPE = "application/problem+json"


class ProblemError(Exception):
    """Anything that the caller is told about. `members` are extra members of the document.

    Where the database keeps the promise, `constraint` names the constraint whose violation is this error.
    """

    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR
    code: ClassVar[str] = "internal_error"
    detail: ClassVar[str] = "Something went wrong on our side."
    constraint: ClassVar[str | None] = None

    _by_constraint: ClassVar[dict[str, type["ProblemError"]]] = {}

    def __init_subclass__(cls) -> None:
        if cls.constraint is not None:
            cls._by_constraint.setdefault(cls.constraint, cls)

    @classmethod
    def of_constraint(cls, name: str | None) -> type["ProblemError"] | None:
        return cls._by_constraint.get(name or "")

    def __init__(
        self, detail: str | None = None, *, headers: Mapping[str, str] | None = None, **members: Any
    ) -> None:
        self.message = detail or self.detail
        self.headers = dict(headers or {})
        self.members = members
        super().__init__(self.message)


class BadRequestError(ProblemError):
    status = HTTPStatus.BAD_REQUEST
    code = "bad_request"
    detail = "The request could not be understood."


class MalformedJsonError(BadRequestError):
    code = "malformed_json"
    detail = "The body is not valid JSON."


class UnauthorizedError(ProblemError):
    status = HTTPStatus.UNAUTHORIZED
    code = "not_authenticated"
    detail = "Log in first: the access token is missing."

    def __init__(self, detail: str | None = None, **members: Any) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"}, **members)


class ForbiddenError(ProblemError):
    status = HTTPStatus.FORBIDDEN
    code = "forbidden"
    detail = "You may not do this."


class NotFoundError(ProblemError):
    status = HTTPStatus.NOT_FOUND
    code = "not_found"
    detail = "There is no such thing, or you may not see it."


class MethodNotAllowedError(ProblemError):
    status = HTTPStatus.METHOD_NOT_ALLOWED
    code = "method_not_allowed"
    detail = "This address does not know this method."


class ContentTooLargeError(ProblemError):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "content_too_large"
    detail = "The body is larger than we accept."


class ConflictError(ProblemError):
    status = HTTPStatus.CONFLICT
    code = "conflict"
    detail = "This contradicts something that already exists."


class InvalidError(ProblemError):
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "invalid"
    detail = "The request is well-formed but can't be carried out."


class ValidationFailedError(InvalidError):
    code = "validation_failed"
    detail = "Some fields are not valid; `errors` says which and why."


class UnavailableError(ProblemError):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "temporarily_unavailable"
    detail = "A part we depend on does not answer; try again in a moment."

    def __init__(self, detail: str | None = None, *, retry_after_seconds: int = 2) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_seconds)})


class BusyError(ConflictError):
    """Lost every retry of a deadlock or serialization failure."""

    code = "try_again"
    detail = "Others were changing the same thing; try again."


class FieldProblem(BaseModel):
    """One field of the request that is not valid."""

    field: str = Field(examples=["body.starts_at"], description="Where it stands in the request")
    message: str = Field(examples=["Input should be a valid datetime"])
    code: str = Field(examples=["datetime_parsing"])


class Problem(BaseModel):
    """RFC 9457 problem document; sent as `application/problem+json`."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["urn:downbeat:problem:slot_taken"])
    title: str = Field(examples=["Conflict"])
    status: int = Field(examples=[409])
    detail: str = Field(examples=["Somebody else has taken this time."])
    code: str = Field(examples=["slot_taken"], description="Stable; branch on this")
    request_id: str | None = Field(default=None, description="Quote it when you ask for help")
    errors: list[FieldProblem] | None = None


def problem_document(error: ProblemError, *, request_id: str | None) -> dict[str, Any]:
    return {
        "type": f"urn:downbeat:problem:{error.code}",
        "title": error.status.phrase,
        "status": int(error.status),
        "detail": error.message,
        "code": error.code,
        "request_id": request_id,
        **error.members,
    }


def errors(*kinds: type[ProblemError]) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route: one entry a status, an example for each error."""
    responses: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        response = responses.setdefault(
            int(kind.status),
            {
                "model": Problem,
                "description": kind.status.phrase,
                "content": {PROBLEM_MEDIA_TYPE: {"examples": {}}},
            },
        )
        example = problem_document(kind(), request_id="5f0c9d1e")
        response["content"][PROBLEM_MEDIA_TYPE]["examples"][kind.code] = {
            "summary": kind.detail,
            "value": example,
        }
    return responses
