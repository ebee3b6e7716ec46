"""`python -m src.cli demo`: studios, rooms, owners and customers to try the product with."""

import asyncio
import sys
import time
from datetime import time as wall_time
from pathlib import Path

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses import service as addresses
from src.addresses.badges import service as badges
from src.addresses.badges.schemas import BadgesUpdate
from src.addresses.enums import AddressStatus
from src.addresses.equipment import service as equipment
from src.addresses.equipment.schemas import EquipmentCreate
from src.addresses.opening import service as opening
from src.addresses.opening.schemas import HoursEntry, HoursUpdate
from src.addresses.schemas import AddressCreate, AddressUpdate
from src.addresses.updates import service as updates
from src.addresses.updates.schemas import UpdateCreate
from src.appointments.visiting import service as visiting
from src.appointments.visiting.schemas import VisitingHoursEntry, VisitingTermsUpdate
from src.auth import passwords
from src.cli.demo_data import CUSTOMERS, STUDIOS, DemoPerson, DemoRoom, DemoStudio, mode_of
from src.companies import service as companies
from src.companies.schemas import CompanyCreate
from src.core.clock import utc_now
from src.core.config import get_settings
from src.core.database import Database
from src.core.identity import Principal, Role
from src.rooms import service as rooms
from src.rooms.pricing import service as pricing
from src.rooms.pricing.schemas import PricesUpdate, PriceTier
from src.rooms.schemas import RoomCreate
from src.users import service as users

PASSWORD = "rehearse-at-ten"  # noqa: S105 - printed for everybody
ADMIN = DemoPerson("admin@downbeat.example", "Robin", "Admin")
LOGINS = Path(".dev/demo-logins.txt")


def demo() -> None:
    """Load the demo data, unless it is there; prints the log-ins."""
    settings = get_settings()
    if settings.is_production:
        sys.exit("demo data with a known password has no place in production")
    asyncio.run(_load(Database(settings)))
    logins = _logins()
    LOGINS.parent.mkdir(exist_ok=True)
    LOGINS.write_text(logins + "\n", encoding="utf-8")
    print(logins, flush=True)


def _logins() -> str:
    people = [("admin", ADMIN), *(("owner", studio.owner) for studio in STUDIOS)]
    people += [("customer", customer) for customer in CUSTOMERS]
    lines = [f"  {role:9}{person.email}" for role, person in people]
    return "\n".join([f"Log-ins, all with the password {PASSWORD}", *lines])


async def _load(database: Database) -> None:
    started = time.monotonic()
    try:
        async with database.transaction() as session:
            if await users.find_by_email(session, email=ADMIN.email) is not None:
                print("Demo data is there already.", flush=True)
                return
            await _fill(session)
    finally:
        await database.close()
    print(f"Loaded in {time.monotonic() - started:.1f} s.", flush=True)


async def _fill(session: AsyncSession) -> None:
    print("Loading demo data …", flush=True)
    password_hash = await passwords.make_hash(PASSWORD)
    await _create_person(session, ADMIN, password_hash, Role.ADMIN)
    for customer in CUSTOMERS:
        await _create_person(session, customer, password_hash)
    for number, studio in enumerate(STUDIOS, start=1):
        print(f"  {number} of {len(STUDIOS)}: {studio.name}", flush=True)
        owner = await _create_person(session, studio.owner, password_hash)
        await _create_studio(session, studio, owner)


async def _create_person(
    session: AsyncSession, person: DemoPerson, password_hash: str, role: Role = Role.USER
) -> Principal:
    user = await users.create(
        session,
        email=person.email,
        password_hash=password_hash,
        firstname=person.firstname,
        lastname=person.lastname,
        role=role,
    )
    await users.mark_verified(session, user_id=user.id, now=utc_now())
    return Principal(user_id=user.id, session_id=0, role=role)


async def _create_studio(session: AsyncSession, studio: DemoStudio, owner: Principal) -> None:
    company = await companies.create_company(
        session,
        principal=owner,
        body=CompanyCreate(name=studio.company, currency=studio.currency, cancellation_policy=studio.policy),
    )
    address = await addresses.create_address(
        session,
        principal=owner,
        body=AddressCreate(
            company_id=company.id,
            name=studio.name,
            description=studio.description,
            street=studio.street,
            city_id=studio.city_id,
            lat=studio.position[0],
            lng=studio.position[1],
        ),
    )
    await opening.replace_hours(session, principal=owner, address_id=address.id, body=_hours(studio))
    await visiting.replace_terms(session, principal=owner, address_id=address.id, body=_visiting_hours())
    for room in studio.rooms:
        await _create_room(session, room, owner, address.id)
    await _furnish(session, studio, owner, address.id)
    published = AddressUpdate(status=AddressStatus.PUBLISHED)
    await addresses.update_address(session, principal=owner, address_id=address.id, body=published)


async def _furnish(session: AsyncSession, studio: DemoStudio, owner: Principal, address_id: int) -> None:
    given = BadgesUpdate(badges=studio.badges)
    await badges.replace_badges(session, principal=owner, address_id=address_id, body=given)
    for item in studio.equipment:
        body = EquipmentCreate(
            type=item.type,
            name=item.name,
            is_included=item.price is None,
            price_amount=item.price,
            price_unit=item.unit if item.price is not None else None,
        )
        await equipment.add_item(session, principal=owner, address_id=address_id, body=body)
    if studio.news is not None:
        title, words = studio.news
        news = UpdateCreate(title=title, text=words)
        await updates.add_update(session, principal=owner, address_id=address_id, body=news, now=utc_now())


def _visiting_hours() -> VisitingTermsUpdate:
    """In the afternoon, from Monday to Friday."""
    opens, closes = wall_time(14), wall_time(18)
    return VisitingTermsUpdate(
        hours=[VisitingHoursEntry(weekday=day, opens=opens, closes=closes) for day in range(5)],
        buffer_minutes=15,
    )


def _hours(studio: DemoStudio) -> HoursUpdate:
    return HoursUpdate(
        hours=[
            HoursEntry(
                weekday=weekday,
                mode=mode_of(opens),
                opens=wall_time.fromisoformat(opens) if opens else None,
                closes=wall_time.fromisoformat(closes) if closes else None,
            )
            for first, last, opens, closes in studio.hours
            for weekday in range(first, last + 1)
        ]
    )


async def _create_room(session: AsyncSession, room: DemoRoom, owner: Principal, address_id: int) -> None:
    created = await rooms.create_room(
        session,
        principal=owner,
        body=RoomCreate(
            address_id=address_id,
            name=room.name,
            description=room.description,
            capacity=room.capacity,
            slot_minutes=room.slot_minutes,
            min_minutes=room.min_minutes,
            max_minutes=room.max_minutes,
            buffer_after_minutes=room.buffer_after_minutes,
        ),
    )
    prices = [PriceTier(duration_minutes=minutes, amount=amount) for minutes, amount in room.prices.items()]
    await pricing.replace_prices(
        session, principal=owner, room_id=orjson.loads(created)["id"], body=PricesUpdate(prices=prices)
    )
