"""Which gateways this installation offers: `PAYMENT_GATEWAYS`."""

from collections.abc import Callable

from src.core.config import Settings
from src.core.database import Database
from src.payments.exceptions import GatewayNotOfferedError
from src.payments.gateways.base import Gateway
from src.payments.gateways.sandbox import SandboxGateway

_MAKERS: dict[str, Callable[[Settings, Database], Gateway]] = {
    SandboxGateway.name: lambda settings, database: SandboxGateway(database, settings.public_url),
}


def get_gateway(name: str, *, settings: Settings, database: Database) -> Gateway:
    """Raises `GatewayNotOfferedError`."""
    if name not in settings.offered_gateways or name not in _MAKERS:
        raise GatewayNotOfferedError(offered=sorted(_MAKERS.keys() & set(settings.offered_gateways)))
    return _MAKERS[name](settings, database)
