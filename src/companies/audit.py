"""Who changed what of a company: written in the transaction of the change, never changed, read by its admins."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from pydantic_core import to_jsonable_python
from sqlalchemy.ext.asyncio import AsyncSession

from src.companies import repository
from src.companies.schemas import AuditFilter, AuditRead
from src.core.database import Transaction, driver, reads_only
from src.core.identity import Principal

# Of an administrator of the platform, who needs no right in the company: `changes` says which one they did without.
OVERRIDE: Final = "permission.overridden"

_RECORD = """
INSERT INTO audit_entries (company_id, actor_id, is_platform_admin, action, subject_id, changes)
VALUES ($1, $2, $3, $4, $5, $6::text::jsonb)
"""


async def record(
    session: Transaction,
    *,
    principal: Principal | None,
    company_id: int,
    action: str,
    subject_id: int,
    changes: Mapping[str, tuple[Any, Any]],
) -> None:
    """`action` is `<subject>.<what>`, as `room.updated`; `changes` maps a field to its value before and after.

    Without a principal it was the platform itself: a timed job, or a provider.
    """
    await (await driver(session)).execute(
        _RECORD,
        company_id,
        principal.user_id if principal else None,
        principal is not None and principal.is_admin,
        action,
        subject_id,
        orjson.dumps(to_jsonable_python(changes)).decode(),
    )


async def record_override(
    session: AsyncSession, *, principal: Principal, company_id: int, permission: str, subject_id: int
) -> None:
    """That an administrator of the platform was let pass to change something. Does nothing for others.

    Nor in a session that can't write: what only looks, or looks before it writes, passes here once more.
    """
    if principal.is_admin and not reads_only(session):
        await record(
            session,
            principal=principal,
            company_id=company_id,
            action=OVERRIDE,
            subject_id=subject_id,
            changes={"permission": (None, permission)},
        )


def apply(instance: Any, values: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Sets the attributes and returns those that really changed, with their values before and after."""
    changes = {
        field: (getattr(instance, field), value)
        for field, value in values.items()
        if getattr(instance, field) != value
    }
    for field, value in values.items():
        setattr(instance, field, value)
    return changes


async def list_entries(
    session: AsyncSession, *, company_id: int, wanted: AuditFilter
) -> tuple[Sequence[AuditRead], str | None]:
    """Newest first, and the cursor of the next page."""
    rows, next_cursor = await repository.list_audit_entries(session, company_id, wanted)
    return [_read(row) for row in rows], next_cursor


def _read(row: repository.AuditRow) -> AuditRead:
    entry, firstname, lastname, _ = row
    return AuditRead(
        id=entry.id,
        action=entry.action,
        subject_id=entry.subject_id,
        actor_id=entry.actor_id,
        actor_name=f"{firstname} {lastname}" if entry.actor_id else None,
        is_platform_admin=entry.is_platform_admin,
        changes={
            field: {"before": before, "after": after} for field, (before, after) in entry.changes.items()
        },
        created_at=entry.created_at,
    )
