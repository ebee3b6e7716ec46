from fastapi import Response

from src.core.database import SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import JsonResponse, domain_router
from src.core.identity import PrincipalDep
from src.core.schemas import PathId
from src.rooms.exceptions import RoomNotFoundError
from src.rooms.pricing import service
from src.rooms.pricing.schemas import PriceRulesUpdate, PricesUpdate
from src.rooms.schemas import RoomRead
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["rooms"], prefix="/rooms/{room_id}")


@router.put(
    "/prices",
    response_model=RoomRead,
    operation_id="replace_room_prices",
    responses=errors(UnauthorizedError, PermissionMissingError, RoomNotFoundError, ValidationFailedError),
)
async def replace_room_prices(
    room_id: PathId, body: PricesUpdate, session: SessionDep, principal: PrincipalDep
) -> Response:
    """Replaces the price tiers, in minor units of the company's currency.

    A booking costs the cheapest set of tiers that covers it: with 1 h at 5000 and 4 h at 16000, three hours cost
    15000 and four 16000. Bookings made before keep their price.
    """
    return JsonResponse(
        await service.replace_prices(session, principal=principal, room_id=room_id, body=body)
    )


@router.put(
    "/price-rules",
    response_model=RoomRead,
    operation_id="replace_room_price_rules",
    responses=errors(UnauthorizedError, PermissionMissingError, RoomNotFoundError, ValidationFailedError),
)
async def replace_room_price_rules(
    room_id: PathId, body: PriceRulesUpdate, session: SessionDep, principal: PrincipalDep
) -> Response:
    """Replaces the rules for peak and off-peak hours, in percent of the price by the tiers.

    Each minute of a booking bears an equal share of its price, times the percent of the first rule that applies to
    it, or 100: two hours for 10000, one of them at 150, cost 12500. A booking never costs less than a shorter one
    that starts at the same time. Bookings made before keep their price.
    """
    return JsonResponse(
        await service.replace_price_rules(session, principal=principal, room_id=room_id, body=body)
    )
