"""The dashboard adds up what it says it does."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from src.admin.dashboard import service
from src.admin.dashboard.plots import Bar, Plot
from src.core.clock import utc_now
from tests.factories.world import ok


async def draw_up(session, today=None):
    board = await service.draw_up(session, today=today or utc_now().date())
    return board, {plot.title: plot for plot in board.plots}


def total(plot):
    return sum(bar.value for bar in plot.bars)


async def test_an_empty_market_has_flat_plots(session):
    board, plots = await draw_up(session)
    assert set(plots) == {"Bookings confirmed per day", "Occupancy by week"}
    assert [total(plot) for plot in board.plots] == [0, 0]
    assert len(plots["Bookings confirmed per day"].bars) == service.DAYS
    assert [tile.count for tile in board.tiles] == [0] * 5
    assert "<svg" in board.plots[0].svg


async def test_bookings_count_on_the_day_of_their_confirmation_and_money_when_it_is_paid(
    world, session, run_outbox
):
    studio, customer = await world.studio(), await world.person()
    missed = await world.paid_booking(studio, customer)
    second = await world.paid_booking(studio, customer, hour=16, hours=1)
    await world.held_booking(studio, customer, days_ahead=31)
    await customer.post(f"/bookings/{second['id']}/cancel", {"reason": "ill"})
    await world.let_it_begin(missed)
    for move in ("no-show", "no-show/take-back"):  # which confirms nothing anew
        await ok(studio.owner.post(f"/bookings/{missed['id']}/{move}"))
    await run_outbox()
    _, plots = await draw_up(session)
    assert total(plots["Bookings confirmed per day"]) == 2
    money = plots["Paid by week, GBP"]
    back = await session.scalar(text("SELECT sum(refunded_amount) FROM charges"))
    assert back > 0
    assert total(money) == 15000 - back
    assert all(bar.text.endswith(" GBP") for bar in money.bars)

    _, later = await draw_up(session, utc_now().date() + timedelta(days=service.DAYS + 7))
    assert total(later["Bookings confirmed per day"]) == 0
    assert "Paid by week, GBP" not in later


async def test_occupancy_is_booked_time_of_what_is_open(world, session):
    """Open daily from 10 to 22 with one room: 84 hours a week; two of them are booked."""
    studio, customer = await world.studio(), await world.person()
    booking = await world.paid_booking(studio, customer)
    starts_at = datetime.fromisoformat(booking["starts_at"]).astimezone(UTC)
    _, plots = await draw_up(session, starts_at.date())
    occupancy = plots["Occupancy by week"]
    assert occupancy.bars[-1].value == pytest.approx(100 * 2 / 84, abs=0.01)
    assert total(occupancy) == occupancy.bars[-1].value
    await world.studio(
        hours=[
            {"weekday": 0, "mode": "around_the_clock"},
            {"weekday": 1, "mode": "open", "opens": "20:00", "closes": "04:00"},
        ]
    )
    _, plots = await draw_up(session, starts_at.date())
    assert plots["Occupancy by week"].bars[-1].value == pytest.approx(100 * 2 / (84 + 24 + 8), abs=0.01)


async def test_what_waits_for_a_person_leads_to_its_list(session, staff):
    await session.execute(
        text(
            "INSERT INTO mails (key, template, recipient, params, status)"
            " VALUES ('k', 'auth/welcome', 'x@example.com', '{}', 'failed')"
        )
    )
    board, _ = await draw_up(session)
    assert [tile.count for tile in board.tiles] == [1, 0, 0, 0, 0]
    for tile in board.tiles:
        await staff.get(f"/{tile.way}")
    assert "x@example.com" in (await staff.get(f"/{board.tiles[0].way}")).text


def test_a_plot_says_its_numbers_and_keeps_to_its_frame():
    plot = Plot(
        "Bookings <b>",
        "Day",
        "Bookings",
        "7 in all",
        [Bar("1 May", 5, "5"), Bar("2 May", -2, "-2"), Bar("3 May", 0, "0")],
    )
    assert "<title>Bookings &lt;b&gt;: 7 in all</title>" in plot.svg
    assert "<title>1 May: 5</title>" in plot.svg
    assert 'height="-' not in plot.svg
    assert "most: 5 (1 May)" in plot.svg
    assert "<rect" not in Plot("Empty", "Day", "Bookings", "", []).svg
