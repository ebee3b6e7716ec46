import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from src.core.middleware import ClientAddressMiddleware


def seen(hops: int, *forwarded: str, **headers: str) -> list[str]:
    """Address and scheme that an endpoint sees behind so many trusted proxies."""
    app = Starlette(
        routes=[Route("/", lambda request: JSONResponse([request.client.host, request.url.scheme]))]
    )
    client = TestClient(ClientAddressMiddleware(app, trusted_hops=hops), client=("10.0.0.1", 5000))
    lines = [("X-Forwarded-For", value) for value in forwarded]
    address, scheme = client.get("/", headers=[*lines, *headers.items()]).json()
    return [address, scheme]


@pytest.mark.parametrize(
    ("hops", "forwarded", "address"),
    [
        (1, ["192.0.2.7"], "192.0.2.7"),
        (1, ["198.51.100.1, 192.0.2.7"], "192.0.2.7"),  # the left one is the client's invention
        (1, ["198.51.100.1", "192.0.2.7"], "192.0.2.7"),  # two headers are one list
        (2, ["198.51.100.1, 192.0.2.7, 10.0.0.9"], "192.0.2.7"),
        (1, ["2001:db8::7"], "2001:db8::7"),
        (2, ["192.0.2.7"], "10.0.0.1"),  # has not come through both proxies
        (1, [], "10.0.0.1"),
        (1, ["192.0.2.7, unknown"], "10.0.0.1"),
        (1, ["192.0.2.7,"], "10.0.0.1"),
    ],
)
def test_as_many_entries_are_believed_as_there_are_proxies(hops, forwarded, address):
    assert seen(hops, *forwarded)[0] == address


def test_the_scheme_is_the_one_that_the_proxy_was_asked_by():
    assert seen(1, "192.0.2.7", **{"X-Forwarded-Proto": "https"})[1] == "https"
    assert seen(1, "192.0.2.7", **{"X-Forwarded-Proto": "gopher"})[1] == "http"
