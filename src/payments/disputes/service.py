"""What a customer's bank takes back. Money is never sent twice: refunds and payouts wait while a dispute is open."""

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import reference
from src.bookings import service as bookings
from src.payments import ledger, repository
from src.payments.disputes import repository as disputes
from src.payments.disputes.models import Dispute
from src.payments.enums import Account, RefundStatus
from src.payments.exceptions import UnknownObjectError
from src.payments.gateways.base import DisputeState, DisputeStatus
from src.payments.models import Charge
from src.payments.service.refunds import refund_cancelled_booking
from src.payments.shares import Shares
from src.payments.transfers import service as transfers


async def apply_dispute(session: AsyncSession, *, gateway: str, state: DisputeState) -> None:
    """Safe to repeat, in any order: a decision stays. Locks the charge. Raises `UnknownObjectError`."""
    charge = await repository.find_locked_by_payment(session, gateway=gateway, payment_ref=state.payment_ref)
    if charge is None:
        raise UnknownObjectError(f"there is no charge of the payment {state.payment_ref}")
    dispute = await disputes.find(session, gateway=gateway, ref=state.ref)
    if dispute is None:
        dispute = _opened(charge, state)
        session.add(dispute)
    elif dispute.status is not DisputeStatus.OPEN:
        return
    dispute.status = state.status
    dispute.answer_by = state.answer_by
    await session.flush()
    if state.is_withdrawn and not dispute.is_withdrawn and state.status is not DisputeStatus.WON:
        await _withdraw(session, charge, dispute)
    if state.status is DisputeStatus.WON:
        await _win(session, charge, dispute)
    elif state.status is DisputeStatus.LOST and dispute.is_withdrawn:
        await _lose(session, charge, dispute)
    if state.status is not DisputeStatus.OPEN and state.provider_fee is not None:
        await ledger.post_provider_fee(
            session,
            charge=charge,
            source=f"dispute-fee:{dispute.id}",
            amount=state.provider_fee.amount,
            currency=state.provider_fee.currency,
        )


def _opened(charge: Charge, state: DisputeState) -> Dispute:
    return Dispute(
        charge_id=charge.id,
        gateway=charge.gateway,
        gateway_ref=state.ref,
        amount=state.amount,
        currency=state.currency,
        reason=state.reason,
        is_withdrawn=False,
    )


async def _withdraw(session: AsyncSession, charge: Charge, dispute: Dispute) -> None:
    dispute.is_withdrawn = True
    await ledger.post_of_charge(
        session,
        charge=charge,
        source=f"dispute:{dispute.id}",
        explanation=f"Dispute of booking {reference.encode(charge.booking_id)}: {dispute.reason}",
        sides={Account.GATEWAY_CLEARING: -dispute.amount, Account.DISPUTED: dispute.amount},
    )


async def _win(session: AsyncSession, charge: Charge, dispute: Dispute) -> None:
    """The money is ours again, and refunds that waited go out."""
    if dispute.is_withdrawn:
        dispute.is_withdrawn = False
        await ledger.post_of_charge(
            session,
            charge=charge,
            source=f"dispute-won:{dispute.id}",
            explanation=f"Dispute of booking {reference.encode(charge.booking_id)} was won",
            sides={Account.DISPUTED: -dispute.amount, Account.GATEWAY_CLEARING: dispute.amount},
        )
    for refund in await repository.list_pending_refunds(session, charge.id):
        refund.due_at = func.clock_timestamp()


async def _lose(session: AsyncSession, charge: Charge, dispute: Dispute) -> None:
    """What was still to go back to the customer they have now. Of the rest everybody gives up their part.

    What is more than was left of the charge is the platform's loss.
    """
    await refund_cancelled_booking(session, booking_id=charge.booking_id)
    covered = await _cover_refunds(session, charge, dispute)
    before = Shares.of(charge)
    lost = min(dispute.amount - covered, charge.kept_amount)
    charge.lost_amount += lost
    if lost:
        await bookings.give_back(session, booking_id=charge.booking_id, amount=lost)
    posted = await ledger.post_of_charge(
        session,
        charge=charge,
        source=f"dispute-lost:{dispute.id}",
        explanation=f"Dispute of booking {reference.encode(charge.booking_id)} was lost",
        sides={
            Account.DISPUTED: -dispute.amount,
            Account.REFUNDS: covered,
            Account.DISPUTE_LOSSES: dispute.amount - covered - lost,
        }
        | ledger.given_up(charge, before=before),
    )
    await transfers.decide_reversals(session, charge=charge, cause=posted)


async def _cover_refunds(session: AsyncSession, charge: Charge, dispute: Dispute) -> int:
    """Refunds that waited count as done by the bank, as many as its amount covers. Returns their sum."""
    covered = 0
    for refund in await repository.list_pending_refunds(session, charge.id):
        if covered + refund.amount <= dispute.amount:
            refund.status = RefundStatus.DISPUTED
            covered += refund.amount
    return covered
