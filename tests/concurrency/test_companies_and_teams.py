"""Many hands on one company, at once: on a real database, with commits."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from src.bookings import repository as bookings
from src.companies import repository as companies
from src.companies.models import Company, CompanyAdmin
from src.core.limits import Limiter
from src.main import create_app
from src.teams import repository as teams
from src.teams.invitations import repository as invitations
from src.teams.models import TeamInvitation, TeamMember
from tests.factories.world import Person, Studio, World, created, wish
from tests.support.services import create_extra_database
from tests.support.worker import Worker
from tests.teams.support import newest_token


@pytest.fixture(scope="module")
async def real_app(settings):
    app = create_app(settings.model_copy(update={"database_url": create_extra_database("company_races")}))
    app.state.limiter = Limiter(settings.redis_url, prefix="limits:company_races")
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def real_world(real_app, settings) -> AsyncIterator[World]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(real_app), base_url="http://test") as client:
        yield World(client=client, database=real_app.state.database, settings=settings)


def outcomes(answers: list[httpx.Response]) -> Counter[str]:
    return Counter("ok" if answer.is_success else answer.json()["code"] for answer in answers)


async def at_once(*requests: Awaitable[httpx.Response]) -> Counter[str]:
    return outcomes(list(await asyncio.gather(*requests)))


async def two_admins(world: World) -> tuple[Studio, Person]:
    studio, second = await world.studio(), await world.person()
    path = f"/companies/{studio.company['id']}/admins"
    await created(studio.owner.post(path, {"user_id": second.id}))
    return studio, second


async def both_leave(studio: Studio, second: Person) -> Counter[str]:
    path = f"/companies/{studio.company['id']}/admins"
    return await at_once(
        studio.owner.delete(f"{path}/{studio.owner.id}"), second.delete(f"{path}/{second.id}")
    )


async def count_admins(world: World, studio: Studio) -> int:
    async with world.database.reading() as session:
        theirs = select(CompanyAdmin).where(CompanyAdmin.company_id == studio.company["id"])
        return len((await session.scalars(theirs)).all())


async def test_of_two_last_admins_who_go_at_once_one_stays(real_world: World) -> None:
    for _ in range(5):
        studio, second = await two_admins(real_world)
        assert await both_leave(studio, second) == {"ok": 1, "last_admin": 1}
        assert await count_admins(real_world, studio) == 1


async def test_without_the_lock_a_company_would_lose_both(real_world: World, monkeypatch: Any) -> None:
    """Negative control: both look before either goes."""
    barrier = asyncio.Barrier(2)
    has_other_admin = companies.has_other_admin

    async def unlocked(session: Any, company_id: int) -> Company | None:
        company: Company | None = await session.get(Company, company_id)
        return company

    async def both_look(*args: Any, **options: Any) -> bool:
        found = await has_other_admin(*args, **options)
        await asyncio.wait_for(barrier.wait(), 5)
        return found

    studio, second = await two_admins(real_world)
    monkeypatch.setattr(companies, "find_locked", unlocked)
    monkeypatch.setattr(companies, "has_other_admin", both_look)
    assert await both_leave(studio, second) == {"ok": 2}
    assert await count_admins(real_world, studio) == 0


async def invited_person(world: World, worker: Worker) -> tuple[Studio, Person, str]:
    studio, invited = await world.studio(), await world.person()
    path = f"/companies/{studio.company['id']}/team/invitations"
    await created(studio.owner.post(path, {"email": invited.email, "role": "professional"}))
    return studio, invited, await newest_token(worker, invited.email)


async def count_members(world: World, studio: Studio) -> int:
    async with world.database.reading() as session:
        theirs = select(TeamMember).where(TeamMember.company_id == studio.company["id"])
        return len((await session.scalars(theirs)).all())


async def test_of_twenty_uses_of_one_invitation_one_makes_a_member(real_world: World, settings) -> None:
    worker = Worker(real_world.database, settings)
    studio, invited, token = await invited_person(real_world, worker)
    answers = await at_once(*(invited.post(f"/team/invitations/{token}/accept") for _ in range(20)))
    assert answers == {"ok": 1, "invitation_used": 19}
    assert await count_members(real_world, studio) == 1


async def test_without_its_guards_an_invitation_would_work_more_than_once(
    real_world: World, settings, monkeypatch: Any
) -> None:
    """Negative control: reading first and writing then, and an upsert that doesn't mind."""

    barrier = asyncio.Barrier(2)

    async def read_then_write(session, invitation_id, now):
        invitation = await session.get(TeamInvitation, invitation_id, populate_existing=True)
        if invitation.accepted_at is not None:
            return False
        await asyncio.wait_for(barrier.wait(), 5)
        await session.execute(
            update(TeamInvitation).where(TeamInvitation.id == invitation_id).values(accepted_at=now)
        )
        return True

    async def join_anyway(session, **values):
        await join(session, **values)
        return (
            await session.scalars(select(TeamMember).where(TeamMember.user_id == values["user_id"]))
        ).one()

    join = teams.join
    worker = Worker(real_world.database, settings)
    studio, invited, token = await invited_person(real_world, worker)
    monkeypatch.setattr(invitations, "use", read_then_write)
    monkeypatch.setattr(teams, "join", join_anyway)
    assert await at_once(*(invited.post(f"/team/invitations/{token}/accept") for _ in range(2))) == {"ok": 2}
    # The unique constraint holds all the same.
    assert await count_members(real_world, studio) == 1


async def test_parallel_invitations_of_one_address_leave_one_open(real_world: World) -> None:
    studio = await real_world.studio()
    path = f"/companies/{studio.company['id']}/team/invitations"
    body = {"email": "many@example.com", "role": "staff"}
    answers = await at_once(*(studio.owner.post(path, body) for _ in range(8)))
    assert set(answers) <= {"ok", "invitation_pending"}
    assert answers["ok"] >= 1
    assert (await studio.owner.get(path)).json()["total"] == 1


async def test_companies_of_one_name_made_at_once_have_slugs_of_their_own(real_world: World) -> None:
    owner = await real_world.person()
    body = {"name": "Parallel Brass", "currency": "GBP"}
    answers = await asyncio.gather(*(owner.post("/companies", body) for _ in range(20)))
    assert outcomes(list(answers)) == {"ok": 20}
    assert len({answer.json()["slug"] for answer in answers}) == 20


async def close_while_booking(world: World) -> list[tuple[bool, bool]]:
    """For each round: whether the company was closed, and whether anybody got a booking."""
    rounds = []
    for _ in range(8):
        studio, customers = await world.studio(), [await world.person() for _ in range(3)]
        closed, *held = await asyncio.gather(
            studio.owner.delete(f"/companies/{studio.company['id']}"),
            *(customer.post("/bookings", wish(studio)) for customer in customers),
        )
        assert closed.status_code in {204, 409}, closed.text
        assert {answer.status_code for answer in held} <= {201, 404, 409}
        rounds.append((closed.status_code == 204, any(answer.status_code == 201 for answer in held)))
    return rounds


async def test_no_company_is_closed_over_a_booking_that_is_being_made(real_world: World) -> None:
    for is_closed, is_booked in await close_while_booking(real_world):
        assert is_closed != is_booked


async def test_a_booking_that_comes_too_late_finds_the_company_closed(
    real_world: World, monkeypatch: Any
) -> None:
    """Without luck: the company closes between a booking's look at the room and its row."""
    studio, customer = await real_world.studio(), await real_world.person()
    insert_hold = bookings.insert_hold

    async def late(session: Any, **values: Any) -> Any:
        closed = await studio.owner.delete(f"/companies/{studio.company['id']}")
        assert closed.status_code == 204
        return await insert_hold(session, **values)

    monkeypatch.setattr(bookings, "insert_hold", late)
    assert await at_once(customer.post("/bookings", wish(studio))) == {"offer_changed": 1}
    assert await at_once(customer.post("/bookings", wish(studio))) == {"room_not_found": 1}
