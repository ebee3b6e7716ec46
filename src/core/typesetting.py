"""From texts to PDF, in threads of its own: typst lets go of the interpreter, but it works for tens of milliseconds.

Nothing that a person has typed becomes part of a template: it travels as JSON, and the template prints it as text.
The same texts and the same moment make the same bytes.
"""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import typst

TEMPLATES: Final = Path(__file__).parents[2] / "templates"
# For archives: all fonts inside, every letter can be read back. A letter that no typeface has is an error.
ARCHIVE: Final = "a-2u"

_threads = ThreadPoolExecutor(2, thread_name_prefix="typesetting")


async def typeset(
    template: str, *, moment: datetime, inputs: dict[str, Any], standard: str | None = None
) -> bytes:
    """`template` is named below `templates/`; `moment` is when the document says it was made."""
    return await asyncio.get_running_loop().run_in_executor(
        _threads, compile_pdf, template, moment, inputs, standard
    )


def compile_pdf(template: str, moment: datetime, inputs: dict[str, Any], standard: Any) -> bytes:
    """Blocks."""
    pdf = typst.compile(
        TEMPLATES / template,
        root=TEMPLATES,
        ignore_system_fonts=True,
        sys_inputs={name: json.dumps(value) for name, value in inputs.items()},
        timestamp=moment,
        pdf_standards=[standard] if standard else [],
    )
    assert isinstance(pdf, bytes)
    return pdf
