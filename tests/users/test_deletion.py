"""Leaving: what is refused, what is forgotten and what stays."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from src import invariants
from src.auth.models import Session
from src.core.identity import Role
from src.core.mail import service as mail
from src.core.mail.models import Mail
from src.core.uploads import StoredFile
from src.users import service as users
from src.users.exceptions import UserNotFoundError
from src.users.models import User
from src.users.schemas import ProfileUpdate
from tests.auth.support import PASSWORD, bearer, log_in, refused, registered_tokens
from tests.factories.world import created, ok, problem
from tests.support import pictures

ME = "/api/v1/users/me"


async def delete(person, **body):
    options = {"json": body} if body else {}
    return await person.client.request("DELETE", ME, headers=person.headers, **options)


async def gone(person):
    answer = await delete(person)
    assert answer.status_code == 204, answer.text


async def reasons(person):
    document = problem(await delete(person), 409, "account_in_use")
    return {reason["code"]: reason["ids"] for reason in document["reasons"]}


async def grow_old(session, person):
    """As if they had logged in an hour ago."""
    await session.execute(
        update(Session)
        .where(Session.user_id == person.id)
        .values(created_at=Session.created_at - timedelta(hours=1))
    )


async def test_of_the_person_nothing_is_left(world, session, database, run_outbox, mailbox):
    person, studio = await world.person(), await world.studio()
    await ok(person.patch("/users/me", {"phone": "+442079460123", "bio": "Brass.", "locale": "de"}))
    await created(person.client.post(f"{ME}/photo", headers=person.headers, files={"file": pictures.jpeg()}))
    await person.put(f"/addresses/{studio.address['id']}/favorite", None)
    booking = await world.paid_booking(studio, person)
    await run_outbox()
    assert mailbox.to(person.email)
    await ok(person.post(f"/bookings/{booking['id']}/cancel"))
    await run_outbox()
    assert (await session.scalars(select(Mail).where(Mail.recipient == person.email))).all()

    await gone(person)
    problem(await person.get("/users/me"), 401, "session_ended")
    await run_outbox()

    (row,) = (await session.execute(text("SELECT * FROM users WHERE id = :id"), {"id": person.id})).mappings()
    kept = {name: value for name, value in row.items() if value is not None}
    assert kept.keys() == {
        "id", "email", "firstname", "lastname", "role", "locale",
        "created_at", "updated_at", "deactivated_at", "deleted_at",
    }  # fmt: skip
    assert kept["email"] == f"deleted-{person.id}@deleted.invalid"
    assert (kept["firstname"], kept["lastname"], kept["locale"]) == ("Deleted", "user", "en")
    for table in ("auth_sessions", "one_time_tokens", "address_favorites", "company_admins"):
        rows = await session.execute(text(f"SELECT 1 FROM {table} WHERE user_id = :id"), {"id": person.id})
        assert rows.all() == [], table
    assert (await session.scalars(select(Mail).where(Mail.recipient == person.email))).all() == []
    (photo,) = (await session.scalars(select(StoredFile))).all()
    assert photo.delete_at is not None
    problem(await person.client.get(f"/api/v1/users/{person.id}"), 404, "user_not_found")


async def test_nothing_is_written_about_somebody_who_has_left(world, session):
    """By a request that began before."""
    person = await world.person()
    await gone(person)
    with pytest.raises(UserNotFoundError):
        await users.update_profile(session, user_id=person.id, changes=ProfileUpdate(bio="Brass."))
    await users.set_avatar(session, user_id=person.id, avatar="https://pictures.example/mira")
    left = await session.get_one(User, person.id, populate_existing=True)
    assert (left.bio, left.avatar) == (None, None)


async def test_bookings_and_the_ledger_stay_as_they_are(world, session, run_outbox):
    person, studio = await world.person(), await world.studio()
    booking = await world.paid_booking(studio, person)
    await run_outbox()
    await ok(person.post(f"/bookings/{booking['id']}/cancel"))
    await run_outbox()
    before = (await ok(studio.owner.get(f"/bookings/{booking['id']}")),
              await ok(studio.owner.get(f"/bookings/{booking['id']}/payments")))  # fmt: skip
    entries = text("SELECT id, transaction_id, account, amount FROM ledger_entries ORDER BY id")
    ledger = (await session.execute(entries)).all()
    assert ledger
    await gone(person)
    await run_outbox()
    assert before == (await ok(studio.owner.get(f"/bookings/{booking['id']}")),
                      await ok(studio.owner.get(f"/bookings/{booking['id']}/payments")))  # fmt: skip
    assert (await session.execute(entries)).all() == ledger
    moves = await session.scalars(text("SELECT actor_id FROM booking_moves WHERE actor = 'customer'"))
    assert set(moves) == {person.id}
    assert await invariants.check(session) == {}


async def test_nobody_is_written_to_any_more(world, session, run_outbox, mailbox):
    person = await world.person()
    await mail.queue(
        session, key="late", template="auth/welcome", recipient=person.email, params={"firstname": "Mira"}
    )
    await session.flush()
    await gone(person)
    await mail.queue(
        session,
        key="later",
        template="auth/welcome",
        recipient=f"deleted-{person.id}@deleted.invalid",
        params={},
    )
    await run_outbox()
    assert list(mailbox) == []


async def test_the_address_is_free_again_and_the_old_log_in_is_not(client, run_outbox):
    tokens = await registered_tokens(client)
    answer = await client.request(
        "DELETE", ME, headers=bearer(tokens["access_token"]), json={"password": PASSWORD}
    )
    assert answer.status_code == 204
    assert refused(await log_in(client), 401, "invalid_credentials")
    await run_outbox()
    again = await registered_tokens(client)
    assert again["user"]["id"] != tokens["user"]["id"]


async def test_it_takes_the_password_or_a_fresh_log_in(client, session):
    tokens = await registered_tokens(client)
    person_id, headers = tokens["user"]["id"], bearer(tokens["access_token"])
    wrong = await client.request("DELETE", ME, headers=headers, json={"password": "not my password"})
    assert refused(wrong, 403, "wrong_password")
    await session.execute(
        update(Session)
        .where(Session.user_id == person_id)
        .values(created_at=Session.created_at - timedelta(hours=1))
    )
    assert refused(await client.request("DELETE", ME, headers=headers), 403, "log_in_not_recent")
    assert (await client.get(ME, headers=headers)).status_code == 200
    right = await client.request("DELETE", ME, headers=headers, json={"password": PASSWORD})
    assert right.status_code == 204


async def test_who_has_no_password_logs_in_again(world, session):
    """As people who only ever came through Google."""
    person = await world.person()
    problem(await delete(person, password="anything at all"), 403, "wrong_password")
    await grow_old(session, person)
    problem(await delete(person), 403, "log_in_not_recent")
    await session.execute(
        update(Session)
        .where(Session.user_id == person.id)
        .values(created_at=Session.created_at + timedelta(hours=1))
    )
    await gone(person)


@pytest.mark.parametrize("body", [{"password": ""}, {"password": None}, {"password": "x", "force": True}])
async def test_bodies_that_are_none(world, body):
    person = await world.person()
    answer = await person.client.request("DELETE", ME, headers=person.headers, json=body)
    problem(answer, 422, "validation_failed")


async def test_coming_bookings_have_to_be_cancelled_first(world, session):
    person, studio = await world.person(), await world.studio()
    held = await world.held_booking(studio, person, hour=12)
    paid = await world.paid_booking(studio, person, hour=18)
    assert await reasons(person) == {"upcoming_bookings": [held["id"], paid["id"]]}
    await ok(person.post(f"/bookings/{paid['id']}/cancel"))
    await world.let_hold_end(held)
    past = await world.paid_booking(studio, person, hour=20)
    await session.execute(
        text(
            "UPDATE bookings SET starts_at = now() - interval '3 hours', ends_at = now() - interval '1 second'"
            " WHERE id = :id"
        ),
        past,
    )
    await gone(person)


async def test_a_studio_on_the_market_needs_somebody_who_answers_for_it(world, session):
    studio, another = await world.studio(), await world.person()
    company_id = studio.company["id"]
    assert await reasons(studio.owner) == {"last_admin_of_company": [company_id]}
    # An admin who can't log in is none.
    await session.execute(
        text("INSERT INTO company_admins (company_id, user_id) VALUES (:c, :u)"),
        {"c": company_id, "u": another.id},
    )
    deactivate = text("UPDATE users SET deactivated_at = CASE WHEN :off THEN now() END WHERE id = :id")
    await session.execute(deactivate, {"off": True, "id": another.id})
    assert await reasons(studio.owner) == {"last_admin_of_company": [company_id]}
    await session.execute(deactivate, {"off": False, "id": another.id})
    await gone(studio.owner)


async def test_bookings_at_ones_studio_need_somebody_too(world):
    studio, customer = await world.studio(), await world.person()
    booking = await world.paid_booking(studio, customer)
    await ok(studio.owner.patch(f"/addresses/{studio.address['id']}", {"status": "draft"}))
    assert await reasons(studio.owner) == {"company_has_bookings": [studio.company["id"]]}
    await ok(customer.post(f"/bookings/{booking['id']}/cancel"))
    await gone(studio.owner)


async def test_an_administrator_of_the_platform_is_released_by_another(world):
    admin, other = await world.person(role=Role.ADMIN), await world.person(role=Role.ADMIN)
    assert await reasons(admin) == {"platform_admin": [admin.id]}
    await ok(other.patch(f"/users/{admin.id}", {"role": "user"}))
    await gone(admin)
    assert admin.id not in [user["id"] for user in (await ok(other.get("/users")))["items"]]
    problem(await other.patch(f"/users/{admin.id}", {"is_active": True}), 404, "user_not_found")


async def test_a_refusal_changes_nothing(world, session):
    studio = await world.studio()
    await reasons(studio.owner)
    assert (await ok(studio.owner.get("/users/me")))["email"] == studio.owner.email
    user = await session.get_one(User, studio.owner.id)
    assert (user.deleted_at, user.deactivated_at) == (None, None)


async def test_guesses_are_limited_like_log_ins(client, settings):
    tokens = await registered_tokens(client)
    headers, answers = bearer(tokens["access_token"]), []
    for _ in range(12):
        guess = await client.request("DELETE", ME, headers=headers, json={"password": "a wrong guess"})
        answers.append(guess.status_code)
    assert settings.log_in_limit_per_account.startswith("10/")
    assert answers == [403] * 10 + [429] * 2
