"""A professional and equipment come with the room, in the same claim: all of it, or nothing."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from src.teams.enums import TeamRole
from tests.events.support import assert_invariants
from tests.factories.world import Person, Studio, World, created, ok, problem, wish

RENTED = {"type": "microphone", "name": "U 87", "is_included": False, "price_unit": "per_hour"}


async def rent_out(studio: Studio, amount: int = 500) -> int:
    types = await ok(studio.owner.get("/equipment-types"))
    body = RENTED | {"type": types[0]["slug"], "price_amount": amount}  # type: ignore[index]
    item = await created(studio.owner.post(f"/addresses/{studio.address['id']}/equipment", body))
    return int(item["id"])


async def engineer(world: World, studio: Studio, closes: str = "22:00") -> tuple[Person, dict[str, int]]:
    """Works daily from 10, 40.00 an hour; and how a booking names them."""
    person, member_id = await world.member(studio, TeamRole.PROFESSIONAL)
    hours = [{"weekday": day, "opens": "10:00", "closes": closes} for day in range(7)]
    await ok(person.put(f"/team/{member_id}/hours", {"hours": hours}))
    services = {"services": [{"name": "Recording", "minutes": 60, "amount": 4000}]}
    answer = await ok(person.put(f"/team/{member_id}/services", services))
    return person, {"member_id": member_id, "service_id": answer["services"][0]["id"]}


async def test_the_bill_names_them_and_their_time_is_taken(world: World, session: AsyncSession) -> None:
    studio, customer, other = await world.studio(), await world.person(), await world.person()
    mic = await rent_out(studio)
    _, named = await engineer(world, studio)
    body = wish(studio) | {"equipment_ids": [mic], "professional": named}
    assert (await ok(customer.post("/bookings/quote", body)))["is_free"]
    booking = await created(customer.post("/bookings", body))
    assert [(item["kind"], item["amount"]) for item in booking["items"]] == [
        ("room", 10_000), ("equipment", 1000), ("service", 8000)]  # fmt: skip
    assert booking["total"]["amount"] == 19_000
    second = await world.room(studio)
    for extra, label in (
        ({"equipment_ids": [mic]}, {"equipment_id": mic}),
        ({"professional": named}, {"member_id": named["member_id"]}),
    ):
        assert not (await ok(other.post("/bookings/quote", wish(second) | extra)))["is_free"]
        refusal = problem(await other.post("/bookings", wish(second) | extra), 409, "add_on_taken")
        assert refusal["add_ons"] == [label]
    problem(await other.post("/bookings", body), 409, "slot_taken")
    await created(other.post("/bookings", wish(second)))  # nothing of the refused ones was taken
    await assert_invariants(session)
    await ok(customer.post(f"/bookings/{booking['id']}/cancel"))
    await created(other.post("/bookings", body))


async def test_a_professional_sees_their_work_and_no_more(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    person, named = await engineer(world, studio)
    booking = await created(customer.post("/bookings", wish(studio) | {"professional": named}))
    without = await created(customer.post("/bookings", wish(studio, hour=15)))
    assigned = await ok(person.get("/bookings/assigned"))
    assert [one["id"] for one in assigned["items"]] == [booking["id"]]
    await ok(person.get(f"/bookings/{booking['id']}"))
    problem(await person.get(f"/bookings/{without['id']}"), 404, "booking_not_found")
    problem(await person.post(f"/bookings/{booking['id']}/cancel"), 404, "booking_not_found")
    assert (await ok(customer.get("/bookings/assigned")))["total"] == 0
    await studio.owner.delete(f"/companies/{studio.company['id']}/team/{named['member_id']}")
    assert (await ok(person.get("/bookings/assigned")))["total"] == 0


async def test_time_off_is_time_taken(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    person, named = await engineer(world, studio)
    body = wish(studio)
    off = {"starts_at": f"{body['starts_at']}+00:00", "ends_at": f"{body['ends_at']}+00:00"}
    await created(person.post(f"/team/{named['member_id']}/time-off", off))
    problem(await customer.post("/bookings", body | {"professional": named}), 409, "add_on_taken")


@pytest.mark.parametrize(
    ("extra", "status", "code"),
    [
        ({"equipment_ids": [999_999]}, 422, "unknown_equipment"),
        ({"professional": {"member_id": 999_999, "service_id": 1}}, 404, "professional_not_found"),
        ({"equipment_ids": [1, 1]}, 422, "validation_failed"),
        ({"equipment_ids": list(range(1, 30))}, 422, "validation_failed"),
    ],
)
async def test_what_is_not_let_is_refused(
    world: World, extra: dict[str, Any], status: int, code: str
) -> None:
    studio, customer = await world.studio(), await world.person()
    problem(await customer.post("/bookings", wish(studio) | extra), status, code)


async def test_nobody_is_booked_when_they_do_not_work(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    _, named = await engineer(world, studio, closes="13:00")
    problem(
        await customer.post("/bookings", wish(studio) | {"professional": named}),
        422,
        "professional_not_working",
    )
    other = await world.studio()
    problem(
        await customer.post("/bookings", wish(other) | {"professional": named}), 404, "professional_not_found"
    )


async def test_what_can_come_with_a_room_is_listed(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    mic, second_mic = await rent_out(studio), await rent_out(studio)
    _, named = await engineer(world, studio)
    await created(customer.post("/bookings", wish(studio) | {"equipment_ids": [mic]}))
    body = wish(studio)
    path = f"/rooms/{studio.room_id}/add-ons?starts_at={body['starts_at']}&ends_at={body['ends_at']}"
    found = await ok(customer.get(path))
    assert {one["equipment_id"]: one["is_free"] for one in found["equipment"]} == {
        mic: False,
        second_mic: True,
    }
    assert [(one["member_id"], one["is_free"]) for one in found["professionals"]] == [
        (named["member_id"], True)
    ]
    assert found["professionals"][0]["services"][0]["price"] == {"amount": 4000, "currency": "GBP"}
    late = datetime.fromisoformat(body["ends_at"]).replace(hour=23).isoformat()
    path = f"/rooms/{studio.room_id}/add-ons?starts_at={body['starts_at']}&ends_at={late}"
    assert [one["is_free"] for one in (await ok(customer.get(path)))["professionals"]] == [False]


async def test_a_late_payment_has_all_of_it_or_nothing(world: World, session: AsyncSession) -> None:
    studio, customer, other = await world.studio(), await world.person(), await world.person()
    mic = await rent_out(studio)
    body = wish(studio) | {"equipment_ids": [mic]}
    outcomes = []
    for hour, is_lost in ((12, False), (15, True)):
        booking = await created(
            customer.post("/bookings", wish(studio, hour=hour) | {"equipment_ids": [mic]})
        )
        page = await created(customer.post(f"/bookings/{booking['id']}/checkout", {"gateway": "sandbox"}))
        await world.let_hold_end(booking)
        if is_lost:
            second = await world.room(studio)
            await created(other.post("/bookings", wish(second, hour=hour) | {"equipment_ids": [mic]}))
        await world.client.post(f"{page['url']}/pay")
        outcomes.append((await ok(customer.get(f"/bookings/{booking['id']}")))["status"])
    assert outcomes == ["confirmed", "expired"]
    problem(await other.post("/bookings", body), 409, "slot_taken")
    await assert_invariants(session)
