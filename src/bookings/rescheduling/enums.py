from enum import StrEnum


class ProposalStatus(StrEnum):
    WAITING_FOR_CONSENT = "waiting_for_consent"
    WAITING_FOR_PAYMENT = "waiting_for_payment"
    AGREED = "agreed"
    """One side of a swap has agreed; the other hasn't yet."""

    DONE = "done"
    DECLINED = "declined"
    EXPIRED = "expired"


OPEN = (ProposalStatus.WAITING_FOR_CONSENT, ProposalStatus.WAITING_FOR_PAYMENT, ProposalStatus.AGREED)
