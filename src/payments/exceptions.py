from src.core.errors import ConflictError, InvalidError, NotFoundError


class GatewayNotOfferedError(InvalidError):
    code = "gateway_not_offered"
    detail = "This gateway is not offered; `offered` lists those that are."


class CheckoutOpenError(ConflictError):
    code = "checkout_open"
    detail = "A checkout for this booking was being opened at the same moment; ask again."
    constraint = "uq_charges_open"


class SandboxPaymentNotFoundError(NotFoundError):
    code = "sandbox_payment_not_found"
    detail = "There is no such checkout."
