from http import HTTPStatus

from src.addresses import deactivation, favorites, service
from src.addresses.deactivation import AddressObstaclesDep
from src.addresses.exceptions import (
    AddressIncompleteError,
    AddressInUseError,
    AddressNotFoundError,
    AddressSuspendedError,
    FarFromCityError,
)
from src.addresses.schemas import AddressCreate, AddressRead, AddressUpdate, FavoriteRead
from src.companies.exceptions import CompanyNotFoundError
from src.core.clock import utc_now
from src.core.database import ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, Idempotent
from src.core.identity import OptionalPrincipalDep, PrincipalDep
from src.core.pagination import Page, PageDep
from src.core.schemas import IdOrSlug, PathId
from src.geographic.exceptions import UnknownCityError
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["addresses"], prefix="/addresses")


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=AddressRead,
    operation_id="create_address",
    dependencies=[Idempotent],
    responses=errors(
        UnauthorizedError,
        PermissionMissingError,
        CompanyNotFoundError,
        UnknownCityError,
        FarFromCityError,
        ValidationFailedError,
        *IDEMPOTENCY_ERRORS,
    ),
)
async def create_address(body: AddressCreate, session: SessionDep, principal: PrincipalDep) -> AddressRead:
    """Opens a studio of your company as a `draft`. Its `timezone` is that of `city_id` (see GET /cities), unless you
    name another; `lat` and `lng` have to be within 100 km of the city.

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
        PermissionMissingError,
        AddressNotFoundError,
        AddressIncompleteError,
        AddressSuspendedError,
        UnknownCityError,
        FarFromCityError,
        ValidationFailedError,
    ),
)
async def update_address(
    address_id: PathId, body: AddressUpdate, session: SessionDep, principal: PrincipalDep
) -> AddressRead:
    """Changes what the body names. `{"status": "published"}` puts the studio on the market.

    A studio that lacks something answers 409 `address_incomplete` with `missing`, for example
    `["operating_hours"]`. One that loses it later, say its last room with a price, goes back to `draft` by itself.
    With another `city_id` the `timezone` of that city comes along. Bookings that exist keep their instants.
    """
    return await service.update_address(session, principal=principal, address_id=address_id, body=body)


@router.delete(
    "/{address_id}",
    operation_id="deactivate_address",
    status_code=HTTPStatus.NO_CONTENT,
    responses=errors(
        UnauthorizedError,
        PermissionMissingError,
        AddressNotFoundError,
        AddressInUseError,
        ValidationFailedError,
    ),
)
async def deactivate_address(
    address_id: PathId, session: SessionDep, principal: PrincipalDep, obstacles: AddressObstaclesDep
) -> None:
    """Closes the studio down for good: it leaves the market, and from then on answers 404 to everybody.

    Bookings, payments and what else has happened there stay. While bookings are to come it answers 409
    `address_in_use` with `reasons`; to take it off the market for a while, PATCH `{"status": "draft"}`.
    """
    await deactivation.deactivate(
        session, principal=principal, address_id=address_id, obstacles=obstacles, now=utc_now()
    )


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
