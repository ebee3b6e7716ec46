"""Lists by page number: `?page=2&size=20` → `{items, total, page, size}`."""

from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, Field
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

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
