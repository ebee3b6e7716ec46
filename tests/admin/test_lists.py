"""Lists: what is found, how far one may look, and what is never shown or read."""

import pytest
from sqlalchemy import event, text

from src.admin.views import VIEWS
from src.admin.views.base import ROWS_OF_PAGE
from src.bookings import reference
from tests.factories.world import ok

SECRET_WORDS = ("hash", "secret", "token", "body", "params", "password_hash", "data", "response")


def test_no_page_names_a_column_that_may_hold_a_secret():
    shown = {name for view in VIEWS for name in (*view.listed, *view.detailed, *view.read_along)}
    assert [
        name for name in shown if name in SECRET_WORDS or name.endswith(("_hash", "_secret", "_token"))
    ] == []


async def test_what_a_page_does_not_name_is_not_even_read(staff, session, engine):
    await session.execute(
        text(
            "INSERT INTO webhook_notices (gateway, event_id, subject, body) VALUES ('stripe', 'e', 's', 'b')"
        )
    )
    statements: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        for view in VIEWS:
            await staff.get(f"/{view.identity}/list")
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)
    lists = [statement for statement in statements if "LIMIT" in statement]
    assert len(lists) == len(VIEWS)
    assert [statement for statement in lists if "count(" in statement or "OFFSET" in statement] == []
    for column in ("password_hash", "webhook_notices.body", "mails.params", "webhook_messages"):
        assert [statement for statement in lists if column in statement] == []


async def test_people_are_found_by_id_and_address(staff, world):
    person, other = await world.person(), await world.person()
    for term in (person.email.upper(), str(person.id), f" #{person.id} "):
        page = (await staff.client.get("/admin/user/list", params={"search": term})).text
        assert person.email in page
        assert other.email not in page
    for term in ("nobody@example.com", "9" * 30, "%", "a\0b", "\u0661"):
        page = await staff.client.get("/admin/user/list", params={"search": term})
        assert "Nothing here" in page.text, term


async def test_bookings_are_found_by_reference_and_status(staff, world):
    studio, customer = await world.studio(), await world.person()
    paid = await world.paid_booking(studio, customer)
    held = await world.held_booking(studio, customer, days_ahead=31)
    for query, found in (
        (f"search={paid['reference']}", {paid["id"]}),
        (f"search={paid['reference'].lower().replace('-', '')}", {paid["id"]}),
        ("status=confirmed", {paid["id"]}),
        ("status=no_show", set()),
        (f"customer_id={customer.id}", {paid["id"], held["id"]}),
        ("customer_id=1", set()),
    ):
        page = (await staff.get(f"/booking/list?{query}")).text
        assert {one["id"] for one in (paid, held) if one["reference"] in page} == found, query
    charges = (await staff.get(f"/charge/list?search={reference.encode(paid['id'])}")).text
    assert f"/admin/booking/details/{paid['id']}" in charges


async def test_studios_and_companies_are_found_by_the_beginning_of_their_name(staff, world):
    studio = await world.studio()
    for path in ("/address/list?search=Berwick+S", "/company/list?search=soho"):
        assert "Nothing here" not in (await staff.get(path)).text
    for path in ("/address/list?search=Street", "/company/list?search=%25"):
        assert "Nothing here" in (await staff.get(path)).text
    assert studio.address["name"] in (await staff.get("/address/list?status=published")).text


async def test_events_are_filtered_by_what_became_of_them(staff, session):
    new = text("INSERT INTO outbox (name, payload, sent_at) VALUES (:name, '{}', :at) RETURNING id")
    await session.execute(new, {"name": "probe.Waiting", "at": None})
    await session.execute(text("UPDATE outbox SET sent_at = now() WHERE name <> 'probe.Waiting'"))
    assert "probe.Waiting" in (await staff.get("/outbox-record/list?state=waiting")).text
    assert "probe.Waiting" not in (await staff.get("/outbox-record/list?state=set+aside")).text


async def test_older_rows_follow_on_the_next_stretch(staff, session):
    mails = text(
        "INSERT INTO mails (key, template, recipient, params)"
        " SELECT 'k' || n, 'auth/welcome', 'reader' || n || '@example.com', '{}' FROM generate_series(1, :n) n"
    )
    await session.execute(mails, {"n": 2 * ROWS_OF_PAGE + 1})
    seen, path = [], "/mail/list?status=queued"
    for _ in range(3):
        page = (await staff.get(path)).text
        seen += [n for n in range(2 * ROWS_OF_PAGE + 1, 0, -1) if f">reader{n}@" in page]
        path = next(
            (
                part.split('"')[0].replace("&amp;", "&").split("/admin")[1]
                for part in page.split('rel="next" href="')[1:]
            ),
            "",
        )
    assert seen == list(range(2 * ROWS_OF_PAGE + 1, 0, -1))
    assert path == ""


async def test_what_people_write_stays_text(staff, world):
    person = await world.person()
    await ok(person.patch("/users/me", {"firstname": '<script>alert("1")</script>'}))
    for path in ("/user/list", f"/user/details/{person.id}", f"/user/details/{person.id}/deactivate"):
        page = (await staff.get(path)).text
        assert "<script>" not in page
        assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        ("SELECT id FROM mails WHERE status = 'failed' ORDER BY id DESC LIMIT 26", "ix_mails_failed"),
        ("SELECT id FROM users WHERE role = 'admin' ORDER BY id DESC LIMIT 26", "ix_users_admins"),
        (
            "SELECT id FROM users WHERE deactivated_at IS NOT NULL ORDER BY id DESC LIMIT 26",
            "ix_users_deactivated",
        ),
        (
            "SELECT id FROM bookings WHERE status = 'no_show' ORDER BY id DESC LIMIT 26",
            "ix_bookings_rare_status",
        ),
        (
            "SELECT id FROM webhook_notices WHERE status = 'unknown' ORDER BY id DESC LIMIT 26",
            "ix_webhook_notices_unknown",
        ),
        (
            "SELECT id FROM webhook_deliveries WHERE status = 'failed' ORDER BY id DESC LIMIT 26",
            "ix_webhook_deliveries_failed",
        ),
        ("SELECT id FROM companies WHERE slug LIKE 'soho%'", "ix_companies_slug_prefix"),
        ("SELECT id FROM addresses WHERE slug LIKE 'soho%'", "ix_addresses_slug_prefix"),
    ],
)
async def test_the_few_among_many_have_an_index(session, statement, index):
    """The planner of a small table reads it whole; told not to, it shows whether the index could answer."""
    for setting in ("enable_seqscan", "enable_bitmapscan", "enable_sort"):
        await session.execute(text(f"SET LOCAL {setting} = off"))
    primary = [
        name
        for name in ("mails", "users", "bookings", "webhook_notices", "webhook_deliveries")
        if f"FROM {name} " in statement
    ]
    for table in primary:
        await session.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT pk_{table} CASCADE"))
    plan = "\n".join(await session.scalars(text(f"EXPLAIN {statement}")))
    assert index in plan
