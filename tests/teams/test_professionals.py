from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from src.calendars.service import Span
from src.core.clock import utc_now
from src.core.database import driver
from src.teams.enums import TeamRole
from src.teams.exceptions import ProfessionalNotFoundError, ServiceNotFoundError
from src.teams.professionals import offers as teams
from tests.factories.world import World, created, ok, problem

LONDON = ZoneInfo("Europe/London")
# The first one of the next February: it is to come, and London has winter time.
FEBRUARY = datetime(utc_now().year + 1, 2, 1, tzinfo=UTC)
MONDAY = FEBRUARY + timedelta(days=-FEBRUARY.weekday() % 7)
MIXING = {"name": "Mixing", "minutes": 60, "amount": 4000}


def hours(*entries: tuple[int, str, str]) -> dict[str, Any]:
    return {"hours": [{"weekday": day, "opens": opens, "closes": closes} for day, opens, closes in entries]}


def off(first: int, last: int) -> dict[str, str]:
    """Hours from Monday."""
    return {
        "starts_at": (MONDAY + timedelta(hours=first)).isoformat(),
        "ends_at": (MONDAY + timedelta(hours=last)).isoformat(),
    }


async def test_customers_see_what_they_can_book(world: World) -> None:
    studio = await world.studio()
    professional, member_id = await world.member(studio, TeamRole.PROFESSIONAL)
    await ok(professional.patch("/users/me", {"bio": "I record brass."}))
    await ok(
        professional.put(f"/team/{member_id}/hours", hours((4, "18:00", "02:00"), (0, "10:00", "18:00")))
    )
    await ok(professional.put(f"/team/{member_id}/services", {"services": [MIXING]}))
    seen = await ok(world.client.get(f"/api/v1/team/{member_id}"))
    (service,) = seen.pop("services")
    assert seen == {
        "id": member_id, "company_id": studio.company["id"], "firstname": "Mira", "photo": None,
        "bio": "I record brass.", "address_ids": None, **hours((0, "10:00", "18:00"), (4, "18:00", "02:00")),
    }  # fmt: skip
    assert service["price"] == {"amount": 4000, "currency": "GBP"}
    _, staff_id = await world.member(studio, TeamRole.STAFF)
    problem(await world.client.get(f"/api/v1/team/{staff_id}"), 404, "professional_not_found")
    problem(await studio.owner.put(f"/team/{staff_id}/hours", hours()), 409, "not_a_professional")


async def test_a_service_that_keeps_its_name_keeps_its_id(world: World) -> None:
    studio = await world.studio()
    professional, member_id = await world.member(studio, TeamRole.PROFESSIONAL)

    async def put(*services: dict[str, Any]) -> dict[str, int]:
        answer = await ok(professional.put(f"/team/{member_id}/services", {"services": services}))
        return {service["name"]: service["id"] for service in answer["services"]}

    first = await put(MIXING, MIXING | {"name": "Mastering"})
    second = await put(MIXING | {"amount": 5000}, MIXING | {"name": "Tuning"})
    assert second["Mixing"] == first["Mixing"]
    assert set(second) == {"Mixing", "Tuning"}
    assert await put() == {}


@pytest.mark.parametrize(
    ("part", "body", "code"),
    [
        ("hours", hours((0, "10:00", "18:00"), (0, "17:00", "19:00")), "overlapping_working_hours"),
        ("hours", hours((6, "20:00", "02:00"), (0, "01:00", "09:00")), "overlapping_working_hours"),
        ("hours", hours((7, "10:00", "18:00")), "validation_failed"),
        ("hours", hours((0, "10:00:30", "18:00")), "validation_failed"),
        ("hours", hours((0, "10:00Z", "18:00")), "validation_failed"),
        ("services", {"services": [MIXING, MIXING]}, "validation_failed"),
        ("services", {"services": [MIXING | {"amount": -1}]}, "validation_failed"),
        ("services", {"services": [MIXING | {"minutes": 0}]}, "validation_failed"),
        ("services", {"services": [MIXING | {"currency": "EUR"}]}, "validation_failed"),
    ],
)
async def test_what_makes_no_sense_is_refused(world: World, part: str, body: Any, code: str) -> None:
    studio = await world.studio()
    professional, member_id = await world.member(studio, TeamRole.PROFESSIONAL)
    problem(await professional.put(f"/team/{member_id}/{part}", body), 422, code)


async def test_time_off_takes_the_professionals_time(world: World, session: AsyncSession) -> None:
    studio = await world.studio()
    professional, member_id = await world.member(studio, TeamRole.PROFESSIONAL)
    path = f"/team/{member_id}/time-off"
    taken = await created(professional.post(path, off(0, 24 * 70)))  # longer than one occupancy may be
    problem(await studio.owner.post(path, off(24 * 69, 24 * 71)), 409, "slot_taken")
    later = await created(studio.owner.post(path, off(24 * 70, 24 * 71)))
    assert (await ok(professional.get(path)))["items"] == [taken, later]
    colleague, colleague_id = await world.member(studio, TeamRole.PROFESSIONAL)
    problem(await colleague.get(path), 403, "permission_missing")
    problem(await colleague.delete(f"/team/{colleague_id}/time-off/{taken['id']}"), 404, "time_off_not_found")
    assert (await professional.delete(f"{path}/{taken['id']}")).status_code == 204
    await created(professional.post(path, off(0, 24)))


@pytest.mark.parametrize("times", [off(2, 2), off(2, 1), off(0, 24 * 367),
                                   {"starts_at": "2027-03-01T00:00", "ends_at": "2027-03-02T00:00"}])  # fmt: skip
async def test_time_off_has_a_length_and_an_offset(world: World, times: dict[str, str]) -> None:
    studio = await world.studio()
    professional, member_id = await world.member(studio, TeamRole.PROFESSIONAL)
    problem(await professional.post(f"/team/{member_id}/time-off", times), 422, "validation_failed")


async def test_an_offer_says_when_and_for_how_much(world: World, session: AsyncSession) -> None:
    studio = await world.studio()
    professional, member_id = await world.member(studio, TeamRole.PROFESSIONAL)
    await ok(
        professional.put(f"/team/{member_id}/hours", hours((0, "10:00", "14:00"), (0, "14:00", "18:00")))
    )
    answer = await ok(professional.put(f"/team/{member_id}/services", {"services": [MIXING]}))
    service_id = answer["services"][0]["id"]
    asked = {
        "member_id": member_id,
        "company_id": studio.company["id"],
        "address_id": studio.address["id"],
    }

    async def offer(**changes: int) -> teams.ProfessionalOffer:
        return await teams.get_professional_offer(await driver(session), **(asked | changes))

    def span(first: float, last: float) -> Span:
        return Span(MONDAY + timedelta(hours=first), MONDAY + timedelta(hours=last))

    found = await offer()
    service = found.service(service_id)
    assert (service.name, service.minutes, service.amount) == (
        MIXING["name"],
        MIXING["minutes"],
        MIXING["amount"],
    )
    assert found.is_working(LONDON, span(12, 15.5))
    assert not found.is_working(LONDON, span(9, 11))
    with pytest.raises(ServiceNotFoundError):
        found.service(service_id + 1)
    other = await world.studio()
    with pytest.raises(ProfessionalNotFoundError):
        await offer(company_id=other.company["id"])
    path = f"/companies/{studio.company['id']}/team/{member_id}"
    await ok(studio.owner.patch(path, {"address_ids": [studio.address["id"]]}))
    with pytest.raises(ProfessionalNotFoundError):
        await offer(address_id=other.address["id"])
    assert (await studio.owner.delete(path)).status_code == 204
    with pytest.raises(ProfessionalNotFoundError):
        await offer()
