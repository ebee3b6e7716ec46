import pytest

from tests.factories.world import ok, problem


def entry(weekday, opens="10:00", closes="22:00"):
    return {"weekday": weekday, "mode": "open", "opens": opens, "closes": closes}


def untimed(weekday, mode):
    return {"weekday": weekday, "mode": mode, "opens": None, "closes": None}


@pytest.fixture
async def studio(world):
    return await world.studio()


@pytest.fixture
def put(studio):
    """Replaces the hours of the studio."""
    path = f"/addresses/{studio.address['id']}/operating-hours"
    return lambda hours: studio.owner.put(path, {"hours": hours})


async def test_hours_are_replaced_as_a_whole_and_read_in_order(studio, put):
    await put([entry(2), entry(5)])
    answer = await put([entry(4, "20:00", "02:00"), entry(0, "14:00", "18:00"), entry(0, "09:00", "12:30")])
    assert answer.status_code == 200, answer.text
    assert answer.json()["operating_hours"] == [
        entry(0, "09:00", "12:30"),
        entry(0, "14:00", "18:00"),
        entry(4, "20:00", "02:00"),
    ]
    stored = await ok(studio.owner.get(f"/addresses/{studio.address['id']}"))
    assert stored["operating_hours"] == answer.json()["operating_hours"]


async def test_every_mode_is_kept(put):
    plan = [
        untimed(0, "closed"),
        untimed(1, "by_appointment"),
        untimed(2, "around_the_clock"),
        entry(3),
        entry(6, "22:00", "06:00"),
    ]
    assert (await put(plan)).json()["operating_hours"] == plan


async def test_a_studio_without_hours_lacks_them(put):
    answer = (await put([])).json()
    assert answer["operating_hours"] == []
    assert answer["missing"] == ["operating_hours"]


@pytest.mark.parametrize(
    "hours",
    [
        [entry(0, "10:00", "12:00"), entry(0, "12:00", "14:00")],
        [entry(0, "22:00", "02:00"), entry(1, "02:00", "10:00")],
        [entry(6, "22:00", "02:00"), entry(0, "02:00", "10:00")],
        [entry(0, "10:00", "10:00")],
        [entry(0, "00:00", "00:00"), entry(1, "00:00", "00:00")],
        [entry(6, "20:00", "00:00"), untimed(0, "around_the_clock")],
        [untimed(day, "around_the_clock") for day in range(7)],
    ],
)
async def test_spans_that_touch_are_fine(put, hours):
    answer = await put(hours)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "hours",
    [
        [entry(0), entry(0)],
        [entry(0, "10:00", "14:00"), entry(0, "13:59", "18:00")],
        [entry(0, "10:00", "22:00"), entry(0, "12:00", "13:00")],
        [entry(0, "22:00", "02:00"), entry(1, "01:59", "10:00")],
        [entry(0, "08:00", "10:00"), entry(6, "22:00", "08:01")],
        [entry(6, "22:00", "02:00"), untimed(0, "around_the_clock")],
        [entry(0), untimed(0, "around_the_clock")],
        [entry(0, "10:00", "10:00"), entry(1, "09:00", "12:00")],
    ],
)
async def test_overlaps_are_refused_and_the_plan_stays(studio, put, hours):
    problem(await put(hours), 422, "overlapping_hours")
    stored = await ok(studio.owner.get(f"/addresses/{studio.address['id']}"))
    assert stored["operating_hours"] == studio.address["operating_hours"]


@pytest.mark.parametrize(
    "hours",
    [
        [entry(0), untimed(0, "closed")],
        [entry(0), untimed(0, "by_appointment")],
        [untimed(0, "closed"), untimed(0, "closed")],
        [untimed(0, "around_the_clock"), untimed(0, "by_appointment")],
        [entry(0, "08:00", "10:00") | {"mode": "by_appointment"}, untimed(0, "closed")],
    ],
)
async def test_a_day_that_contradicts_itself_is_refused(studio, put, hours):
    problem(await put(hours), 422, "contradictory_hours")
    stored = await ok(studio.owner.get(f"/addresses/{studio.address['id']}"))
    assert stored["operating_hours"] == studio.address["operating_hours"]


async def test_visits_by_appointment_may_have_hours_beside_the_open_ones(put):
    plan = [entry(0, "08:00", "10:00") | {"mode": "by_appointment"}, entry(0, "10:00", "18:00")]
    assert (await put(plan)).json()["operating_hours"] == plan
    plan = [entry(6, "22:00", "02:00"), untimed(0, "by_appointment")]
    assert (await put(list(reversed(plan)))).status_code == 200
    overlapping = [entry(0, "08:00", "10:01") | {"mode": "by_appointment"}, entry(0, "10:00", "18:00")]
    problem(await put(overlapping), 422, "overlapping_hours")


@pytest.mark.parametrize(
    "bad",
    [
        entry(7),
        entry(-1),
        entry(None),
        entry(0, opens=None),
        entry(0, closes=None),
        entry(0, opens="25:00"),
        entry(0, opens="10:00:30"),
        entry(0, opens="10:00+01:00"),
        entry(0, opens="ten"),
        entry(0) | {"mode": "closed"},
        entry(0, closes=None) | {"mode": "by_appointment"},
        entry(0) | {"mode": "around_the_clock"},
        entry(0) | {"mode": "sometimes"},
        entry(0) | {"reason": "holiday"},
        {"weekday": 0},
    ],
    ids=ascii,
)
async def test_a_bad_entry_is_refused(put, bad):
    problem(await put([bad]), 422, "validation_failed")


async def test_more_spans_than_a_week_can_need_are_refused(put):
    many = [entry(day, f"{hour:02}:00", f"{hour:02}:30") for day in range(7) for hour in range(11)]
    problem(await put(many), 422, "validation_failed")
