"""The OpenAPI document, put right where FastAPI can't say what we mean."""

from typing import Any

from fastapi import FastAPI

from src.core.errors import PROBLEM_MEDIA_TYPE


class DocumentedApi(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """FastAPI files the schema of every declared answer under `application/json`; a problem is none of those."""
        document = super().openapi()
        for operations in document["paths"].values():
            for operation in operations.values():
                for response in operation["responses"].values():
                    _file_under_problem(response.get("content", {}))
        return document


def _file_under_problem(content: dict[str, Any]) -> None:
    if PROBLEM_MEDIA_TYPE in content and "application/json" in content:
        schema = content.pop("application/json")["schema"]
        content[PROBLEM_MEDIA_TYPE] = {"schema": schema, **content[PROBLEM_MEDIA_TYPE]}
