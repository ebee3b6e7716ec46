from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from src.users.models import User
from tests.factories.world import created, ok, problem
from tests.support import pictures


async def test_everybody_sees_firstname_pictures_and_bio_and_nothing_else(world, client, session):
    person = await world.person()
    await ok(person.patch("/users/me", {"bio": "I record brass.", "phone": "+442079460123"}))
    avatar = "https://lh3.googleusercontent.com/a/x"
    await session.execute(update(User).where(User.id == person.id).values(avatar=avatar))
    me = await created(
        client.post("/api/v1/users/me/photo", headers=person.headers, files={"file": pictures.jpeg()})
    )
    assert set(me["photo"]) == {"thumb", "medium", "large"}
    assert (await ok(client.get(f"/api/v1/users/{person.id}"))) == {
        "id": person.id,
        "firstname": "Mira",
        "avatar": avatar,
        "photo": me["photo"],
        "bio": "I record brass.",
        "member_since": datetime.now(UTC).date().isoformat(),
    }
    assert (await client.get(me["photo"]["thumb"])).headers["content-type"] == "image/webp"
    assert (await ok(person.get("/auth/me")))["photo"] == me["photo"]


async def test_a_deactivated_person_is_not_there(world, client, session):
    person = await world.person()
    await session.execute(update(User).where(User.id == person.id).values(deactivated_at=datetime.now(UTC)))
    problem(await client.get(f"/api/v1/users/{person.id}"), 404, "user_not_found")


@pytest.mark.parametrize(("user_id", "status"), [("9007199254740991", 404), ("0", 422), ("x", 422)])
async def test_nobodys_profile(client, user_id, status):
    assert (await client.get(f"/api/v1/users/{user_id}")).status_code == status


async def test_somebody_who_has_not_confirmed_the_address_is_not_shown(world):
    """Otherwise the id that registration answers would tell a new account from a taken address."""
    newcomer = await world.person(is_verified=False)
    problem(await world.client.get(f"/api/v1/users/{newcomer.id}"), 404, "user_not_found")
