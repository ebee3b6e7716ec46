from typing import Annotated

from fastapi import Depends, Request

from src.auth.google.client import GoogleClient
from src.auth.google.exceptions import GoogleNotConfiguredError


async def _get_google(request: Request) -> GoogleClient:
    google: GoogleClient | None = request.app.state.google
    if google is None:
        raise GoogleNotConfiguredError
    return google


GoogleDep = Annotated[GoogleClient, Depends(_get_google)]
