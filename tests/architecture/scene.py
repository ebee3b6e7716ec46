"""A company with a studio, another and a draft; a booking; and everybody whom a route may meet."""

import re
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from src.core.config import Settings
from src.core.identity import Role
from src.core.limits import Limiter
from src.teams.enums import TeamRole
from tests.architecture.rules import Actor, Form, Rule, Where
from tests.factories.world import LONDON, Studio, World, created, ok
from tests.support.database import RolledBackDatabase

UNKNOWN_ID = 999_999_999
# With the segment before it, unless that is a parameter as well.
PARAMETER = re.compile(r"(?<=/)(?:([^/{}]+)/)?({\w+})")


@dataclass(frozen=True)
class Scene:
    """`ids` are those of the path by the segment before them: `rooms/{room_id}`."""

    client: httpx.AsyncClient
    actors: tuple[Actor, ...]
    ids: Mapping[str, Any]
    draft_ids: Mapping[str, Any]

    def at_the_draft(self) -> "Scene":
        of_a_studio = {
            "closures/{closure_id}",
            "equipment/{equipment_id}",
            "updates/{update_id}",
            "blocks/{block_id}",
        }
        others = {key: value for key, value in self.ids.items() if key not in of_a_studio}
        return replace(self, ids={**others, **self.draft_ids})

    def actor(self, name: str) -> Actor:
        return next(actor for actor in self.actors if actor.name == name)

    def knows(self, route: str) -> bool:
        return all("/".join(parts) in self.ids for parts in PARAMETER.findall(route))

    async def ask(self, route: str, rule: Rule, actor: Actor) -> httpx.Response:
        method, path = route.split()
        path = PARAMETER.sub(self._fill, path)
        body = rule.body(self.ids) if rule.body else None
        sent: dict[str, Any] = {"json": body} if body is not None else {}
        if isinstance(body, Form):
            sent = {"data": body.data, "files": body.files}
        return await self.client.request(method, path, headers=actor.headers, params=rule.query, **sent)

    def _fill(self, found: re.Match[str]) -> str:
        segment, parameter = found.groups(default="")
        value = str(self.ids.get(f"{segment}/{parameter}", UNKNOWN_ID))
        return f"{segment}/{value}" if segment else value


@asynccontextmanager
async def staged(
    app: FastAPI, engine: AsyncEngine, settings: Settings
) -> AsyncIterator[tuple[AsyncConnection, Scene]]:
    """The scene is built once; every request on it is to be `taken_back`."""
    async with engine.connect() as connection:
        transaction = await connection.begin()
        database = app.state.database = RolledBackDatabase(connection)
        app.state.limiter = Limiter(settings.redis_url, prefix=f"limits:{uuid.uuid4().hex}")
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield connection, await build(World(client=client, database=database, settings=settings))
        await app.state.limiter.close()
        await transaction.rollback()


@asynccontextmanager
async def taken_back(connection: AsyncConnection) -> AsyncIterator[None]:
    """SQLAlchemy's savepoints outlive their rollback: thousands of them, in each other, use up all locks."""
    await connection.execute(text("SAVEPOINT taken_back"))
    try:
        yield
    finally:
        await connection.execute(text("ROLLBACK TO SAVEPOINT taken_back"))
        await connection.execute(text("RELEASE SAVEPOINT taken_back"))


async def build(world: World) -> Scene:
    studio = await world.studio()
    owner, company_id = studio.owner, studio.company["id"]
    elsewhere = await _studio_of(studio, "Elsewhere")
    draft = await _studio_of(studio, "Draft")
    draft_room = await created(owner.post("/rooms", _room(draft["id"])))
    customer, second_admin, stranger = [await world.person() for _ in range(3)]
    await created(owner.post(f"/companies/{company_id}/admins", {"user_id": second_admin.id}))
    booking = await world.held_booking(studio, customer)
    another_booking = await world.held_booking(studio, customer, days_ahead=31)
    professional, member_id = await world.member(studio, TeamRole.PROFESSIONAL)
    day = (datetime.now(UTC) + timedelta(days=40)).date().isoformat()
    time_off = await created(
        professional.post(
            f"/team/{member_id}/time-off",
            {"starts_at": f"{day}T20:00:00Z", "ends_at": f"{day}T22:00:00Z"},
        )
    )
    invited = await world.person()
    invitation = await created(
        owner.post(f"/companies/{company_id}/team/invitations", {"email": invited.email, "role": "staff"})
    )
    at_studio = f"/addresses/{studio.address['id']}"
    closure = await created(
        owner.post(f"{at_studio}/closures", {"first_date": day, "last_date": day, "reason": "Works"})
    )
    kit = {"type": "drum_kit", "name": "Gretsch", "is_included": True}
    equipment = await created(owner.post(f"{at_studio}/equipment", kit))
    update = await created(owner.post(f"{at_studio}/updates", {"title": "News", "text": "New desk."}))
    block = await created(
        owner.post(
            f"/rooms/{studio.room_id}/blocks", {"starts_at": f"{day}T18:00", "ends_at": f"{day}T19:00"}
        )
    )
    hooks = f"/companies/{company_id}/webhooks"
    endpoint = await created(owner.post(hooks, {"url": "https://crm.example/hooks"}))
    delivery = await created(owner.post(f"{hooks}/{endpoint['id']}/ping"))
    later = (datetime.now(UTC) + timedelta(days=45)).date().isoformat()
    event = await created(
        owner.post(
            "/events",
            {"room_id": studio.room_id, "title": "Clinic", "capacity": 9, "seat_amount": 0,
             "starts_at": f"{later}T18:00", "ends_at": f"{later}T19:00"},
        )
    )  # fmt: skip
    wrote = await created(customer.post("/messages", {"address_id": studio.address["id"], "body": "Hello"}))
    answer = {"address_id": studio.address["id"], "customer_id": customer.id, "body": "Hello Mira"}
    answered = await created(owner.post("/messages", answer))
    report = await created(
        customer.post("/messages/reports", {"message_id": answered["id"], "reason": "spam"})
    )
    saved_reply = await created(
        owner.post(f"/companies/{company_id}/saved-replies", {"title": "Parking", "body": "In the yard."})
    )
    await ok(owner.put(f"{at_studio}/visiting-hours", {"hours": [visiting_day(later)]}))
    visit = {"address_id": studio.address["id"], "starts_at": f"{later}T12:00"}
    appointment = await created(customer.post("/appointments", visit))
    actors = [
        Actor("anonymous", {}, is_anonymous=True),
        Actor("stranger", stranger.headers),
        Actor("owner of another company", (await world.studio()).owner.headers),
        Actor("customer", customer.headers, is_customer=True),
        Actor("professional", professional.headers, role=TeamRole.PROFESSIONAL, is_member=True),
        Actor("owner", owner.headers, is_company_admin=True),
        Actor("administrator", (await world.person(role=Role.ADMIN)).headers, is_platform_admin=True),
        *[actor async for actor in _members(world, studio, elsewhere["id"])],
    ]
    return Scene(
        client=world.client,
        actors=tuple(actors),
        ids={
            "a day to come": day,
            "companies/{company_id}": company_id,
            "companies/{id_or_slug}": company_id,
            "admins/{user_id}": second_admin.id,
            "users/{user_id}": stranger.id,
            "team/{member_id}": member_id,
            "time-off/{time_off_id}": time_off["id"],
            "invitations/{invitation_id}": invitation["id"],
            "addresses/{address_id}": studio.address["id"],
            "addresses/{id_or_slug}": studio.address["id"],
            "closures/{closure_id}": closure["id"],
            "equipment/{equipment_id}": equipment["id"],
            "updates/{update_id}": update["id"],
            "rooms/{room_id}": studio.room_id,
            "blocks/{block_id}": block["id"],
            "bookings/{booking_id}": booking["id"],
            "events/{event_id}": event["id"],
            "webhooks/{endpoint_id}": endpoint["id"],
            "deliveries/{delivery_id}": delivery["id"],
            "appointments/{appointment_id}": appointment["id"],
            "a day for visits": later,
            "another booking": another_booking["id"],
            "conversation/{conversation_id}": wrote["conversation_id"],
            "conversation/{customer_id}": customer.id,
            "/{address_id}": studio.address["id"],
            "a message": answered["id"],
            "reports/{report_id}": report["id"],
            "saved-replies/{reply_id}": saved_reply["id"],
            "countries/{code}": "GB",
            "cities/{city_id}": LONDON,
        },
        draft_ids={
            "addresses/{address_id}": draft["id"],
            "addresses/{id_or_slug}": draft["id"],
            "rooms/{room_id}": draft_room["id"],
        },
    )


async def _members(world: World, studio: Studio, elsewhere_id: int) -> AsyncIterator[Actor]:
    here_id = studio.address["id"]
    for role in (TeamRole.MANAGER, TeamRole.STAFF):
        everywhere, _ = await world.member(studio, role)
        yield Actor(role.value, everywhere.headers, role=role)
        here, _ = await world.member(studio, role, address_ids=[here_id])
        yield Actor(f"{role.value} limited to this studio", here.headers, role=role, where=Where.HERE)
        there, _ = await world.member(studio, role, address_ids=[elsewhere_id])
        yield Actor(
            f"{role.value} limited to another studio", there.headers, role=role, where=Where.ELSEWHERE
        )
    removed, _ = await world.member(studio, TeamRole.MANAGER, is_removed=True)
    yield Actor("removed manager", removed.headers)


async def _studio_of(studio: Studio, name: str) -> dict[str, Any]:
    body = {"company_id": studio.company["id"], "name": name, "street": "1", "city_id": LONDON}
    return await created(studio.owner.post("/addresses", body | {"lat": 51.5, "lng": 0}))


def visiting_day(day: str) -> dict[str, Any]:
    weekday = datetime.fromisoformat(day).weekday()
    return {"weekday": weekday, "opens": "10:00", "closes": "16:00"}


def _room(address_id: int) -> dict[str, Any]:
    lengths = {"slot_minutes": 60, "min_minutes": 60, "max_minutes": 120}
    return {"address_id": address_id, "name": "Not yet", "capacity": 2, **lengths}
