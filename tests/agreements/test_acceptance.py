"""Both sides accept a version, once, and it is recorded who, when and from where."""

import hashlib

from sqlalchemy import text

from src.core.identity import Role
from tests.agreements.support import accept, agreement_of, download, generated
from tests.factories.world import ok, problem
from tests.support.pdf import pages_of


async def signed_up(world):
    studio, customer = await world.studio(), await world.person()
    booking = await world.paid_booking(studio, customer)
    return studio, customer, booking, await generated(customer, booking)


async def employ(world, studio, role):
    member = await world.person()
    async with world.database.transaction() as session:
        await session.execute(
            text("INSERT INTO team_members (company_id, user_id, role) VALUES (:company, :user, :role)"),
            {"company": studio.company["id"], "user": member.id, "role": role},
        )
    return member


async def test_both_sides_accept(world):
    studio, customer, booking, version = await signed_up(world)
    for person in (customer, studio.owner):
        agreement = (await accept(person, booking, version)).json()
    first, second = agreement["versions"][0]["acceptances"]
    assert (first["side"], first["user_id"]) == ("customer", customer.id)
    assert (second["side"], second["user_id"]) == ("studio", studio.owner.id)
    assert first["client_address"] == "127.0.0.1"
    assert first["accepted_at"].endswith("+00:00")
    assert first["name"].startswith("Mira Number")
    assert await agreement_of(customer, booking) == agreement


async def test_accepting_twice_changes_nothing(world):
    _, customer, booking, version = await signed_up(world)
    once = (await accept(customer, booking, version)).json()
    assert (await accept(customer, booking, version)).json() == once


async def test_somebody_of_the_team_accepts_for_the_studio_and_the_next_one_changes_nothing(world):
    studio, _, booking, version = await signed_up(world)
    member = await employ(world, studio, "staff")
    assert (await accept(member, booking, version)).status_code == 200
    agreement = (await accept(studio.owner, booking, version)).json()
    (acceptance,) = agreement["versions"][0]["acceptances"]
    assert (acceptance["side"], acceptance["user_id"]) == ("studio", member.id)


async def test_who_does_not_see_the_booking_accepts_nothing(world):
    studio, _, booking, version = await signed_up(world)
    professional = await employ(world, studio, "professional")
    problem(await accept(professional, booking, version), 404, "booking_not_found")
    problem(await accept(await world.person(), booking, version), 404, "booking_not_found")


async def test_an_outdated_version_is_refused_and_the_old_acceptances_stay_with_it(world):
    _, customer, booking, first = await signed_up(world)
    await accept(customer, booking, first)
    async with world.database.transaction() as session:
        await session.execute(
            text("UPDATE bookings SET ends_at = ends_at + interval '1 hour' WHERE id = :id"),
            {"id": booking["id"]},
        )
    # Changed, and not drawn up anew yet: the latest version is outdated as well.
    assert problem(await accept(customer, booking, first), 409, "agreement_outdated")["version"] == 1
    second = await generated(customer, booking)
    document = problem(await accept(customer, booking, first), 409, "agreement_outdated")
    assert (document["version"], document["sha256"]) == (2, second["sha256"])
    assert (await accept(customer, booking, second)).status_code == 200
    versions = (await agreement_of(customer, booking))["versions"]
    assert [len(version["acceptances"]) for version in versions] == [1, 1]


async def test_what_was_not_read_is_not_accepted(world):
    _, customer, booking, version = await signed_up(world)
    problem(await accept(customer, booking, version | {"sha256": "0" * 64}), 409, "agreement_outdated")
    problem(await accept(customer, booking, version | {"version": 2}), 404, "agreement_not_found")
    for wrong in ({"sha256": "nonsense"}, {"version": "1"}, {"version": 0}, {"sha256": None}):
        problem(await accept(customer, booking, version | wrong), 422, "validation_failed")
    assert (await agreement_of(customer, booking))["versions"][0]["acceptances"] == []


async def test_the_signed_copy_shows_who_accepted_behind_the_very_pages(world):
    studio, customer, booking, version = await signed_up(world)
    await accept(customer, booking, version)
    plain = await download(customer, booking)
    copy = pages_of(await download(studio.owner, booking, signed=True))
    assert [page.split() for page in copy[:2]] == [page.split() for page in pages_of(plain)]
    record = " ".join(copy[2].split())
    name = (await agreement_of(customer, booking))["versions"][0]["acceptances"][0]["name"]
    assert f"SHA-256 {hashlib.sha256(plain).hexdigest()}" in record
    assert "FOR THE STUDIO not accepted yet" in record
    assert f"THE CUSTOMER {name}" in record
    assert "UTC from 127.0.0.1" in record, record
    assert "Page 3 of 3" in record


async def test_the_export_of_ones_data_lists_what_one_accepted(world):
    studio, customer, booking, version = await signed_up(world)
    await accept(customer, booking, version)
    (entry,) = (await ok(customer.get("/users/me/export")))["agreements"]
    assert entry["agreement"] == version["number"]
    assert (entry["booking_id"], entry["sha256"]) == (booking["id"], version["sha256"])
    assert (entry["side"], entry["client_address"]) == ("customer", "127.0.0.1")
    assert (await ok(studio.owner.get("/users/me/export")))["agreements"] == []


async def test_an_administrator_of_the_platform_may_read(world):
    _, _, booking, version = await signed_up(world)
    admin = await world.person(role=Role.ADMIN)
    assert (await agreement_of(admin, booking))["versions"] == [version]
