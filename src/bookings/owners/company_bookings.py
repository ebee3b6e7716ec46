"""A company's bookings as a list, and all of them as a spreadsheet."""

from collections.abc import AsyncIterator, Iterator, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import repository as bookings
from src.bookings.exceptions import TooManyRowsError
from src.bookings.models import Booking
from src.bookings.owners import repository
from src.bookings.owners.schemas import CompanyBookingFilter, CompanyBookingRead
from src.bookings.schemas import BookingRead
from src.bookings.service.read import as_read
from src.companies import service as companies
from src.core import spreadsheet
from src.core.database import Database
from src.core.identity import AdminOnlyError, Principal
from src.core.pagination import PageRequest
from src.teams import policies as teams
from src.teams.permissions import Permission
from src.users import service as users

MOST_ROWS = 50_000
CHUNK = 1_000
HEADER = (
    "reference", "status", "studio", "room", "starts_at", "ends_at", "timezone", "customer", "email",
    "currency", "total", "paid", "refund", "created_at",
)  # fmt: skip


async def list_company_bookings(
    session: AsyncSession, *, principal: Principal, company_id: int, wanted: CompanyBookingFilter
) -> tuple[Sequence[CompanyBookingRead], int]:
    """Members who are limited to some studios see those of these.

    Raises `CompanyNotFoundError`, `PermissionMissingError`.
    """
    await _require_reader(session, principal=principal, company_id=company_id)
    rows, total = await repository.list_of_company(
        session, principal=principal, company_id=company_id, wanted=wanted
    )
    return [_as_company_read(row) for row in rows], total


async def export_company_bookings(
    database: Database, *, principal: Principal, company_id: int, wanted: CompanyBookingFilter
) -> AsyncIterator[str]:
    """Chunks of CSV; no connection is held while the client reads one.

    Raises like `list_company_bookings` and `TooManyRowsError`, before the first chunk.
    """
    async with database.reading() as session:
        await _require_reader(session, principal=principal, company_id=company_id)
        count = await repository.count_of_company(
            session, principal=principal, company_id=company_id, wanted=wanted, at_most=MOST_ROWS + 1
        )
    if count > MOST_ROWS:
        raise TooManyRowsError(most_rows=MOST_ROWS)
    return _chunks(database, principal, company_id, wanted)


async def _chunks(
    database: Database, principal: Principal, company_id: int, wanted: CompanyBookingFilter
) -> AsyncIterator[str]:
    yield spreadsheet.BYTE_ORDER_MARK + spreadsheet.lines([HEADER])
    last: Booking | None = None
    for _ in range(MOST_ROWS // CHUNK):
        async with database.reading() as session:
            rows = await repository.list_of_company_behind(
                session, principal=principal, company_id=company_id, wanted=wanted, last=last, limit=CHUNK
            )
        yield spreadsheet.lines(_cells(rows))
        if len(rows) < CHUNK:
            break
        last = rows[-1].Booking


def _cells(rows: Sequence[repository.CompanyRow]) -> Iterator[tuple[str, ...]]:
    for booking in map(_as_company_read, rows):
        currency = booking.total.currency
        yield (
            booking.reference,
            booking.status,
            booking.address_name,
            booking.room_name,
            booking.starts_at.isoformat(),
            booking.ends_at.isoformat(),
            booking.timezone,
            booking.customer_name,
            booking.customer_email or "",
            currency,
            *(
                spreadsheet.amount(money.amount, currency)
                for money in (booking.total, booking.paid, booking.refund)
            ),
            booking.created_at.isoformat(),
        )


async def list_customer_bookings(
    session: AsyncSession, *, principal: Principal, user_id: int, page: PageRequest
) -> tuple[Sequence[BookingRead], int]:
    """For that user and the platform's admins. Raises `AdminOnlyError`, `UserNotFoundError`."""
    if user_id != principal.user_id and not principal.is_admin:
        raise AdminOnlyError
    await users.get_user(session, user_id=user_id)
    rows, total = await bookings.list_of_customer(
        session, user_id=user_id, limit=page.size, offset=page.offset
    )
    return [as_read(row) for row in rows], total


async def _require_reader(session: AsyncSession, *, principal: Principal, company_id: int) -> None:
    await companies.get_company(session, company_id=company_id)
    await teams.require_somewhere(
        session, principal=principal, permission=Permission.READ_BOOKINGS, company_id=company_id
    )


def _as_company_read(row: repository.CompanyRow) -> CompanyBookingRead:
    return CompanyBookingRead.model_construct(
        **dict(as_read(row)), customer_name=row.customer_name, customer_email=row.customer_email
    )
