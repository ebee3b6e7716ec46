from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from src.core.schemas import Opaque, RequestModel

CHALLENGE_PATTERN = r"^[A-Za-z0-9_\-]{43}$"
Verifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._~\-]{43,128}$")]


class GoogleExchange(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "code": "q3Jv0R3yYp2n0bX4oS1vV9k8m6c5d7e2f1g0h9i8j7k",
                "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            }
        }
    )

    code: Opaque = Field(description="The `code` that the site's page was opened with")
    code_verifier: Annotated[
        Verifier | None, Field(description="What `code_challenge` was made of; left out if there was none")
    ] = None
