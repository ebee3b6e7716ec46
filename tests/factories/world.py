"""People, studios and rooms for tests. Each needs one line; what a test is about it says, the rest is believable."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
from sqlalchemy import text

from src.auth.access_tokens import AccessTokens
from src.auth.models import Session
from src.core.clock import utc_now
from src.core.config import Settings
from src.core.database import Database
from src.core.identity import Role
from src.users.models import User

LONDON, NEW_YORK, SAO_PAULO = 2643743, 5128581, 3448439

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
        address = await created(
            owner.post(
                "/addresses",
                {
                    "company_id": company["id"],
                    "name": "Berwick Street",
                    "street": "12 Berwick Street",
                    "city_id": city_id,
                    "lat": 51.5,
                    "lng": -0.13,
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
