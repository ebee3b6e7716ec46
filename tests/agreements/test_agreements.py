"""The contract of a booking: drawn up, read back, versioned."""

import hashlib
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from tests.agreements.support import agreement_of, download, generated
from tests.factories.world import NEW_YORK, created, ok, problem
from tests.support.pdf import pages_of, text_of


async def moved(world, booking, *, by):
    """As a reschedule leaves a booking."""
    async with world.database.transaction() as session:
        await session.execute(
            text("UPDATE bookings SET starts_at = starts_at + :by, ends_at = ends_at + :by WHERE id = :id"),
            {"id": booking["id"], "by": by},
        )


async def test_the_file_says_what_was_agreed(world):
    studio, customer = await world.studio(city_id=NEW_YORK, currency="USD"), await world.person()
    booking = await world.paid_booking(studio, customer, hours=3)
    made = await generated(customer, booking)
    said = text_of(await download(customer, booking))
    starts = datetime.fromisoformat(booking["starts_at"])
    deadline = starts - timedelta(hours=72)
    for expected in (
        f"AGREEMENT NO. AGR-{booking['reference']}-v1",
        "THE STUDIO Soho Sound Berwick Street 12 Berwick Street, New York City, United States",
        f"{customer.email}",
        "ROOM Live Room A, Berwick Street",
        f"TIME {starts:%A}, {starts.day} {starts:%B %Y}, 12:00 to 15:00 LENGTH 3 h",
        f"America/New_York (UTC{starts.isoformat()[-6:]})",
        "ROOM FOR 6 people",
        "Live Room A, 1 h 3 50.00 USD 150.00 USD Total 150.00 USD",
        f"until {deadline:%A}, {deadline.day} {deadline:%B %Y}, {deadline:%H:%M} 100 %",
        "later than that nothing",
        "Page 2 of 2",
    ):
        assert expected in said, expected
    assert "\ufffd" not in said
    assert made["number"] == f"AGR-{booking['reference']}-v1"


async def test_the_recorded_checksum_is_that_of_the_file(world):
    studio, customer = await world.studio(), await world.person()
    booking = await world.paid_booking(studio, customer)
    made = await generated(customer, booking)
    answer = await studio.owner.get(f"/bookings/{booking['id']}/download-agreement")
    assert hashlib.sha256(answer.content).hexdigest() == made["sha256"]
    assert answer.headers["content-disposition"] == f'attachment; filename="{made["number"]}.pdf"'
    assert answer.headers["cache-control"] == "private, no-store"


async def test_with_nothing_changed_it_stays_the_same_version(world):
    studio, customer = await world.studio(), await world.person()
    booking = await world.paid_booking(studio, customer)
    made = await generated(customer, booking)
    await ok(studio.owner.patch(f"/rooms/{studio.room_id}", {"name": "Live Room B"}))
    await ok(customer.patch("/users/me", {"firstname": "Miriam"}))
    again = await ok(studio.owner.post(f"/bookings/{booking['id']}/generate-agreement"))
    assert again == made
    assert (await agreement_of(customer, booking))["versions"] == [made]


@pytest.mark.parametrize(
    "change",
    [
        "starts_at = starts_at + interval '1 day', ends_at = ends_at + interval '1 day'",
        "total_amount = total_amount - 100",
        "items = items || items",
        "cancellation_policy = '[]'",
    ],
)
async def test_a_changed_booking_gets_a_new_version_and_keeps_the_old(world, change):
    studio, customer = await world.studio(), await world.person()
    booking = await world.paid_booking(studio, customer)
    first = await generated(customer, booking)
    before = await download(customer, booking)
    async with world.database.transaction() as session:
        await session.execute(text(f"UPDATE bookings SET {change} WHERE id = {booking['id']}"))
    second = await generated(customer, booking)
    assert (second["version"], second["is_current"]) == (2, True)
    assert second["sha256"] != first["sha256"]
    assert "v2" in text_of(await download(customer, booking))
    assert await download(customer, booking, version=1) == before
    versions = (await agreement_of(customer, booking))["versions"]
    assert versions == [first | {"is_current": False}, second]


async def test_the_list_says_when_the_booking_has_changed_since(world):
    studio, customer = await world.studio(), await world.person()
    booking = await world.paid_booking(studio, customer)
    await generated(customer, booking)
    await moved(world, booking, by=timedelta(days=1))
    assert [each["is_current"] for each in (await agreement_of(customer, booking))["versions"]] == [False]


async def test_a_payment_draws_it_up_by_itself(world, worker):
    studio, customer = await world.studio(), await world.person()
    booking = await world.paid_booking(studio, customer)
    assert (await agreement_of(customer, booking))["versions"] == []
    await worker.run()
    (version,) = (await agreement_of(studio.owner, booking))["versions"]
    assert (version["version"], version["is_current"]) == (1, True)
    async with world.database.transaction() as session:
        assert (await session.execute(text("SELECT * FROM due_agreements"))).all() == []
    assert await ok(customer.post(f"/bookings/{booking['id']}/generate-agreement")) == version


async def test_a_booking_cancelled_before_the_worker_came_has_none(world, worker):
    studio, customer = await world.studio(), await world.person()
    booking = await world.paid_booking(studio, customer)
    await ok(customer.post(f"/bookings/{booking['id']}/cancel"))
    await worker.run()
    assert (await agreement_of(customer, booking))["versions"] == []
    async with world.database.transaction() as session:
        assert (await session.execute(text("SELECT * FROM due_agreements"))).all() == []


async def test_a_hold_has_no_agreement(world):
    studio, customer = await world.studio(), await world.person()
    booking = await world.held_booking(studio, customer)
    path = f"/bookings/{booking['id']}"
    problem(await customer.post(f"{path}/generate-agreement"), 409, "booking_not_confirmed")
    problem(await customer.get(f"{path}/download-agreement"), 409, "agreement_missing")
    body = {"version": 1, "sha256": "0" * 64}
    problem(await customer.post(f"{path}/agreement/accept", body), 409, "booking_not_confirmed")


async def test_a_cancelled_booking_keeps_what_it_had_and_gets_no_more(world):
    studio, customer = await world.studio(), await world.person()
    booking = await world.paid_booking(studio, customer)
    made = await generated(customer, booking)
    await ok(customer.post(f"/bookings/{booking['id']}/cancel"))
    path = f"/bookings/{booking['id']}"
    problem(await customer.post(f"{path}/generate-agreement"), 409, "booking_not_confirmed")
    body = {"version": 1, "sha256": made["sha256"]}
    problem(await customer.post(f"{path}/agreement/accept", body), 409, "booking_not_confirmed")
    assert len(pages_of(await download(customer, booking))) == 2
    assert (await agreement_of(customer, booking))["versions"] == [made | {"is_current": False}]


@pytest.mark.parametrize("query", [{"version": 0}, {"version": 2**31}, {"version": "last"}], ids=str)
async def test_a_version_that_makes_no_sense_is_refused(world, query):
    studio, customer = await world.studio(), await world.person()
    booking = await world.paid_booking(studio, customer)
    answer = await customer.get(f"/bookings/{booking['id']}/download-agreement", params=query)
    problem(answer, 422, "validation_failed")


async def test_a_version_that_was_never_made_is_not_there(world):
    studio, customer = await world.studio(), await world.person()
    booking = await world.paid_booking(studio, customer)
    await generated(customer, booking)
    answer = await customer.get(f"/bookings/{booking['id']}/download-agreement", params={"version": 2})
    problem(answer, 404, "agreement_not_found")


async def test_prices_that_include_tax_say_how_much(world):
    studio, customer = await world.studio(), await world.person()
    await ok(studio.owner.patch(f"/companies/{studio.company['id']}", {"tax_rate_bp": 1950}))
    booking = await world.paid_booking(studio, customer, hours=3)
    await ok(studio.owner.patch(f"/companies/{studio.company['id']}", {"tax_rate_bp": 2000}))
    await created(customer.post(f"/bookings/{booking['id']}/generate-agreement"))
    assert "of which tax 24.48 GBP" in text_of(await download(customer, booking))
