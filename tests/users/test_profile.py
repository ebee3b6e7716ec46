import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from src.core.identity import Role
from src.users import service as users
from src.users.models import User
from tests.auth.support import API, bearer, refused, registered_tokens

PROFILE = f"{API}/users/me"


@pytest.fixture
async def me(client):
    """The headers of somebody who is logged in."""
    return bearer((await registered_tokens(client))["access_token"])


async def test_my_profile_is_who_i_am(client, me):
    profile = await client.get(PROFILE, headers=me)
    assert profile.status_code == 200
    assert profile.json() == (await client.get(f"{API}/auth/me", headers=me)).json()
    assert "password" not in profile.text


@pytest.mark.parametrize("method", ["GET", "PATCH"])
async def test_nobody_has_a_profile_without_logging_in(client, method):
    assert refused(await client.request(method, PROFILE, json={}), 401, "not_authenticated")


@pytest.mark.parametrize(
    "changes",
    [
        {"firstname": "  Miriam "},
        {"lastname": "O'Kafor-Ðường 李"},
        {"phone": "+442079460123"},
        {"phone": None},
        {"bio": "I record brass.\nAnd choirs."},
        {"bio": None},
        {"locale": "de"},
        {"locale": "pt-BR"},
        {"phone": "+4915112345678", "bio": ""},
        {},
    ],
    ids=repr,
)
async def test_what_is_sent_changes_and_the_rest_stays(client, me, changes):
    await client.patch(PROFILE, headers=me, json={"phone": "+33123456789", "bio": "Before."})
    before = (await client.get(PROFILE, headers=me)).json()
    answer = await client.patch(PROFILE, headers=me, json=changes)
    assert answer.status_code == 200
    stored = {name: value.strip() if isinstance(value, str) else value for name, value in changes.items()}
    assert answer.json() == before | stored
    assert (await client.get(PROFILE, headers=me)).json() == answer.json()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("firstname", None),
        ("firstname", " "),
        ("lastname", "x" * 121),
        ("lastname", "a\0b"),
        ("firstname", "Mira\nYou have won"),
        ("firstname", "Mira\r"),
        ("firstname", "Mira\N{LINE SEPARATOR}Okafor"),
        ("firstname", "\N{RIGHT-TO-LEFT OVERRIDE}ariM"),
        ("firstname", "Mira\x7f"),
        ("phone", "020 7946 0123"),
        ("phone", "+0123456789"),
        ("phone", "+44"),
        ("phone", "+4420794601234567"),
        ("phone", "+٤٤٢٠٧٩٤٦٠١٢٣"),
        ("phone", "+442079460123\n"),
        ("bio", "x" * 5_001),
        ("bio", "a\0b"),
        ("locale", "english"),
        ("locale", None),
        ("role", "admin"),
        ("email", "other@example.com"),
        ("email_verified_at", "2027-01-01T00:00:00Z"),
        ("password_hash", "x"),
        ("id", 1),
    ],
)
async def test_a_field_that_is_not_sound_or_not_mine_to_change_is_named(client, me, field, value):
    before = (await client.get(PROFILE, headers=me)).json()
    answer = await client.patch(PROFILE, headers=me, json={"bio": "After.", field: value})
    assert refused(answer, 422, "validation_failed")
    assert [problem["field"] for problem in answer.json()["errors"]] == [f"body.{field}"]
    assert (await client.get(PROFILE, headers=me)).json() == before


async def test_nobody_elses_profile_changes(client, me, session):
    other = await users.create(
        session, email="other@example.com", password_hash=None, firstname="Otto", lastname="Other"
    )
    await client.patch(PROFILE, headers=me, json={"firstname": "Miriam", "bio": "Mine."})
    await session.refresh(other)
    assert (other.firstname, other.bio) == ("Otto", None)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Role.USER, Role.STUDIO_OWNER),
        (Role.STUDIO_OWNER, Role.STUDIO_OWNER),
        (Role.ADMIN, Role.ADMIN),
    ],
)
async def test_promotion_raises_a_role_and_never_lowers_it(session, before, after):
    user = await users.create(
        session, email="otto@example.com", password_hash=None, firstname="Otto", lastname="Other", role=before
    )
    bystander = await users.create(
        session, email="other@example.com", password_hash=None, firstname="Olga", lastname="Other"
    )
    await users.promote_to_studio_owner(session, user_id=user.id)
    roles = {found.id: found.role for found in await session.execute(select(User.id, User.role))}
    assert roles == {user.id: after, bystander.id: Role.USER}


async def test_the_database_knows_no_other_roles(session):
    user = await users.create(
        session, email="otto@example.com", password_hash=None, firstname="Otto", lastname="Other"
    )
    emperor = text("UPDATE users SET role = 'emperor' WHERE id = :id")
    with pytest.raises(IntegrityError, match="ck_users_role"):
        async with session.begin_nested():
            await session.execute(emperor, {"id": user.id})
