"""A. Make a booking: session, rules, price, claim, booking, outbox, commit."""

from datetime import timedelta

import orjson

from bench.pgbench import statement
from bench.row import BARE, USUAL, Goal, Row, http_request
from bench.rows.bookings.statements import CLAIM, INSERT, OFFER, OUTBOX, PRINCIPAL
from bench.world import FREE_HOURS, ZONE, World
from src.bookings.events import BookingHeld

HOUR = timedelta(hours=1)
# More than any contestant gets through, pgbench included.
MOST_PER_SECOND = 6_000


def _requests(world: World, seconds: int) -> list[bytes]:
    """Each customer in turn, each an hour that is free."""
    return [
        http_request(
            "POST",
            "/bookings",
            token=world.tokens[number % world.customers],
            body=orjson.dumps({"room_id": room, "starts_at": start, "ends_at": start + HOUR}),
        )
        for number, (room, start) in enumerate(world.take_slots(seconds * MOST_PER_SECOND))
    ]


def _script(world: World, seconds: int) -> str:
    """pgbench computes the slots that `World.take_slots` would have given out."""
    first = world.take_slots(seconds * MOST_PER_SECOND).first
    start = (
        f"((date '{world.tomorrow}' + :day::int + make_interval(hours => :hour::int)) AT TIME ZONE '{ZONE}')"
    )
    items = (
        """'[{"kind":"room","description":"Live Room, 1 h","quantity":1,"unit_amount":5000,"amount":5000}]'"""
    )
    policy = """'[{"hours_before":72,"refund_percent":100},{"hours_before":24,"refund_percent":50}]'"""
    customer, room, address = ":customer::bigint", ":room::bigint", ":address_id::bigint"
    return (
        # `lap` and `clients` are defined by bench.pgbench; a client keeps its variables from lap to lap.
        f"""
\\set lap :lap + 1
\\set slot {first} + :client_id + :lap * :clients
\\set room 1 + :slot % {world.rooms}
\\set hour {FREE_HOURS[0]} + (:slot / {world.rooms}) % {len(FREE_HOURS)}
\\set day (:slot / {world.rooms}) / {len(FREE_HOURS)}
\\set customer 1 + :slot % {world.customers}
"""
        + statement(PRINCIPAL, customer, customer)
        + "BEGIN;\n"
        + statement(OFFER, room, end=" \\gset\n")
        + statement(
            CLAIM,
            f"ARRAY[{room}]",
            f"ARRAY[{start}]",
            f"ARRAY[{start} + interval '1 hour']",
            "'booking'",
            "interval '30 minutes'",
            end=" \\gset\n",
        )
        + statement(
            INSERT,
            *(customer, room, address, ":company_id::bigint", ":claim::bigint"),
            *(start, f"{start} + interval '1 hour'", ":hold_expires_at::timestamptz"),
            *("'GBP'", "5000", items, policy, "0", "500", ":revision"),
            *("'pending'", "1000000", "1000000", "NULL::bigint", ":address_revision", ":company_revision"),
            end=" \\gset\n",
        )
        + statement(OUTBOX, f"'{BookingHeld.name}'", """('{"booking_id":' || :id || '}')""")
        + "COMMIT;\n"
    )


ROWS = [
    Row(
        name="A. make a booking",
        goals=[Goal(BARE, 0.6), Goal(USUAL, 8)],
        requests=_requests,
        status=201,
        is_repeatable=False,
        script=_script,
    )
]
