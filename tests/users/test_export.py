"""All one's data: a member for each part of the product, and nothing that opens a door."""

import re

from sqlalchemy import text

from src.main import PERSONAL_DATA
from tests.auth.support import API, bearer, log_in, register, verification_tokens, verify_email
from tests.factories.world import created, ok
from tests.support import pictures


async def test_every_part_contributes(world, run_outbox):
    studio, person = await world.studio(), await world.person()
    await ok(person.patch("/users/me", {"phone": "+442079460123", "bio": "Brass."}))
    await created(
        person.client.post(f"{API}/users/me/photo", headers=person.headers, files={"file": pictures.jpeg()})
    )
    company = await created(person.post("/companies", {"name": "Brass Rooms", "currency": "EUR"}))
    await person.put(f"/addresses/{studio.address['id']}/favorite", None)
    paid = await world.paid_booking(studio, person)
    await ok(person.post(f"/bookings/{paid['id']}/cancel", {"reason": "ill"}))
    await run_outbox()

    document = await ok(person.get("/users/me/export"))
    assert set(document) == set(PERSONAL_DATA.exports) == {
        "profile", "sessions", "external_identities", "companies", "team_memberships", "favorites",
        "bookings", "waitlist", "agreements", "payments", "appointments", "messages", "message_reports",
        "notifications", "admin_actions",
    }  # fmt: skip
    me = await ok(person.get("/users/me"))
    assert me.items() <= document["profile"].items()
    assert [session["ended_at"] for session in document["sessions"]] == [None]
    assert document["companies"] == [company]
    assert [favorite["id"] for favorite in document["favorites"]] == [studio.address["id"]]
    assert document["bookings"] == [await ok(person.get(f"/bookings/{paid['id']}"))]
    payments = await ok(person.get(f"/bookings/{paid['id']}/payments"))
    charges = document["payments"]["charges"]
    assert [{**charge, "booking_id": None} for charge in charges] == [
        {**charge, "booking_id": None} for charge in payments["charges"]
    ]
    assert document["payments"]["refunds"] == payments["refunds"]


async def test_it_is_ones_own_data_and_nobody_elses(world):
    studio, person, other = await world.studio(), await world.person(), await world.person()
    await world.held_booking(studio, other)
    document = await ok(person.get("/users/me/export"))
    assert document["bookings"] == document["companies"] == document["favorites"] == []
    assert document["payments"] == {"charges": [], "refunds": []}
    # The owner's export holds the company, not the customers' bookings.
    assert (await ok(studio.owner.get("/users/me/export")))["bookings"] == []
    assert other.email not in (await person.get("/users/me/export")).text


async def test_it_holds_no_hash_and_no_token(client, session, run_outbox, mailbox):
    await register(client)
    await run_outbox()
    for token in verification_tokens(mailbox):
        await verify_email(client, token)
    tokens = (await log_in(client)).json()
    exported = await client.get(f"{API}/users/me/export", headers=bearer(tokens["access_token"]))
    assert exported.status_code == 200
    stored = (
        await session.execute(text("SELECT password_hash FROM users WHERE password_hash IS NOT NULL"))
    ).scalars()
    hashes = (
        await session.execute(
            text("SELECT token_hash FROM refresh_tokens UNION ALL SELECT token_hash FROM one_time_tokens")
        )
    ).scalars()
    secrets = [*stored, *(found.hex() for found in hashes), tokens["access_token"], tokens["refresh_token"]]
    secrets += verification_tokens(mailbox)
    assert len(secrets) >= 5
    assert [secret for secret in secrets if secret in exported.text] == []
    names = set(re.findall(r'"(\w+)":', exported.text))
    assert [name for name in names if re.search("hash|token|secret|password", name)] == []
