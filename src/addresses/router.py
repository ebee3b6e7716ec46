from http import HTTPStatus

from src.addresses import favorites, service
from src.addresses.exceptions import (
    AddressIncompleteError,
    AddressNotFoundError,
    AddressSuspendedError,
    OverlappingHoursError,
)
from src.addresses.schemas import AddressCreate, AddressRead, AddressUpdate, FavoriteRead, HoursUpdate
from src.companies.exceptions import CompanyNotFoundError, NotCompanyAdminError
from src.core.database import ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, Idempotent
from src.core.identity import OptionalPrincipalDep, PrincipalDep
from src.core.pagination import Page, PageDep
from src.core.schemas import IdOrSlug, PathId
from src.geographic.exceptions import UnknownCityError

router = domain_router(tags=["addresses"], prefix="/addresses")


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=AddressRead,
    operation_id="create_address",
    dependencies=[Idempotent],
    responses=errors(
        UnauthorizedError,
        NotCompanyAdminError,
        CompanyNotFoundError,
        UnknownCityError,
        ValidationFailedError,
        *IDEMPOTENCY_ERRORS,
    ),
)
async def create_address(body: AddressCreate, session: SessionDep, principal: PrincipalDep) -> AddressRead:
    """Opens a studio of your company as a `draft`. Its `timezone` follows from `city_id` (see GET /cities).

    Next: opening hours, a room with a price, then PATCH `{"status": "published"}`. `missing` says what lacks.
    """
    return await service.create_address(session, principal=principal, body=body)


@router.get(
    "/{id_or_slug}",
    response_model=AddressRead,
    operation_id="get_address",
    responses=errors(AddressNotFoundError, ValidationFailedError),
)
async def get_address(
    id_or_slug: IdOrSlug, session: ReadSessionDep, principal: OptionalPrincipalDep
) -> AddressRead:
    """One studio by id or slug. Published ones are public; drafts answer 404 to everybody but their company."""
    return await service.get_visible_address(session, principal=principal, id_or_slug=id_or_slug)


@router.patch(
    "/{address_id}",
    response_model=AddressRead,
    operation_id="update_address",
    responses=errors(
        UnauthorizedError,
        NotCompanyAdminError,
        AddressNotFoundError,
        AddressIncompleteError,
        AddressSuspendedError,
        ValidationFailedError,
    ),
)
async def update_address(
    address_id: PathId, body: AddressUpdate, session: SessionDep, principal: PrincipalDep
) -> AddressRead:
    """Changes what the body names. `{"status": "published"}` puts the studio on the market.

    A studio that lacks something answers 409 `address_incomplete` with `missing`, for example
    `["operating_hours"]`.
    """
    return await service.update_address(session, principal=principal, address_id=address_id, body=body)


@router.put(
    "/{address_id}/operating-hours",
    response_model=AddressRead,
    operation_id="replace_operating_hours",
    responses=errors(
        UnauthorizedError,
        NotCompanyAdminError,
        AddressNotFoundError,
        OverlappingHoursError,
        ValidationFailedError,
    ),
)
async def replace_operating_hours(
    address_id: PathId, body: HoursUpdate, session: SessionDep, principal: PrincipalDep
) -> AddressRead:
    """Replaces the weekly plan, in studio-local time; several spans a day are fine, gaps are closed.

    `closes` at or before `opens` is on the next day: Friday 10:00 to 02:00 ends on Saturday morning. Weekdays that
    are not named are closed. Bookings made before stay as they are.
    """
    return await service.replace_hours(session, principal=principal, address_id=address_id, body=body)


@router.put(
    "/{address_id}/favorite",
    operation_id="add_favorite",
    status_code=HTTPStatus.NO_CONTENT,
    responses=errors(UnauthorizedError, AddressNotFoundError, ValidationFailedError),
)
async def add_favorite(address_id: PathId, session: SessionDep, principal: PrincipalDep) -> None:
    """Marks a studio as one of your favourites; once more changes nothing."""
    await favorites.add(session, principal=principal, address_id=address_id)


@router.delete(
    "/{address_id}/favorite",
    operation_id="remove_favorite",
    status_code=HTTPStatus.NO_CONTENT,
    responses=errors(UnauthorizedError, ValidationFailedError),
)
async def remove_favorite(address_id: PathId, session: SessionDep, principal: PrincipalDep) -> None:
    """Takes the mark away. Answers 204 as well when there was none."""
    await favorites.remove(session, principal=principal, address_id=address_id)


my_router = domain_router(tags=["addresses"], prefix="/users/me")


@my_router.get(
    "/favorites",
    response_model=Page[FavoriteRead],
    operation_id="list_my_favorites",
    responses=errors(UnauthorizedError, ValidationFailedError),
)
async def list_my_favorites(
    session: ReadSessionDep, principal: PrincipalDep, page: PageDep
) -> Page[FavoriteRead]:
    """Your favourite studios, the latest first. One that is taken off the market is missing until it is back."""
    items, total = await favorites.list_mine(session, principal=principal, page=page)
    return Page(items=items, total=total, page=page.page, size=page.size)
