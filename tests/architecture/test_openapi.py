"""Clients are generated from the document and people read it: each operation has to say what they need."""

import re
from typing import Any

import pytest
from fastapi import FastAPI

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
            assert operation["security"] == [{"bearer": []}], f"{method} {path}"


def test_whatever_creates_or_moves_something_takes_an_idempotency_key(operations: list[Operation]) -> None:
    # Registering and logging in have no user whose key it could be; a checkout is one for each booking; an upload
    # replaces the one before.
    without_key = {"quote_booking", "open_checkout", "upload_my_photo", "upload_company_logo"}
    for method, path, operation in operations:
        if method != "post" or "auth" in operation["tags"] or operation["operationId"] in without_key:
            continue
        parameters = {parameter["name"].lower() for parameter in operation.get("parameters", [])}
        assert "idempotency-key" in parameters, path
        codes = {
            code
            for response in operation["responses"].values()
            for code in response.get("content", {}).get(PROBLEM, {}).get("examples", {})
        }
        assert {"idempotency_key_reused", "request_in_flight", "idempotency_key_too_long"} <= codes, path


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
