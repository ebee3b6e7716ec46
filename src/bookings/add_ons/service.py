"""What comes with a room: a professional, and equipment of the studio. All of it is had, or nothing.

Their time is the booking's own, without the room's buffers: nobody sets up a microphone before they come.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.equipment import service as equipment
from src.addresses.equipment.service import Rentable
from src.bookings.add_ons import repository
from src.bookings.add_ons.exceptions import AddOnTakenError, ProfessionalNotWorkingError
from src.bookings.add_ons.schemas import AddOnFilter, AddOnWish
from src.bookings.exceptions import OfferChangedError
from src.calendars import service as calendars
from src.calendars.enums import OccupancyKind
from src.calendars.exceptions import SlotTakenError
from src.calendars.service import Claim, Move, Span, Wish
from src.core.database import Rows, Transaction, driver
from src.rooms import offers
from src.rooms import service as rooms
from src.rooms.exceptions import EndsBeforeStartError
from src.rooms.offers import Offer
from src.rooms.pricing.quotes import Charged, Extra, ItemKind
from src.teams.exceptions import ProfessionalNotFoundError
from src.teams.professionals import offers as teams

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class AddOn:
    """A piece of equipment or a professional, one of the two ids, and its price as it is agreed.

    `unit_amount` is in minor units; a professional's is for every `unit_minutes` that begin.
    """

    resource_id: int
    description: str
    unit_amount: int
    charged: Charged
    equipment_id: int | None = None
    member_id: int | None = None
    unit_minutes: int | None = None

    def billed_for(self, span: Span) -> Extra:
        """What it adds to the bill of a booking of this span."""
        if self.unit_minutes is None:
            return Extra(ItemKind.EQUIPMENT, self.description, 1, self.unit_amount, self.charged)
        begun = -((span.starts_at - span.ends_at) // (self.unit_minutes * MINUTE))
        return Extra(ItemKind.SERVICE, self.description, begun, self.unit_amount, self.charged)


async def choose(connection: Rows, *, wish: AddOnWish, offer: Offer, span: Span) -> list[AddOn]:
    """What is wished for, with its price; no statement when nothing is.

    Raises `UnknownEquipmentError`, `ProfessionalNotFoundError`, `ServiceNotFoundError`,
    `ProfessionalNotWorkingError`.
    """
    chosen: list[AddOn] = []
    if wish.equipment_ids:
        pieces = await equipment.list_rentable(
            connection, address_id=offer.address_id, equipment_ids=wish.equipment_ids
        )
        chosen += [_piece(piece) for piece in pieces]
    if wish.professional is not None:
        professional = await _professional(connection, wish.professional.member_id, offer)
        service = professional.service(wish.professional.service_id)
        _check_hours(professional, offer, span)
        chosen.append(_at_work(professional, service))
    return chosen


async def check_working(connection: Rows, *, chosen: Sequence[AddOn], offer: Offer, span: Span) -> None:
    """Of what a booking has already, for another time of it; no statement without a professional.

    Raises `ProfessionalNotWorkingError`, also for who has left the studio.
    """
    for member_id in [add_on.member_id for add_on in chosen if add_on.member_id is not None]:
        try:
            professional = await _professional(connection, member_id, offer)
        except ProfessionalNotFoundError:
            raise ProfessionalNotWorkingError from None
        _check_hours(professional, offer, span)


async def _professional(connection: Rows, member_id: int, offer: Offer) -> teams.ProfessionalOffer:
    return await teams.get_professional_offer(
        connection, member_id=member_id, company_id=offer.company_id, address_id=offer.address_id
    )


def _check_hours(professional: teams.ProfessionalOffer, offer: Offer, span: Span) -> None:
    if not professional.is_working(offer.zone, span):
        raise ProfessionalNotWorkingError


def _piece(piece: Rentable) -> AddOn:
    return AddOn(
        resource_id=piece.resource_id,
        description=piece.name,
        unit_amount=piece.price_amount,
        charged=Charged(piece.price_unit.value),
        equipment_id=piece.id,
    )


def _at_work(professional: teams.ProfessionalOffer, service: teams.ServiceOffer) -> AddOn:
    return AddOn(
        resource_id=professional.resource_id,
        description=f"{service.name}, {professional.firstname}",
        unit_amount=service.amount,
        charged=Charged.PER_BOOKING,
        member_id=professional.member_id,
        unit_minutes=service.minutes,
    )


async def claim(
    session: Transaction, *, offer: Offer, span: Span, chosen: Sequence[AddOn], hold: timedelta | None
) -> Claim:
    """The time of the room and of all that comes with it, in one claim.

    Raises `SlotTakenError`; where the room is free and it is an add-on that isn't, `AddOnTakenError`.
    """
    wishes = [*offer.wishes(span), *wishes_of(chosen, span)]
    try:
        return await calendars.claim(session, wishes=wishes, kind=OccupancyKind.BOOKING, hold=hold)
    except SlotTakenError:
        await _tell_which(session, wishes=wishes, chosen=chosen)
        raise


@asynccontextmanager
async def telling_which(
    session: AsyncSession, *, moves: Sequence[Move], booking_ids: Sequence[int]
) -> AsyncIterator[None]:
    """Around claims for what bookings have already: raises like `claim`, and nothing of them has happened then.

    Their own time is in nobody's way.
    """
    try:
        async with session.begin_nested():
            yield
    except SlotTakenError:
        await _tell_which(
            session,
            wishes=[wish for move in moves for wish in move.wishes],
            chosen=await list_kept(session, booking_ids),
            besides=[claim_id for move in moves for claim_id in move.claim_ids],
        )
        raise


async def _tell_which(
    session: Transaction, *, wishes: Sequence[Wish], chosen: Sequence[AddOn], besides: Sequence[int] = ()
) -> None:
    if not chosen:
        return
    taken = await calendars.find_taken(await driver(session), wishes=wishes, besides=besides)
    busy = [add_on for add_on in chosen if add_on.resource_id in taken]
    if len(busy) == len(taken) > 0:
        raise AddOnTakenError(add_ons=[_label(add_on) for add_on in busy])


async def find_taken(connection: Rows, *, chosen: Sequence[AddOn], span: Span) -> bool:
    """Whether somebody else has any of it at this moment; no statement when nothing is chosen."""
    return bool(chosen) and bool(await calendars.find_taken(connection, wishes=wishes_of(chosen, span)))


def wishes_of(chosen: Iterable[AddOn], span: Span) -> list[Wish]:
    return [Wish(add_on.resource_id, span) for add_on in chosen]


def _label(add_on: AddOn) -> dict[str, int | None]:
    if add_on.equipment_id is not None:
        return {"equipment_id": add_on.equipment_id}
    return {"member_id": add_on.member_id}


async def keep(session: Transaction, *, booking_id: int, chosen: Sequence[AddOn]) -> None:
    """Writes down what belongs to the booking. Raises `OfferChangedError` when some of it is no longer let."""
    if not chosen:
        return
    kept = await repository.insert(
        session,
        booking_id=booking_id,
        resource_ids=[add_on.resource_id for add_on in chosen],
        equipment_ids=[add_on.equipment_id for add_on in chosen],
        member_ids=[add_on.member_id for add_on in chosen],
        descriptions=[add_on.description for add_on in chosen],
        unit_amounts=[add_on.unit_amount for add_on in chosen],
        charged=[add_on.charged for add_on in chosen],
        unit_minutes=[add_on.unit_minutes for add_on in chosen],
    )
    if kept < len(chosen):
        raise OfferChangedError


async def list_kept(session: AsyncSession, booking_ids: Sequence[int]) -> list[AddOn]:
    """What comes with bookings, in the order of their bills."""
    return [
        AddOn(
            resource_id=row.resource_id,
            description=row.description,
            unit_amount=row.unit_amount,
            charged=row.charged,
            equipment_id=row.equipment_id,
            member_id=row.member_id,
            unit_minutes=row.unit_minutes,
        )
        for row in await repository.list_of_bookings(session, booking_ids)
    ]


async def list_add_ons(connection: Rows, *, room_id: int, wanted: AddOnFilter) -> bytes:
    """`AddOnsRead` as JSON, by four statements. Raises `RoomNotFoundError`, `EndsBeforeStartError`."""
    offer = await rooms.get_offer(connection, room_id=room_id)
    span = offers.requested_span(offer, starts_at=wanted.starts_at, ends_at=wanted.ends_at)
    if span.ends_at <= span.starts_at:
        raise EndsBeforeStartError
    pieces = await equipment.list_rentable(connection, address_id=offer.address_id)
    professionals = await teams.list_professional_offers(
        connection, company_id=offer.company_id, address_id=offer.address_id
    )
    resource_ids = [piece.resource_id for piece in pieces] + [one.resource_id for one in professionals]
    busy = await calendars.list_busy_of_each(connection, resource_ids=resource_ids, span=span)
    return orjson.dumps(
        {
            "timezone": offer.zone.key,
            "starts_at": span.starts_at.astimezone(offer.zone),
            "ends_at": span.ends_at.astimezone(offer.zone),
            "equipment": [
                {
                    "equipment_id": piece.id,
                    "name": piece.name,
                    "price": {"amount": piece.price_amount, "currency": offer.currency},
                    "price_unit": piece.price_unit,
                    "is_free": piece.resource_id not in busy,
                }
                for piece in pieces
            ],
            "professionals": [
                {
                    "member_id": one.member_id,
                    "firstname": one.firstname,
                    "is_free": one.is_working(offer.zone, span) and one.resource_id not in busy,
                    "services": [
                        {
                            "service_id": service.id,
                            "name": service.name,
                            "minutes": service.minutes,
                            "price": {"amount": service.amount, "currency": offer.currency},
                        }
                        for service in one.services
                    ],
                }
                for one in professionals
            ],
        }
    )
