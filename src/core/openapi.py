"""The OpenAPI document, put right where FastAPI can't say what we mean, and its pages, served without a CDN."""

from pathlib import Path
from typing import Any

import fastapi_offline
from fastapi import FastAPI
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import HTMLResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

from src.core.errors import (
    PROBLEM_MEDIA_TYPE,
    BadRequestError,
    ContentTooLargeError,
    MalformedJsonError,
    ProblemError,
    errors,
)
from src.core.examples import restore_nulls
from src.core.identity import TOKEN_ERRORS
from src.core.links import link_what_is_created
from src.core.middleware import common_headers, send_problem_document

ASSETS_URL = "/docs-assets"
ASSETS = Path(fastapi_offline.__file__).parent / "static"


class DocumentedApi(FastAPI):
    def __init__(self, **options: Any) -> None:
        super().__init__(docs_url=None, redoc_url=None, **options)
        self.mount(ASSETS_URL, StaticFiles(directory=ASSETS), name="docs-assets")
        self.add_api_route("/docs", self._swagger, include_in_schema=False)
        self.add_api_route("/redoc", self._redoc, include_in_schema=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await super().__call__(scope, receive, _with_problem_for_413(scope, send))

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            document = super().openapi()
            for operations in document["paths"].values():
                for operation in operations.values():
                    _complete(operation)
            link_what_is_created(document)
            restore_nulls(document)
        return super().openapi()

    async def _swagger(self) -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title=self.title,
            swagger_js_url=f"{ASSETS_URL}/swagger-ui-bundle.js",
            swagger_css_url=f"{ASSETS_URL}/swagger-ui.css",
            swagger_favicon_url=f"{ASSETS_URL}/favicon.png",
            swagger_ui_parameters=self.swagger_ui_parameters,
        )

    async def _redoc(self) -> HTMLResponse:
        return get_redoc_html(
            openapi_url="/openapi.json",
            title=self.title,
            redoc_js_url=f"{ASSETS_URL}/redoc.standalone.js",
            redoc_favicon_url=f"{ASSETS_URL}/favicon.png",
            with_google_fonts=False,
        )


def _with_problem_for_413(scope: Scope, send: Send) -> Send:
    """A body over the limit is refused by FastAPI's outermost layer in plain words; ours are problem documents."""
    is_replaced = False

    async def send_problem(message: Message) -> None:
        nonlocal is_replaced
        if message["type"] == "http.response.start" and message["status"] == ContentTooLargeError.status:
            content_type = Headers(raw=message["headers"]).get("content-type", "")
            is_replaced = not content_type.startswith(PROBLEM_MEDIA_TYPE)
        if not is_replaced:
            await send(message)
        elif message["type"] == "http.response.start":
            request_id: str = scope["state"]["request_id"]  # the layer within has set it by now

            async def send_with_headers(part: Message) -> None:
                if part["type"] == "http.response.start":
                    MutableHeaders(scope=part).update(common_headers(request_id))
                await send(part)

            await send_problem_document(ContentTooLargeError(), send_with_headers, request_id=request_id)

    return send_problem


def _complete(operation: dict[str, Any]) -> None:
    """Adds what no route has to say of itself: how a body and a token are refused that can't even be read."""
    for response in operation["responses"].values():
        _file_under_problem(response.get("content", {}))
    bodies = operation.get("requestBody", {}).get("content", {})
    if bodies:
        is_json = "application/json" in bodies
        _declare(operation, MalformedJsonError if is_json else BadRequestError, ContentTooLargeError)
    if "security" in operation:
        if "401" not in operation["responses"]:
            operation["security"] = [{}, *operation["security"]]  # without a log-in it does too
        _declare(operation, *TOKEN_ERRORS)


def _declare(operation: dict[str, Any], *kinds: type[ProblemError]) -> None:
    for status, response in errors(*kinds).items():
        content = response["content"][PROBLEM_MEDIA_TYPE]
        content["schema"] = {"$ref": f"#/components/schemas/{response.pop('model').__name__}"}
        declared = operation["responses"].setdefault(str(status), response)
        declared["content"][PROBLEM_MEDIA_TYPE]["examples"] |= content["examples"]


def _file_under_problem(content: dict[str, Any]) -> None:
    """FastAPI files the schema of every declared answer under `application/json`; a problem is none of those."""
    if PROBLEM_MEDIA_TYPE in content and "application/json" in content:
        schema = content.pop("application/json")["schema"]
        content[PROBLEM_MEDIA_TYPE] = {"schema": schema, **content[PROBLEM_MEDIA_TYPE]}
