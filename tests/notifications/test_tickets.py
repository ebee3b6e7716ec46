from datetime import timedelta

import httpx
import pytest

from src.core.clock import utc_now
from src.core.config import Settings
from src.core.identity import Principal, Role
from src.core.schemas import LARGEST_ID
from src.core.signing import sign
from src.notifications.stream import service
from src.notifications.stream.exceptions import StreamTicketRefusedError
from tests.factories.world import World, ok, problem

STREAM = "/api/v1/notifications/stream"
ANA = Principal(user_id=7, session_id=70, role=Role.USER)


def test_a_ticket_is_good_for_its_time(settings: Settings) -> None:
    now = utc_now()
    issued = service.issue_ticket(principal=ANA, settings=settings, now=now)
    lifetime = timedelta(seconds=issued.expires_in)
    assert lifetime == timedelta(minutes=5)
    for moment in (now, now + lifetime - timedelta(seconds=2)):
        assert service._read_ticket(issued.ticket, settings, moment) == (7, 70)
    with pytest.raises(StreamTicketRefusedError):
        service._read_ticket(issued.ticket, settings, now + lifetime)


@pytest.mark.parametrize("ticket", ["x", "x.y", ".", "é.é", "NzA6Nzo5OTk5OTk5OTk5."])
async def test_what_is_no_ticket_opens_nothing(client: httpx.AsyncClient, ticket: str) -> None:
    answer = await client.get(STREAM, params={"ticket": ticket})
    problem(answer, 403, "stream_ticket_refused")


async def test_a_signature_for_another_purpose_opens_nothing(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    later = int((utc_now() + timedelta(minutes=5)).timestamp())
    forged = sign(settings.secret_key.get_secret_value(), purpose="unsubscribe", value=f"7:70:{later}")
    problem(await client.get(STREAM, params={"ticket": forged}), 403, "stream_ticket_refused")


async def test_without_a_ticket_there_is_no_stream(client: httpx.AsyncClient) -> None:
    problem(await client.get(STREAM), 422, "validation_failed")


async def test_the_ticket_of_an_ended_session_opens_nothing(world: World) -> None:
    person = await world.person()
    issued = await ok(person.post("/notifications/stream-tickets"))
    assert (await person.post("/auth/logout")).status_code == 204
    answer = await world.client.get(STREAM, params={"ticket": issued["ticket"]})
    problem(answer, 403, "stream_ticket_refused")


@pytest.mark.parametrize(
    ("sent", "number"),
    [
        (None, None),
        ("", None),
        ("41", 41),
        ("0", 0),
        ("-1", None),
        ("4x", None),
        ("٤", None),
        ("9" * 40, LARGEST_ID - 1),
    ],
)
def test_ids_of_events_are_read_as_what_they_may_be(sent: str | None, number: int | None) -> None:
    assert service._number(sent) == number
