"""The log-in of the staff: the API's own, for administrators alone."""

import time
from http.cookies import SimpleCookie

import time_machine
from sqlalchemy import text
from starlette.responses import Response

from src.admin.session import LONGEST_SECONDS, StaffSession
from src.auth import passwords
from src.auth.limits import Action, AuthLimits
from src.auth.service.login import REFUSAL_SECONDS
from src.core.clock import utc_now
from src.core.identity import Role
from tests.admin.support import COOKIE, Staff, alert, cookie_of, session_of

PASSWORD = "four brass rooms"


async def with_password(session, person):
    values = {"hash": await passwords.make_hash(PASSWORD), "id": person.id}
    await session.execute(text("UPDATE users SET password_hash = :hash WHERE id = :id"), values)


def credentials(person, password=PASSWORD):
    return {"email": person.email, "password": password}


async def test_an_administrator_logs_in_and_out(app, admin, session):
    await with_password(session, admin)
    staff = Staff(app)
    before = (await staff.get("/login"), staff.session)[1]
    answer = await staff.send("/login", credentials(admin))
    assert answer.headers["location"] == "/admin/"
    await staff.get("/")
    assert staff.session.csrf_token != before.csrf_token
    stolen = staff.client.cookies[COOKIE]

    assert (await staff.send("/logout", form="/")).headers["location"] == "/admin/login"
    await staff.get("/", 303)
    thief = Staff(app)
    thief.take(stolen)
    await thief.get("/", 303)


async def test_another_log_in_begins_another_session_and_ends_the_one_before(app, admin, session):
    await with_password(session, admin)
    staff = Staff(app)
    await staff.send("/login", credentials(admin))
    first = staff.session
    await staff.send("/login", credentials(admin))
    second = staff.session
    assert (first.session_id, first.csrf_token) != (second.session_id, second.csrf_token)
    live = text("SELECT id FROM auth_sessions WHERE revoked_at IS NULL AND id IN (:first, :second)")
    values = {"first": first.session_id, "second": second.session_id}
    assert (await session.scalars(live, values)).all() == [second.session_id]


async def test_others_are_refused_as_if_unknown_and_no_sooner(app, world, admin, session):
    owner = (await world.studio()).owner
    for person in (owner, admin):
        await with_password(session, person)
    staff, answers = Staff(app), []
    opened = text("SELECT count(*) FROM auth_sessions")
    before = await session.scalar(opened)
    for fields in (
        credentials(owner),
        credentials(admin, "wrong"),
        {"email": "x@example.com", "password": "x"},
    ):
        started = time.monotonic()
        page = await staff.send("/login", fields, 401)
        assert time.monotonic() - started >= REFUSAL_SECONDS
        answers.append(alert(page))
    assert len(set(answers)) == 1
    assert await session.scalar(opened) == before
    await staff.get("/", 303)


async def test_it_shares_the_limits_of_the_api(app, admin, settings):
    limits = AuthLimits(app.state.limiter, settings, "203.0.113.7")
    for _ in range(int(settings.log_in_limit_per_account.partition("/")[0])):
        await limits.spend(Action.LOG_IN, account=admin.email)
    page = await Staff(app).send("/login", credentials(admin), 429)
    assert int(page.headers["retry-after"]) > 0
    assert "Too many tries" in alert(page)


async def test_the_form_wants_its_token(app, admin, session):
    await with_password(session, admin)
    staff = Staff(app)
    await staff.get("/login")
    for token in ("", "another"):
        answer = await staff.client.post("/admin/login", data={**credentials(admin), "csrf_token": token})
        assert answer.status_code == 403
    await staff.get("/", 303)


async def test_a_session_ends_when_nobody_turns_a_page(staff, settings):
    now = utc_now().timestamp()
    with time_machine.travel(now, tick=False) as clock:
        for _ in range(3):
            clock.shift(settings.admin_idle_minutes * 60 - 60)
            await staff.get("/user/list")
        clock.shift(settings.admin_idle_minutes * 60 + 2)
        await staff.get("/user/list", 303)


async def test_a_session_gets_no_older_than_twelve_hours(app, admin, settings):
    for age, status in ((LONGEST_SECONDS - 60, 200), (LONGEST_SECONDS + 1, 303)):
        old = session_of(admin, settings).model_copy(update={"began_at": time.time() - age})
        staff = Staff(app)
        staff.take(cookie_of(old, settings))
        await staff.get("/user/list", status)


def test_the_cookie_is_closed_to_scripts_and_other_sites(settings):
    response = Response()
    StaffSession.begin().remember(response, settings)
    (cookie,) = SimpleCookie(response.headers["set-cookie"]).values()
    assert cookie["httponly"]
    assert cookie["samesite"] == "strict"
    assert cookie["path"] == "/admin"
    assert not cookie["secure"]  # these tests speak http


def test_behind_https_it_is_sent_over_https_alone(settings):
    response = Response()
    StaffSession.begin().remember(response, settings.model_copy(update={"public_url": "https://api.test"}))
    (cookie,) = SimpleCookie(response.headers["set-cookie"]).values()
    assert cookie["secure"]
    assert cookie.key == "__Host-downbeat_admin"
    assert cookie["path"] == "/"


async def test_an_unverified_or_unknown_role_needs_no_page_of_its_own(app, world, session):
    """Whoever registered an administrator's address without owning it stays outside."""
    person = await world.person(role=Role.ADMIN, is_verified=False)
    await with_password(session, person)
    await Staff(app).send("/login", credentials(person), 401)
