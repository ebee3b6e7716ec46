from http import HTTPStatus

from src.addresses.exceptions import LocalTimeSkippedError
from src.bookings.add_ons.exceptions import ADD_ON_ERRORS, AddOnTakenError
from src.bookings.exceptions import CustomerNotFoundError, OfferChangedError
from src.bookings.schemas import BookingRead
from src.bookings.walk_ins import service
from src.bookings.walk_ins.schemas import WalkInCreate
from src.calendars.exceptions import SlotTakenError
from src.companies.exceptions import CompanyClosedError
from src.core.clock import utc_now
from src.core.database import SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, Idempotent
from src.core.identity import PrincipalDep
from src.rooms.exceptions import RULE_ERRORS, RoomNotFoundError, RoomNotPricedError
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["bookings"], prefix="/bookings")


@router.post(
    "/walk-in",
    status_code=HTTPStatus.CREATED,
    response_model=BookingRead,
    operation_id="book_walk_in",
    dependencies=[Idempotent],
    responses=errors(
        UnauthorizedError,
        PermissionMissingError,
        CompanyClosedError,
        CustomerNotFoundError,
        SlotTakenError,
        AddOnTakenError,
        OfferChangedError,
        RoomNotFoundError,
        RoomNotPricedError,
        LocalTimeSkippedError,
        *RULE_ERRORS,
        *ADD_ON_ERRORS,
        ValidationFailedError,
        *IDEMPOTENCY_ERRORS,
    ),
)
async def book_walk_in(body: WalkInCreate, session: SessionDep, principal: PrincipalDep) -> BookingRead:
    """For staff: books the room for whoever stands at the desk or calls; `confirmed` at once, and unpaid.

    Opening hours, notice and horizon don't bind you; prices, the slot grid, taken time and a professional's working
    hours do. `equipment_ids` and `professional` come with the room, all of it or nothing. A guest needs no account.
    When the money is taken, record it as a payment of the booking.
    """
    return await service.book_walk_in(session, principal=principal, body=body, now=utc_now())
