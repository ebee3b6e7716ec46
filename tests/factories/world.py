"""People, studios and rooms for tests. Each needs one line; what a test is about it says, the rest is believable."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
from sqlalchemy import text

from src.auth.access_tokens import AccessTokens
from src.auth.models import Session
from src.calendars.enums import ResourceKind
from src.calendars.models import Resource
from src.core.clock import utc_now
from src.core.config import Settings
from src.core.database import Database
from src.core.identity import Role
from src.teams.enums import TeamRole
from src.teams.models import TeamMember
from src.users.models import User

LONDON, NEW_YORK, SAO_PAULO = 2643743, 5128581, 3448439

POSITIONS = {LONDON: (51.5, -0.13), NEW_YORK: (40.68, -73.98), SAO_PAULO: (-23.55, -46.69)}

_numbers = count(1)

OPEN_DAILY = [{"weekday": day, "mode": "open", "opens": "10:00", "closes": "22:00"} for day in range(7)]
ALWAYS_OPEN = [{"weekday": day, "mode": "around_the_clock"} for day in range(7)]


@dataclass
class Person:
    """Somebody with a live session; `client` speaks as them."""

    id: int
    email: str
    token: str
    client: httpx.AsyncClient

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self._send("GET", path, options)

    async def post(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        return await self._send("POST", path, {"json": {} if json is None else json, **options})

    async def put(self, path: str, json: Any, **options: Any) -> httpx.Response:
        return await self._send("PUT", path, {"json": json, **options})

    async def patch(self, path: str, json: Any, **options: Any) -> httpx.Response:
        return await self._send("PATCH", path, {"json": json, **options})

    async def delete(self, path: str, **options: Any) -> httpx.Response:
        return await self._send("DELETE", path, options)

    async def _send(self, method: str, path: str, options: dict[str, Any]) -> httpx.Response:
        headers = self.headers | options.pop("headers", {})
        return await self.client.request(method, f"/api/v1{path}", headers=headers, **options)


@dataclass
class Studio:
    """A published studio with one room, and its owner."""

    owner: Person
    company: dict[str, Any]
    address: dict[str, Any]
    room: dict[str, Any]

    @property
    def room_id(self) -> int:
        return int(self.room["id"])


@dataclass
class World:
    client: httpx.AsyncClient
    database: Database
    settings: Settings
    people: list[Person] = field(default_factory=list)

    async def person(self, *, role: Role = Role.USER, is_verified: bool = True) -> Person:
        number = next(_numbers)
        async with self.database.transaction() as session:
            user = User(
                email=f"person{number}@example.com",
                firstname="Mira",
                lastname=f"Number {number}",
                role=role,
                email_verified_at=utc_now() if is_verified else None,
            )
            session.add(user)
            await session.flush()
            opened = Session(user_id=user.id, expires_at=utc_now() + timedelta(days=30))
            session.add(opened)
            await session.flush()
        token = AccessTokens.of(self.settings).issue(user_id=user.id, session_id=opened.id, now=utc_now())
        person = Person(id=user.id, email=user.email, token=token, client=self.client)
        self.people.append(person)
        return person

    async def studio(
        self,
        *,
        city_id: int = LONDON,
        currency: str = "GBP",
        hours: list[dict[str, Any]] | None = None,
        prices: list[dict[str, int]] | None = None,
        policy: str = "moderate",
        is_published: bool = True,
        **room: Any,
    ) -> Studio:
        """Open daily from 10 to 22, an hour for 50.00, unless told otherwise."""
        owner = await self.person()
        company = await created(
            owner.post(
                "/companies",
                {"name": "Soho Sound", "currency": currency, "cancellation_policy": policy},
            )
        )
        await self._skip_welcome()
        address = await created(
            owner.post(
                "/addresses",
                {
                    "company_id": company["id"],
                    "name": "Berwick Street",
                    "street": "12 Berwick Street",
                    "city_id": city_id,
                    "lat": POSITIONS[city_id][0],
                    "lng": POSITIONS[city_id][1],
                },
            )
        )
        await ok(owner.put(f"/addresses/{address['id']}/operating-hours", {"hours": hours or OPEN_DAILY}))
        defaults = {
            "address_id": address["id"],
            "name": "Live Room A",
            "capacity": 6,
            "slot_minutes": 60,
            "min_minutes": 60,
            "max_minutes": 720,
        }
        made = await created(owner.post("/rooms", defaults | room))
        tiers = prices or [{"duration_minutes": 60, "amount": 5000}]
        made = await ok(owner.put(f"/rooms/{made['id']}/prices", {"prices": tiers}))
        if is_published:
            address = await ok(owner.patch(f"/addresses/{address['id']}", {"status": "published"}))
        return Studio(owner=owner, company=company, address=address, room=made)

    async def _skip_welcome(self) -> None:
        """The mail to new owners is not what tests of their studios count."""
        told = "UPDATE outbox SET sent_at = now() WHERE name = 'companies.CompanyCreated' AND sent_at IS NULL"
        async with self.database.transaction() as session:
            await session.execute(text(told))

    async def room(self, studio: Studio, **fields: Any) -> Studio:
        """The same studio with another room, priced like the first."""
        owner, address = studio.owner, studio.address
        defaults = {
            "address_id": address["id"],
            "name": "Live Room B",
            "capacity": 4,
            "slot_minutes": 60,
            "min_minutes": 60,
            "max_minutes": 720,
        }
        made = await created(owner.post("/rooms", defaults | fields))
        tiers = {"prices": studio.room["prices"]}
        made = await ok(owner.put(f"/rooms/{made['id']}/prices", tiers))
        return Studio(owner=owner, company=studio.company, address=address, room=made)

    async def member(
        self,
        studio: Studio,
        role: TeamRole,
        *,
        address_ids: list[int] | None = None,
        is_removed: bool = False,
    ) -> tuple[Person, int]:
        """Somebody in the team of the studio's company, and the id of their membership."""
        person = await self.person()
        async with self.database.transaction() as session:
            resource = Resource(kind=ResourceKind.MEMBER)
            session.add(resource)
            await session.flush()
            member = TeamMember(
                company_id=studio.company["id"],
                user_id=person.id,
                role=role,
                address_ids=address_ids,
                resource_id=resource.id if role is TeamRole.PROFESSIONAL else None,
                removed_at=utc_now() if is_removed else None,
            )
            session.add(member)
            await session.flush()
        return person, member.id

    async def held_booking(
        self, studio: Studio, customer: Person, *, days_ahead: int = 30, hour: int = 12, hours: int = 2
    ) -> dict[str, Any]:
        return await created(
            customer.post("/bookings", wish(studio, days_ahead=days_ahead, hour=hour, hours=hours))
        )

    async def paid_booking(
        self, studio: Studio, customer: Person, *, days_ahead: int = 30, hour: int = 12, hours: int = 2
    ) -> dict[str, Any]:
        booking = await self.held_booking(studio, customer, days_ahead=days_ahead, hour=hour, hours=hours)
        await self.pay(customer, booking)
        return await ok(customer.get(f"/bookings/{booking['id']}"))

    async def pay(self, customer: Person, booking: dict[str, Any], outcome: str = "pay") -> None:
        checkout = await created(customer.post(f"/bookings/{booking['id']}/checkout", {"gateway": "sandbox"}))
        answer = await self.client.post(f"{checkout['url']}/{outcome}")
        assert answer.status_code == 303, answer.text

    async def let_hold_end(self, booking: dict[str, Any]) -> None:
        """As if half an hour had passed: the hold ended a second ago, and nobody has swept it."""
        ended = {"id": booking["id"], "at": utc_now() - timedelta(seconds=1)}
        async with self.database.transaction() as session:
            await session.execute(text("UPDATE bookings SET expires_at = :at WHERE id = :id"), ended)
            await session.execute(
                text(
                    "UPDATE occupancies SET expires_at = :at"
                    " WHERE claim_id = (SELECT claim_id FROM bookings WHERE id = :id)"
                ),
                ended,
            )

    async def let_it_end(self, booking: dict[str, Any], *, ago: timedelta = timedelta(0)) -> None:
        """As if its time had come and gone, and so much more: it has just ended."""
        gone = "SELECT ends_at - clock_timestamp() + CAST(:ago AS interval) FROM bookings WHERE id = :id"
        await self._shift(booking["id"], gone, {"id": booking["id"], "ago": ago})

    async def let_it_begin(self, booking: dict[str, Any], *, ago: timedelta = timedelta(0)) -> None:
        gone = "SELECT starts_at - clock_timestamp() + CAST(:ago AS interval) FROM bookings WHERE id = :id"
        await self._shift(booking["id"], gone, {"id": booking["id"], "ago": ago})

    async def _shift(self, booking_id: int, by: str, values: dict[str, Any]) -> None:
        async with self.database.transaction() as session:
            shift = {"by": await session.scalar(text(by), values), "id": booking_id}
            await session.execute(
                text(
                    "UPDATE occupancies SET starts_at = starts_at - CAST(:by AS interval),"
                    " ends_at = ends_at - CAST(:by AS interval)"
                    " WHERE claim_id = (SELECT claim_id FROM bookings WHERE id = :id)"
                ),
                shift,
            )
            await session.execute(
                text(
                    "UPDATE bookings SET starts_at = starts_at - CAST(:by AS interval),"
                    " ends_at = ends_at - CAST(:by AS interval),"
                    " created_at = created_at - CAST(:by AS interval) WHERE id = :id"
                ),
                shift,
            )

    async def let_proposal_end(self, booking: dict[str, Any]) -> None:
        """As if nobody had answered it in time, and nobody has swept it."""
        ended = {"id": booking["id"], "at": utc_now() - timedelta(seconds=1)}
        async with self.database.transaction() as session:
            await session.execute(
                text(
                    "UPDATE occupancies SET expires_at = :at WHERE claim_id IN"
                    " (SELECT claim_id FROM booking_proposals WHERE booking_id = :id)"
                ),
                ended,
            )
            await session.execute(
                text("UPDATE booking_proposals SET expires_at = :at WHERE booking_id = :id"), ended
            )


def in_a_month() -> datetime:
    """A full hour that is yet to come: dates that are written down are over one day."""
    return utc_now().replace(minute=0, second=0, microsecond=0) + timedelta(days=30)


def wish(studio: Studio, *, days_ahead: int = 30, hour: int = 12, hours: int = 2) -> dict[str, Any]:
    """A booking's body in studio-local time."""
    day = (datetime.now(UTC) + timedelta(days=days_ahead)).replace(
        hour=hour, minute=0, second=0, microsecond=0, tzinfo=None
    )
    return {
        "room_id": studio.room_id,
        "starts_at": day.isoformat(),
        "ends_at": (day + timedelta(hours=hours)).isoformat(),
    }


async def created(answer: Any) -> dict[str, Any]:
    return await _json(answer, 201)


async def ok(answer: Any) -> dict[str, Any]:
    return await _json(answer, 200)


async def _json(answer: Any, status: int) -> dict[str, Any]:
    response: httpx.Response = await answer
    assert response.status_code == status, response.text
    document: dict[str, Any] = response.json()
    return document


def problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Asserts a problem document and returns it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert document["code"] == code, document
    assert document["status"] == status
    assert document["type"] == f"urn:downbeat:problem:{code}"
    return document
