from src.core.errors import ConflictError, NotFoundError


class PayoutNotFoundError(NotFoundError):
    code = "payout_not_found"
    detail = "There is no such payout of this company."


class PayoutNotByHandError(ConflictError):
    code = "payout_not_by_hand"
    detail = "A gateway sends this payout; nobody pays it by hand."


class PayoutNotFailedError(ConflictError):
    code = "payout_not_failed"
    detail = "No gateway has refused this payout; there is nothing to try again."


class PayoutSentError(ConflictError):
    code = "payout_sent"
    detail = "This payout has been sent already."


class PayoutOnHoldError(ConflictError):
    code = "payout_on_hold"
    detail = "A bank disputes a payment of this payout; wait until it is decided."
