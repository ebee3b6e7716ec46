"""Should webhooks never come: gateways are asked which disputes were opened lately, and about those open here."""

from datetime import timedelta
from typing import Final

import structlog

from src.core.clock import utc_now
from src.core.config import Settings
from src.core.database import Database
from src.core.tasks import run_in_transaction
from src.payments.disputes import repository
from src.payments.disputes.service import apply_dispute
from src.payments.exceptions import UnknownObjectError
from src.payments.gateways.base import DisputeState, GatewayError, GatewayRefusedError
from src.payments.gateways.protocols import ListsDisputes
from src.payments.gateways.registry import list_disputing_gateways

log = structlog.get_logger(__name__)

# Banks leave a week at least to answer; a worker may have been away for longer.
LATELY: Final = timedelta(days=30)
BATCH: Final = 50
ASK_EVERY: Final = timedelta(hours=1)


async def reconcile_disputes(database: Database, *, settings: Settings) -> int:
    """Returns how many disputes were learnt of or asked about. Safe beside webhooks, and to repeat."""
    heard = 0
    for gateway in list_disputing_gateways(settings=settings, database=database):
        try:
            heard += await _ask_about_open(database, gateway)
            heard += await _learn_of_new(database, gateway)
        except GatewayError as error:
            log.warning("disputes_not_reconciled", gateway=gateway.name, error=str(error))
    return heard


async def _learn_of_new(database: Database, gateway: ListsDisputes) -> int:
    """Raises `GatewayError`."""
    states = await gateway.list_disputes(since=utc_now() - LATELY)
    async with database.transaction() as session:
        known = await repository.list_known_refs(
            session, gateway=gateway.name, refs=[state.ref for state in states]
        )
    new = [state for state in states if state.ref not in known]
    for state in new:
        await _apply(database, gateway, state)
    return len(new)


async def _ask_about_open(database: Database, gateway: ListsDisputes) -> int:
    """Those not asked about for an hour. Raises `GatewayError` when there is no answer: the rest waits."""
    async with database.transaction() as session:
        refs = await repository.lease_open(session, gateway=gateway.name, limit=BATCH, lease=ASK_EVERY)
    for ref in refs:
        try:
            state = await gateway.find_dispute(ref)
        except GatewayRefusedError as error:
            log.warning("dispute_not_found", gateway=gateway.name, ref=ref, error=str(error))
        else:
            await _apply(database, gateway, state)
    return len(refs)


async def _apply(database: Database, gateway: ListsDisputes, state: DisputeState) -> None:
    try:
        await run_in_transaction(
            database, lambda session: apply_dispute(session, gateway=gateway.name, state=state)
        )
    except (
        UnknownObjectError
    ) as error:  # of another installation, or of a payment that we are yet to learn of
        log.info("dispute_unknown", gateway=gateway.name, ref=state.ref, error=str(error))
