"""A list and its details, read only: allowlisted columns, newest first, no counting, search by what has an index."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from markupsafe import Markup, escape
from sqladmin import ModelView
from sqladmin.pagination import Pagination
from sqlalchemy import ColumnElement, Row, Select, bindparam, false, select
from sqlalchemy.orm import InstrumentedAttribute, load_only
from starlette.requests import Request

from src.admin.actions import Action
from src.admin.session import PATH
from src.core.database import Database
from src.core.schemas import LARGEST_ID

ROWS_OF_PAGE = 25
NOTHING = "—"


class HasDatabase(Protocol):
    @property
    def database(self) -> Database: ...


@dataclass
class Stretch(Pagination):
    """Rows from one id downwards. sqladmin's own pages would count all rows and skip those before."""

    next_before: int | None = None


@dataclass(frozen=True)
class Choice:
    """A filter with few values: each has its condition, of which none has to read a large table."""

    name: str
    label: str
    conditions: Mapping[str, ColumnElement[bool]]


@dataclass(frozen=True)
class Table:
    """What belongs to a row, on its details page."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


def choice_of(column: InstrumentedAttribute[Any], kind: type[StrEnum], label: str = "Status") -> Choice:
    # Written into the statement: PostgreSQL uses an index of one value only when it knows which value is meant.
    conditions = {value.value: column == _literal(column, value) for value in kind}
    return Choice(column.key, label, conditions)


def _literal(column: InstrumentedAttribute[Any], value: StrEnum) -> Any:
    return bindparam(None, value, type_=column.type, literal_execute=True)


def id_in(term: str) -> int | None:
    """The id that somebody looks for; None when it can't be one."""
    term = term.strip().removeprefix("#")
    return int(term) if term.isascii() and term.isdecimal() and 0 < int(term) <= LARGEST_ID else None


def show(value: Any) -> str | Markup:
    """Instants in UTC to the minute; a status as a badge, the words of which say it without its colour."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, StrEnum):
        words = escape(value.value.replace("_", " "))
        return Markup('<span class="badge status-{}">{}</span>').format(value.value, words)
    return str(value)


def link_to(identity: str, name: str) -> Callable[[Any], str | Markup]:
    """The id in this column as a way to the details of what it names."""

    def shown(row: Any) -> str | Markup:
        value = getattr(row, name)
        if value is None:
            return NOTHING
        return Markup('<a href="{}/{}/details/{}">#{}</a>').format(PATH, identity, value, value)

    return shown


class ReadOnlyView(ModelView):
    """`listed` and `detailed` are all that is ever read: naming a secret there is the only way to show it."""

    can_create = can_edit = can_delete = can_export = can_import = False
    list_template = "list.html"
    details_template = "details.html"

    site: ClassVar[HasDatabase]
    listed: ClassVar[Sequence[str]]
    detailed: ClassVar[Sequence[str]]
    read_along: ClassVar[Sequence[str]] = ()  # what others need to be shown, such as a currency
    labels: ClassVar[Mapping[str, str]] = {}
    shown_as: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}
    search_hint: ClassVar[str] = "id"
    choices: ClassVar[Sequence[Choice]] = ()
    scopes: ClassVar[Sequence[str]] = ()  # columns with an index, for links from other pages: `?company_id=7`
    ways: ClassVar[Mapping[str, str]] = {}  # title -> the list that belongs to a row, with `{id}`
    actions: ClassVar[Sequence[Action]] = ()

    def get_list_columns(self) -> list[str]:
        return list(self.listed)

    def get_details_columns(self) -> list[str]:
        return list(self.detailed)

    def label_of(self, name: str) -> str:
        return self.labels.get(
            name, name.removesuffix("_id").removesuffix("_at").replace("_", " ").capitalize()
        )

    def cell(self, row: Any, name: str) -> Any:
        shown = self.shown_as.get(name)
        return shown(row) if shown else show(getattr(row, name))

    def find(self, term: str) -> ColumnElement[bool]:
        """What a search means; answered from an index. By id, unless a page knows more."""
        wanted = id_in(term)
        found: ColumnElement[bool] = false() if wanted is None else self._key == wanted
        return found

    async def related(self, row: Any) -> Sequence[Table]:  # noqa: ARG002 - for pages that have something
        return ()

    def actions_for(self, row: Any) -> list[Action]:
        return [action for action in self.actions if action.is_for(row)]

    async def list(self, request: Request) -> Stretch:
        wanted = request.query_params
        rows: Select[Any] = (
            select(self.model)
            .options(self._only({*self.listed, *self.read_along}))
            .order_by(self._key.desc())
        )
        for choice in self.choices:
            condition = choice.conditions.get(wanted.get(choice.name, ""))
            rows = rows if condition is None else rows.where(condition)
        for scope in self.scopes:
            value = id_in(wanted.get(scope, ""))
            rows = rows if value is None else rows.where(getattr(self.model, scope) == value)
        if term := wanted.get("search", "").replace("\0", "").strip():
            rows = rows.where(self.find(term))
        if before := id_in(wanted.get("before", "")):
            rows = rows.where(self._key < before)
        found = await self._run_query(rows.limit(ROWS_OF_PAGE + 1))
        page = found[:ROWS_OF_PAGE]
        next_before = page[-1].id if len(found) > ROWS_OF_PAGE else None
        return Stretch(rows=page, page=1, page_size=ROWS_OF_PAGE, count=len(page), next_before=next_before)

    async def get_object_for_details(self, request: Request) -> Any:
        return await self.find_row(request.path_params["pk"])

    async def details_context(self, request: Request) -> dict[str, Any]:
        row = await self.get_object_for_details(request)
        return {"tables": await self.related(row) if row is not None else ()}

    async def find_row(self, key: str | int) -> Any:
        wanted = id_in(str(key))
        if wanted is None:
            return None
        found = await self._run_query(
            select(self.model)
            .options(self._only({*self.listed, *self.detailed, *self.read_along}))
            .where(self._key == wanted)
        )
        return found[0] if found else None

    async def _run_query(self, stmt: Any) -> Any:
        async with self.site.database.reading() as session:
            return (await session.scalars(stmt)).all()

    async def rows_of(self, stmt: Select[*tuple[Any, ...]]) -> Sequence[Row[*tuple[Any, ...]]]:
        async with self.site.database.reading() as session:
            return (await session.execute(stmt)).all()

    @property
    def _key(self) -> Any:
        return vars(self.model)["id"]

    def _only(self, names: Any) -> Any:
        """The rest of the row isn't even read."""
        columns = [getattr(self.model, name) for name in names]
        return load_only(
            *[column for column in columns if isinstance(column, InstrumentedAttribute)], raiseload=True
        )
