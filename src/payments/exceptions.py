from typing import Final

from src.core.errors import BadRequestError, ConflictError, InvalidError, NotFoundError

NO_ANSWER: Final = "The payment service does not answer; try again in a moment."


class GatewayNotOfferedError(InvalidError):
    code = "gateway_not_offered"
    detail = "This gateway is not offered; `offered` lists those that are."


class CheckoutOpenError(ConflictError):
    code = "checkout_open"
    detail = "A checkout for this booking was being opened at the same moment; ask again."
    constraint = "uq_charges_open"


class PaymentUndecidedError(ConflictError):
    code = "payment_undecided"
    detail = "A payment for what this booking was before is still being decided; try again in a while."


class SandboxPaymentNotFoundError(NotFoundError):
    code = "sandbox_payment_not_found"
    detail = "There is no such checkout."


class SignatureInvalidError(BadRequestError):
    code = "signature_invalid"
    detail = "This was not signed by the gateway, or long ago."


class WebhookNotFoundError(NotFoundError):
    code = "webhook_not_found"
    detail = "This gateway sends no webhooks to this installation."


class NotRefundableError(ConflictError):
    """`refundable` in the document says how much could still go back."""

    code = "not_refundable"
    detail = "That much can't go back any more."
    constraint = "ck_charges_refunded"


class RefundNotFoundError(NotFoundError):
    code = "refund_not_found"
    detail = "This payment has no such refund."


class RefundNotFailedError(ConflictError):
    code = "refund_not_failed"
    detail = "This refund has not failed: there is nothing to pay back by hand."


class NoticeSettledError(ConflictError):
    code = "notice_settled"
    detail = "This notice has been dealt with."


class UnknownObjectError(Exception):
    """A gateway tells of something that should be ours, and we don't know it so: for a person to look at."""


class PaymentsNotConnectedError(ConflictError):
    code = "payments_not_connected"
    detail = "The studio can't take payments this way yet; try another."


class ChargeNotFoundError(NotFoundError):
    code = "charge_not_found"
    detail = "There is no such payment, or you may not see it."


class AmountNotDueError(InvalidError):
    """`due` in the document is what is open."""

    code = "amount_not_due"
    detail = "This is not the amount that is open."


class BookingPaidBackError(ConflictError):
    """A granted refund that meets a cancellation which has promised the same money."""

    code = "not_refundable"
    detail = NotRefundableError.detail
    constraint = "ck_bookings_refund"


class ConnectionStateInvalidError(BadRequestError):
    code = "connection_state_invalid"
    detail = "This connection was not begun in this browser, or too long ago; begin again."


class LocationUnknownError(InvalidError):
    code = "location_unknown"
    detail = "The account has no such place of business that is active and has the company's currency."


class GatewayNotConfiguredError(ConflictError):
    code = "gateway_not_configured"
    detail = "This installation has no account at this gateway yet."
