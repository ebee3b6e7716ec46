"""A company's bookings: filters, order, pages, who sees what, and the spreadsheet."""

import csv
import io
from datetime import datetime

import pytest

from src.bookings.owners import company_bookings
from src.core.identity import Role
from tests.bookings.owners.support import change, employ, rename
from tests.factories.world import NEW_YORK, created, ok, problem


def path(studio):
    return f"/companies/{studio.company['id']}/bookings"


async def ids(person, studio, **query):
    document = await ok(person.get(path(studio), params=query))
    assert document["total"] >= len(document["items"])
    return [booking["id"] for booking in document["items"]]


async def spreadsheet(person, studio, **query):
    answer = await person.get(path(studio), params=query, headers={"Accept": "text/csv"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    text = answer.content.decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))


async def second_studio(studio):
    """Of the same company, with a room of its own."""
    owner = studio.owner
    body = {
        "company_id": studio.company["id"],
        "name": "Dean Street",
        "street": "1 Dean Street",
        "city_id": 2643743,
        "lat": 51.5,
        "lng": 0,
    }
    return await created(owner.post("/addresses", body))


async def test_each_is_as_it_is_alone_with_its_customer(world):
    studio, customer = await world.studio(), await world.person()
    booking = await world.paid_booking(studio, customer)
    await rename(world, customer, "Zoë", "Kaplan")
    document = await ok(studio.owner.get(path(studio)))
    expected = booking | {"customer_name": "Zoë Kaplan", "customer_email": customer.email}
    assert document == {"items": [expected], "total": 1, "page": 1, "size": 20}


async def test_filters(world):
    studio, customer, other = await world.studio(), await world.person(), await world.person()
    await rename(world, other, "Ann_Marie", "O'Neil")
    paid = (await world.paid_booking(studio, customer, days_ahead=30, hour=12))["id"]
    held = await world.held_booking(studio, other, days_ahead=31, hour=12)
    lapsed = await world.held_booking(studio, customer, days_ahead=32, hour=12)
    await world.let_hold_end(lapsed)
    held_id, lapsed_id = held["id"], lapsed["id"]
    day = datetime.fromisoformat(held["starts_at"]).date().isoformat()
    owner = studio.owner
    assert await ids(owner, studio) == [lapsed_id, held_id, paid]
    for query, expected in (
        ({"status": "confirmed"}, [paid]),
        ({"status": "pending"}, [held_id]),
        ({"status": "expired"}, [lapsed_id]),
        ({"room_id": studio.room_id}, [lapsed_id, held_id, paid]),
        ({"room_id": studio.room_id + 1}, []),
        ({"address_id": studio.address["id"]}, [lapsed_id, held_id, paid]),
        ({"address_id": studio.address["id"] + 1}, []),
        ({"customer": "ann_m"}, [held_id]),
        ({"customer": "ann%marie"}, []),
        ({"customer": "marie o'ne"}, [held_id]),
        ({"customer": other.email.upper()}, [held_id]),
        ({"from": day}, [lapsed_id, held_id]),
        ({"to": day}, [paid]),
        ({"is_paid": True}, [paid]),
        ({"is_paid": False}, [lapsed_id, held_id]),
        ({"is_paid": False, "from": day, "status": "pending"}, [held_id]),
    ):
        assert await ids(owner, studio, **query) == expected, query


async def test_days_are_those_of_the_studio(world):
    studio, customer = await world.studio(city_id=NEW_YORK, currency="USD"), await world.person()
    booking = await world.held_booking(studio, customer, hour=20)  # the next day in UTC
    day = datetime.fromisoformat(booking["starts_at"]).date().isoformat()
    assert await ids(studio.owner, studio, **{"from": day}) == [booking["id"]]
    assert await ids(studio.owner, studio, to=day) == []


async def test_order_and_pages(world):
    studio, customer = await world.studio(), await world.person()
    first = (await world.held_booking(studio, customer, days_ahead=33, hours=1))["id"]
    second = (await world.held_booking(studio, customer, days_ahead=31, hours=3))["id"]
    third = (await world.held_booking(studio, customer, days_ahead=32, hours=2))["id"]
    for sort, expected in {
        "starts_at": [second, third, first],
        "created_at": [first, second, third],
        "total": [first, third, second],
    }.items():
        assert await ids(studio.owner, studio, sort=sort) == expected
        assert await ids(studio.owner, studio, sort=f"-{sort}") == expected[::-1]
        assert await ids(studio.owner, studio, sort=sort, page=2, size=2) == expected[2:]


async def test_members_see_the_studios_they_are_limited_to(world):
    studio, customer = await world.studio(), await world.person()
    booking = await world.held_booking(studio, customer)
    elsewhere = await second_studio(studio)
    here = await employ(world, studio, "staff", address_ids=[studio.address["id"]])
    there = await employ(world, studio, "manager", address_ids=[elsewhere["id"]])
    everywhere = await employ(world, studio, "staff")
    assert await ids(here, studio) == await ids(everywhere, studio) == [booking["id"]]
    assert await ids(there, studio) == []
    assert [row["reference"] for row in await spreadsheet(here, studio)] == [booking["reference"]]
    assert await spreadsheet(there, studio) == []


async def test_who_may_not_read_bookings_gets_neither_list_nor_spreadsheet(world):
    studio = await world.studio()
    professional = await employ(world, studio, "professional")
    for person in (professional, await world.person(), (await world.studio()).owner):
        for accept in ("application/json", "text/csv"):
            answer = await person.get(path(studio), headers={"Accept": accept})
            assert problem(answer, 403, "permission_missing")["permission"] == "bookings.read"
    missing = await studio.owner.get("/companies/9999999/bookings")
    problem(missing, 404, "company_not_found")


async def test_what_another_company_has_is_in_no_filter(world):
    studio, other, customer = await world.studio(), await world.studio(), await world.person()
    await world.held_booking(other, customer)
    assert await ids(studio.owner, studio, room_id=other.room_id) == []
    assert await ids(studio.owner, studio, address_id=other.address["id"]) == []


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "customer"},
        {"status": "lost"},
        {"size": 101},
        {"customer": ""},
        {"from": "tomorrow"},
        {"who": 1},
    ],
    ids=str,
)
async def test_a_filter_that_makes_no_sense_is_refused(world, query):
    studio = await world.studio()
    problem(await studio.owner.get(path(studio), params=query), 422, "validation_failed")


async def test_the_spreadsheet_has_all_rows_of_the_filter_in_order(world, monkeypatch):
    monkeypatch.setattr(company_bookings, "CHUNK", 2)
    studio, customer = await world.studio(), await world.person()
    made = [await world.held_booking(studio, customer, days_ahead=day) for day in (30, 34, 31, 33, 32)]
    await change(world, made[0], "total_amount = 4000")
    await change(world, made[1], "total_amount = 4000")
    for sort in ("starts_at", "-starts_at", "created_at", "-created_at", "total", "-total"):
        listed = await ok(studio.owner.get(path(studio), params={"sort": sort}))
        rows = await spreadsheet(studio.owner, studio, sort=sort, size=1)
        assert [row["reference"] for row in rows] == [item["reference"] for item in listed["items"]], sort


async def test_a_row_says_what_the_list_says(world):
    studio, customer = await world.studio(currency="JPY"), await world.person()
    booking = await world.paid_booking(studio, customer)
    (row,) = await spreadsheet(studio.owner, studio)
    assert (row["total"], row["paid"], row["refund"], row["currency"]) == ("10000", "10000", "0", "JPY")
    assert (row["starts_at"], row["timezone"]) == (booking["starts_at"], "Europe/London")
    assert (row["status"], row["email"]) == ("confirmed", customer.email)


async def test_no_cell_is_a_formula(world):
    studio, customer = await world.studio(), await world.person()
    await rename(world, customer, '=HYPERLINK("http://evil.example","x")', "+1")
    await world.held_booking(studio, customer)
    (row,) = await spreadsheet(studio.owner, studio)
    assert row["customer"] == '\'=HYPERLINK("http://evil.example","x") +1'


async def test_more_rows_than_a_spreadsheet_should_have_are_refused(world, monkeypatch):
    monkeypatch.setattr(company_bookings, "MOST_ROWS", 1)
    studio, customer = await world.studio(), await world.person()
    for hour in (10, 14):
        await world.held_booking(studio, customer, hour=hour)
    answer = await studio.owner.get(path(studio), headers={"Accept": "text/csv"})
    assert problem(answer, 422, "too_many_rows")["most_rows"] == 1


async def test_bookings_of_a_customer(world):
    studio, customer = await world.studio(), await world.person()
    booking = await world.held_booking(studio, customer)
    own = f"/bookings/customer/{customer.id}"
    admin = await world.person(role=Role.ADMIN)
    for person in (customer, admin):
        assert (await ok(person.get(own)))["items"] == [booking]
    problem(await studio.owner.get(own), 403, "admin_only")
    problem(await admin.get("/bookings/customer/9999999"), 404, "user_not_found")
    problem(await customer.get("/bookings/customer/9999999"), 403, "admin_only")
