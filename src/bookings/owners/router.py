"""What owners see of their bookings. The paths are those of studios and companies; what they show is bookings."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse

from src.addresses.exceptions import AddressNotFoundError
from src.bookings.exceptions import FiguresPeriodError, TooManyRowsError
from src.bookings.owners import calendar, company_bookings, dashboard
from src.bookings.owners.schemas import (
    CalendarRead,
    CompanyBookingFilter,
    CompanyBookingRead,
    DashboardRead,
    PeriodFilter,
)
from src.bookings.schemas import BookingRead
from src.companies.exceptions import CompanyNotFoundError
from src.core.database import DatabaseDep, ReadSessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.identity import AdminOnlyError, PrincipalDep
from src.core.pagination import Page, PageDep
from src.core.schemas import PathId
from src.rooms.exceptions import PeriodTooLongError
from src.teams.exceptions import PermissionMissingError
from src.users.exceptions import UserNotFoundError

router = domain_router(tags=["bookings"])

CSV = "text/csv"
_CSV_EXAMPLE = (
    "reference,status,studio,room,starts_at,ends_at,timezone,customer,email,currency,total,paid,refund,created_at\r\n"
    "K7Q2-M4XD,confirmed,Berwick Street,Live Room A,2027-03-01T18:00:00+00:00,2027-03-01T21:00:00+00:00,"
    "Europe/London,Mira Kaplan,mira@example.com,GBP,150.00,150.00,0.00,2027-02-20T10:00:00+00:00\r\n"
)


@router.get(
    "/bookings/customer/{user_id}",
    response_model=Page[BookingRead],
    operation_id="list_customer_bookings",
    responses=errors(UnauthorizedError, AdminOnlyError, UserNotFoundError, ValidationFailedError),
)
async def list_customer_bookings(
    user_id: PathId, session: ReadSessionDep, principal: PrincipalDep, page: PageDep
) -> Page[BookingRead]:
    """The bookings that somebody has made, newest first: your own, or anybody's for the platform's admins."""
    bookings, total = await company_bookings.list_customer_bookings(
        session, principal=principal, user_id=user_id, page=page
    )
    return Page(items=bookings, total=total, page=page.page, size=page.size)


@router.get(
    "/companies/{company_id}/bookings",
    response_model=Page[CompanyBookingRead],
    operation_id="list_company_bookings",
    responses={
        **errors(
            UnauthorizedError,
            PermissionMissingError,
            CompanyNotFoundError,
            TooManyRowsError,
            ValidationFailedError,
        ),
        HTTPStatus.OK: {
            "description": "A page as JSON, or with `Accept: text/csv` all of them",
            "content": {CSV: {"schema": {"type": "string"}, "example": _CSV_EXAMPLE}},
        },
    },
)
async def list_company_bookings(
    company_id: PathId,
    wanted: Annotated[CompanyBookingFilter, Query()],
    database: DatabaseDep,
    principal: PrincipalDep,
    request: Request,
) -> Page[CompanyBookingRead] | Response:
    """The bookings of a company's studios, for its team; who is limited to some studios sees those of these.

    With `Accept: text/csv` all rows of the filter come as a spreadsheet (UTF-8 with a byte order mark, at most
    50,000): amounts in whole units, times in studio time, and no cell that a spreadsheet would run as a formula.
    """
    if CSV in request.headers.get("accept", ""):
        chunks = await company_bookings.export_company_bookings(
            database, principal=principal, company_id=company_id, wanted=wanted
        )
        headers = {
            "Content-Disposition": 'attachment; filename="bookings.csv"',
            "Cache-Control": "private, no-store",
        }
        return StreamingResponse(chunks, media_type=f"{CSV}; charset=utf-8", headers=headers)
    async with database.reading() as session:
        bookings, total = await company_bookings.list_company_bookings(
            session, principal=principal, company_id=company_id, wanted=wanted
        )
    return Page(items=bookings, total=total, page=wanted.page, size=wanted.size)


@router.get(
    "/addresses/{address_id}/calendar",
    response_model=CalendarRead,
    operation_id="get_address_calendar",
    responses=errors(
        UnauthorizedError,
        PermissionMissingError,
        AddressNotFoundError,
        PeriodTooLongError,
        ValidationFailedError,
    ),
)
async def get_address_calendar(
    address_id: PathId,
    wanted: Annotated[PeriodFilter, Query()],
    database: DatabaseDep,
    principal: PrincipalDep,
) -> CalendarRead:
    """Everything that takes time in a studio's rooms (bookings, holds, blocks, events, imports), for its team.

    At most 62 days; what reaches into the period is there too. Holds that have ended are not.
    """
    return await calendar.get_calendar(database, principal=principal, address_id=address_id, wanted=wanted)


@router.get(
    "/companies/{company_id}/dashboard",
    response_model=DashboardRead,
    operation_id="get_company_dashboard",
    responses=errors(
        UnauthorizedError,
        PermissionMissingError,
        CompanyNotFoundError,
        FiguresPeriodError,
        ValidationFailedError,
    ),
)
async def get_company_dashboard(
    company_id: PathId,
    wanted: Annotated[PeriodFilter, Query()],
    database: DatabaseDep,
    principal: PrincipalDep,
) -> DashboardRead:
    """How full the rooms are and what they earn: in all, by ISO week, by room, and by room and week.

    Days and weeks are those of each studio's own zone. For those who may see the company's money.
    """
    return await dashboard.get_dashboard(database, principal=principal, company_id=company_id, wanted=wanted)
