"""Agreements as PDF, by the templates in `templates/agreements`."""

import re
from datetime import datetime
from typing import Any, Final

from src.core.typesetting import ARCHIVE, typeset

PAGE: Final = re.compile(rb"/Type\s*/Page\b")


async def agreement_pdf(agreement: dict[str, Any], *, drawn_up: datetime) -> bytes:
    return await typeset(
        "agreements/agreement.typ", moment=drawn_up, inputs={"agreement": agreement}, standard=ARCHIVE
    )


async def signed_pdf(
    agreement: dict[str, Any], record: dict[str, Any], *, pdf: bytes, drawn_up: datetime
) -> bytes:
    """The pages of `pdf` and the record behind them. No archive file: those can't hold the pages of another."""
    record = {**record, "pdf": list(pdf), "pages": len(PAGE.findall(pdf))}
    return await typeset(
        "agreements/record.typ", moment=drawn_up, inputs={"agreement": agreement, "record": record}
    )
