"""Clients are generated from the document and people read it: each operation has to say what they need."""

import re
from typing import Any

import jsonschema_rs
import pytest
from fastapi import FastAPI

from tests.architecture.routes import ROUTES

Operation = tuple[str, str, dict[str, Any]]
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def document(shared_app: FastAPI) -> dict[str, Any]:
    return shared_app.openapi()


@pytest.fixture(scope="module")
def operations(document: dict[str, Any]) -> list[Operation]:
    found = [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    assert len(found) > 30
    return found


def test_every_operation_has_a_readable_name_of_its_own(operations: list[Operation]) -> None:
    names = [operation.get("operationId", "") for _, _, operation in operations]
    assert [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", name)] == []
    assert sorted(names) == sorted(set(names))


def test_every_operation_says_what_it_does_and_stands_under_a_tag(operations: list[Operation]) -> None:
    for method, path, operation in operations:
        assert operation.get("summary"), f"{method} {path}"
        assert operation.get("description"), f"{method} {path}"
        assert len(operation.get("tags", [])) == 1, f"{method} {path}"


def test_whatever_takes_input_declares_its_refusals_as_problems(operations: list[Operation]) -> None:
    for method, path, operation in operations:
        refusals = {status for status in operation["responses"] if status.startswith("4")}
        takes_input = "requestBody" in operation or operation.get("parameters")
        assert not takes_input or "422" in refusals, f"{method} {path}"
        for status in refusals:
            content = operation["responses"][status]["content"]
            assert content[PROBLEM]["examples"], f"{method} {path} {status}"


def test_what_asks_for_a_log_in_says_so(operations: list[Operation]) -> None:
    for method, path, operation in operations:
        if "401" in operation["responses"] and not path.startswith("/api/v1/auth/"):
            is_open = ROUTES[f"{method.upper()} {path}"].is_open
            without: list[dict[str, list[str]]] = [{}] if is_open else []
            assert operation["security"] == [*without, {"bearer": []}], f"{method} {path}"
            assert {"invalid_token", "token_expired", "session_ended"} <= codes_of(operation), path


def test_whatever_creates_or_moves_something_takes_an_idempotency_key(operations: list[Operation]) -> None:
    # Registering and logging in have no user whose key it could be; a checkout is one for each booking; an upload
    # replaces the one before; a photo of a room that came twice is removed; the address of a calendar feed replaces
    # the one before, and no record of answers may hold it; an agreement is the same until the booking changes; a
    # company has one account at Stripe; a webhook has an id of its own; no record of answers may hold the secret of
    # an integrator's endpoint, and what is sent to it twice has one id; an attachment that came twice is sent once;
    # that somebody is typing is kept nowhere; what is read stays read; a ticket is a secret too, and the link of a
    # mail is used without a log-in.
    without_key = {
        "quote_booking", "open_checkout", "upload_my_photo", "upload_company_logo", "upload_room_photo",
        "upload_update_photo", "create_my_calendar_feed", "create_room_calendar_feed", "create_member_calendar_feed",
        "create_appointments_calendar_feed",
        "generate_agreement", "onboard_to_stripe", "receive_webhook",
        "create_webhook_endpoint", "rotate_webhook_secret", "ping_webhook_endpoint", "replay_webhook_delivery",
        "replay_failed_webhooks", "upload_message_attachment", "signal_typing",
        "mark_all_notifications_read", "create_stream_ticket", "unsubscribe_from_mails",
    }  # fmt: skip
    for method, path, operation in operations:
        if method != "post" or "auth" in operation["tags"] or operation["operationId"] in without_key:
            continue
        parameters = {parameter["name"].lower() for parameter in operation.get("parameters", [])}
        assert "idempotency-key" in parameters, path
        refusals = {"idempotency_key_reused", "request_in_flight", "idempotency_key_too_long"}
        assert refusals <= codes_of(operation), path


def test_whatever_takes_a_body_says_what_it_cannot_read(operations: list[Operation]) -> None:
    for method, path, operation in operations:
        bodies = operation.get("requestBody", {}).get("content", {})
        if bodies:
            unreadable = "malformed_json" if "application/json" in bodies else "bad_request"
            assert {unreadable, "content_too_large"} <= codes_of(operation), f"{method} {path}"


def codes_of(operation: dict[str, Any]) -> set[str]:
    return {
        code
        for response in operation["responses"].values()
        for code in response.get("content", {}).get(PROBLEM, {}).get("examples", {})
    }


def test_a_body_may_be_left_out_where_all_of_its_fields_may(
    document: dict[str, Any], operations: list[Operation]
) -> None:
    # One of two fields is needed, which no schema says; and money isn't sent back by a request that says nothing.
    demanded = {"add_company_admin", "join_waitlist", "refund_payment"}
    for method, path, operation in operations:
        json = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        name = json.get("schema", {}).get("$ref", "").rpartition("/")[2]
        if method != "post" or not name or operation["operationId"] in demanded:
            continue
        has_to_say = bool(document["components"]["schemas"][name].get("required"))
        assert operation["requestBody"].get("required", False) == has_to_say, path


def test_every_body_has_an_example(document: dict[str, Any], operations: list[Operation]) -> None:
    missing = [
        f"{method} {path} {kind}"
        for method, path, operation in operations
        for kind, content in operation.get("requestBody", {}).get("content", {}).items()
        if not has_example(document, content)
    ]
    assert missing == []


def test_every_success_has_an_example(document: dict[str, Any], operations: list[Operation]) -> None:
    missing = [
        f"{method} {path} {status}"
        for method, path, operation in operations
        for status, response in operation["responses"].items()
        if status.startswith("2")
        for content in response.get("content", {}).values()
        if not has_example(document, content)
    ]
    assert missing == []


def has_example(document: dict[str, Any], schema: dict[str, Any]) -> bool:
    """Of its own, of its items, or made of those of each required field. Where nothing is said nothing comes."""
    if schema.get("schema") == {} or {"example", "examples", "const", "enum", "default"} & schema.keys():
        return True
    fields = schema.get("properties", {})
    if set(fields) == {"items", "total", "page", "size"}:
        return has_example(document, fields["items"])
    if "$ref" in schema:
        return has_example(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    for inner in ("schema", "items"):
        if inner in schema:
            return has_example(document, schema[inner])
    required = schema.get("required", [])
    return bool(required) and all(has_example(document, fields[name]) for name in required)


@pytest.mark.parametrize(
    "schema",
    [{"type": "string"}, {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}],
)
def test_the_look_for_examples_would_notice(schema: dict[str, Any]) -> None:
    assert not has_example({}, {"schema": schema})


def test_every_example_is_what_its_schema_says(document: dict[str, Any], operations: list[Operation]) -> None:
    schemas = document["components"]["schemas"]
    exemplified = [
        *((name, schema) for name, schema in schemas.items()),
        *((f"{name}.{field}", part) for name in schemas for field, part in fields_of(schemas[name]).items()),
        *(
            (f"{path} {parameter['name']}", parameter["schema"])
            for _, path, operation in operations
            for parameter in operation.get("parameters", [])
        ),
    ]
    wrong = [
        f"{where}: {error.message}"
        for where, schema in exemplified
        for example in examples_of(schema)
        for error in validator(document, schema).iter_errors(example)
    ]
    assert wrong == []


def test_an_example_that_breaks_its_schema_would_be_noticed() -> None:
    schema = {"type": "object", "required": ["a"]}
    assert list(validator({"components": {}}, schema).iter_errors({}))


def test_what_is_created_links_to_what_can_be_done_with_it(document: dict[str, Any]) -> None:
    links = document["paths"]["/api/v1/bookings"]["post"]["responses"]["201"]["links"]
    assert {"get_booking", "open_checkout", "cancel_booking"} <= links.keys()
    assert links["open_checkout"]["parameters"] == {"booking_id": "$response.body#/id"}
    of_a_room = document["paths"]["/api/v1/rooms/{room_id}/blocks"]["post"]["responses"]["201"]["links"]
    inside = {"room_id": "$request.path.room_id", "block_id": "$response.body#/id"}
    assert [link["parameters"] for link in of_a_room.values()] == [inside]


def validator(document: dict[str, Any], schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator({"components": document["components"], **schema})


def fields_of(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    fields: dict[str, dict[str, Any]] = schema.get("properties", {})
    return fields


def examples_of(schema: dict[str, Any]) -> list[Any]:
    return [schema["example"]] if "example" in schema else list(schema.get("examples", []))
