"""What a booking needs to know of a professional: whose time to take, whether they work then, what it costs."""

from dataclasses import dataclass
from datetime import time
from zoneinfo import ZoneInfo

import asyncpg
import orjson

from src.calendars.service import Span
from src.core.database import Rows
from src.teams.exceptions import ProfessionalNotFoundError, ServiceNotFoundError
from src.teams.professionals import repository
from src.teams.professionals.hours import WorkingHours, is_working


@dataclass(frozen=True, slots=True)
class ServiceOffer:
    """Every `minutes` that begin cost `amount`, in minor units of the company's currency."""

    id: int
    name: str
    minutes: int
    amount: int


@dataclass(frozen=True, slots=True)
class ProfessionalOffer:
    """Whether they are free only `calendars.claim` on `resource_id` tells."""

    member_id: int
    resource_id: int
    firstname: str
    hours: tuple[WorkingHours, ...]
    services: tuple[ServiceOffer, ...]

    def is_working(self, zone: ZoneInfo, span: Span) -> bool:
        return is_working(self.hours, zone, span)

    def service(self, service_id: int) -> ServiceOffer:
        """Raises `ServiceNotFoundError`."""
        for service in self.services:
            if service.id == service_id:
                return service
        raise ServiceNotFoundError


async def list_professional_offers(
    connection: Rows, *, company_id: int, address_id: int
) -> list[ProfessionalOffer]:
    """Everybody who can be booked at that studio, by one statement."""
    found = await repository.list_bookable(connection, company_id=company_id, address_id=address_id)
    return [_offer(record) for record in found]


async def get_professional_offer(
    connection: Rows, *, member_id: int, company_id: int, address_id: int
) -> ProfessionalOffer:
    """Raises `ProfessionalNotFoundError`, also for who doesn't work for this studio."""
    found = await repository.list_bookable(
        connection, company_id=company_id, address_id=address_id, member_id=member_id
    )
    if not found:
        raise ProfessionalNotFoundError
    return _offer(found[0])


def _offer(record: asyncpg.Record) -> ProfessionalOffer:
    return ProfessionalOffer(
        member_id=record["id"],
        resource_id=record["resource_id"],
        firstname=record["firstname"],
        hours=tuple(
            WorkingHours(weekday, time.fromisoformat(opens), time.fromisoformat(closes))
            for weekday, opens, closes in orjson.loads(record["hours"])
        ),
        services=tuple(ServiceOffer(*service) for service in orjson.loads(record["services"])),
    )
