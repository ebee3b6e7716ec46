"""How far a studio is that isn't open yet."""

from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses import service as addresses
from src.addresses.localtime import requested_instant
from src.addresses.progress import repository
from src.addresses.progress.models import Milestone
from src.addresses.progress.schemas import ProgressRead, ProgressUpdate
from src.companies import audit
from src.core.identity import Principal
from src.teams.permissions import Permission


async def get_progress(
    session: AsyncSession, *, principal: Principal | None, address_id: int
) -> ProgressRead:
    address = await addresses.require_visible(session, principal=principal, address_id=address_id)
    return ProgressRead.of(await repository.list_milestones(session, address.id))


async def replace_progress(
    session: AsyncSession, *, principal: Principal, address_id: int, body: ProgressUpdate
) -> ProgressRead:
    """Raises `LocalTimeSkippedError`."""
    address = await addresses.get_managed_address(
        session, principal=principal, address_id=address_id, permission=Permission.EDIT_STUDIO
    )
    before = ProgressRead.of(await repository.list_milestones(session, address.id))
    zone = ZoneInfo(address.timezone)
    milestones = [
        Milestone(
            address_id=address.id,
            position=position,
            title=entry.title,
            target_date=entry.target_date,
            reached_at=requested_instant(entry.reached_at, zone) if entry.reached_at else None,
        )
        for position, entry in enumerate(body.milestones)
    ]
    await repository.replace_milestones(session, address_id=address.id, milestones=milestones)
    after = ProgressRead.of(milestones)
    await audit.record(
        session,
        principal=principal,
        company_id=address.company_id,
        action="address.progress_replaced",
        subject_id=address.id,
        changes={"milestones": (before.milestones, after.milestones)},
    )
    return after
