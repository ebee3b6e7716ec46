from src.core.errors import ConflictError, InvalidError, NotFoundError


class WebhookEndpointNotFoundError(NotFoundError):
    code = "webhook_endpoint_not_found"
    detail = "This company has no such webhook endpoint."


class WebhookDeliveryNotFoundError(NotFoundError):
    code = "webhook_delivery_not_found"
    detail = "This endpoint has no such delivery; they are kept for some weeks."


class WebhookAddressRefusedError(InvalidError):
    code = "webhook_address_refused"
    detail = "We send webhooks to public https addresses only."


class TooManyWebhookEndpointsError(ConflictError):
    code = "too_many_webhook_endpoints"
    detail = "A company has ten webhook endpoints at most; delete one first."


class WebhookEndpointDisabledError(ConflictError):
    code = "webhook_endpoint_disabled"
    detail = "This endpoint is disabled; enable it first."
