"""Lists by page number: `?page=2&size=20` → `{items, total, page, size}`.

What grows at its top while it is read (messages, notifications, ledgers, the audit trail) goes by cursor:
`?cursor=…&size=20` → `{items, next_cursor}`. Nothing is shown twice or left out then, and no page is dear.
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from src.core.schemas import LARGEST_ID

LARGEST_PAGE_SIZE = 100
LAST_PAGE = 10_000

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    items: Sequence[T]
    total: int = Field(description="How many there are on all pages")
    page: int
    size: int


class PageRequest(BaseModel):
    page: Annotated[int, Query(ge=1, le=LAST_PAGE)] = 1
    size: Annotated[int, Query(ge=1, le=LARGEST_PAGE_SIZE)] = 20

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.size


async def get_page_request(
    page: Annotated[int, Query(ge=1, le=LAST_PAGE)] = 1,
    size: Annotated[int, Query(ge=1, le=LARGEST_PAGE_SIZE)] = 20,
) -> PageRequest:
    return PageRequest(page=page, size=size)


PageDep = Annotated[PageRequest, Depends(get_page_request)]


async def paginate(
    session: AsyncSession, statement: Select[Any], page: PageRequest
) -> tuple[Sequence[Any], int]:
    """Objects of one page and the total, for statements that select one entity and state their order."""
    total = await session.scalar(select(func.count()).select_from(statement.order_by(None).subquery()))
    items = (await session.scalars(statement.limit(page.size).offset(page.offset))).all()
    return items, total or 0


class CursorPage(BaseModel, Generic[T]):
    """Newest first."""

    items: Sequence[T]
    next_cursor: str | None = Field(
        description="Ask again with it as `cursor` for the older ones; null at the end",
        examples=["MTA0Mg"],
    )


def _read_cursor(value: Any) -> Any:
    """The id behind which the page begins."""
    if not isinstance(value, str):
        return value
    try:
        return int(base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise ValueError("not a cursor of this list") from error


def _write_cursor(last_id: int) -> str:
    return base64.urlsafe_b64encode(str(last_id).encode()).decode().rstrip("=")


class CursorRequest(BaseModel):
    """Part of a list's filter: `class AuditFilter(CursorRequest, RequestModel)`."""

    cursor: Annotated[
        int | None,
        BeforeValidator(_read_cursor),
        Field(ge=1, le=LARGEST_ID, description="`next_cursor` of the page before"),
        WithJsonSchema({"type": "string", "maxLength": 30}),
    ] = None
    size: Annotated[int, Query(ge=1, le=LARGEST_PAGE_SIZE)] = 20


async def paginate_by_cursor(
    session: AsyncSession,
    statement: Select[*tuple[Any, ...]],
    wanted: CursorRequest,
    *,
    key: InstrumentedAttribute[int],
) -> tuple[Sequence[Any], str | None]:
    """Rows of one page, newest first by `key`, and the next cursor; `key` is the id of what is listed."""
    if wanted.cursor is not None:
        statement = statement.where(key < wanted.cursor)
    newest_first = statement.add_columns(key.label("cursor_key")).order_by(key.desc())
    rows = (await session.execute(newest_first.limit(wanted.size + 1))).all()
    page = rows[: wanted.size]
    return page, _write_cursor(page[-1].cursor_key) if len(rows) > wanted.size else None
