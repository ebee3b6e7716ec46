"""`python -m src.cli openapi`: the document that clients are generated from."""

import json
from pathlib import Path
from typing import Annotated

import typer

from src.core.config import Settings
from src.main import create_app


def openapi(
    output: Annotated[Path, typer.Option(help="Where it is written.")] = Path("openapi.json"),
) -> None:
    """Write the OpenAPI document."""
    document = create_app(Settings()).openapi()
    output.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    operations = sum(len(path) for path in document["paths"].values())
    print(f"{operations} operations written to {output}")
