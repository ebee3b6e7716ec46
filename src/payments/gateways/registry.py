"""The gateways. Which of them are offered to customers: `PAYMENT_GATEWAYS`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from src.core.config import Settings
from src.core.database import Database
from src.core.encryption import SecretBox
from src.payments.accounts.sellers import ConnectedSellers
from src.payments.exceptions import GatewayNotConfiguredError, GatewayNotOfferedError, WebhookNotFoundError
from src.payments.gateways.manual import ManualGateway
from src.payments.gateways.protocols import Gateway, ListsDisputes, Notifies, Transfers
from src.payments.gateways.sandbox import SandboxGateway
from src.payments.gateways.square import SquareGateway
from src.payments.gateways.stripe import StripeGateway

_MAKERS: Final[Mapping[str, Callable[[Settings, Database], Gateway]]] = {
    SquareGateway.name: lambda settings, database: SquareGateway(
        settings, ConnectedSellers(database, SecretBox.of(settings), gateway=SquareGateway.name)
    ),
    StripeGateway.name: lambda settings, _: StripeGateway(settings),
    ManualGateway.name: lambda *_: ManualGateway(),
    SandboxGateway.name: lambda settings, database: SandboxGateway(database, settings.public_url),
}


def get_gateway(name: str, *, settings: Settings, database: Database) -> Gateway:
    """Of a charge that exists, also where it isn't offered any more."""
    return _MAKERS[name](settings, database)


def get_offered_gateway(name: str, *, settings: Settings, database: Database) -> Gateway:
    """Raises `GatewayNotOfferedError`."""
    if name not in settings.offered_gateways:
        raise GatewayNotOfferedError(offered=sorted(settings.offered_gateways))
    return get_gateway(name, settings=settings, database=database)


def get_notifying_gateway(name: str, *, settings: Settings, database: Database) -> Notifies:
    """Raises `WebhookNotFoundError`."""
    if name not in settings.configured_gateways:
        raise WebhookNotFoundError
    gateway = get_gateway(name, settings=settings, database=database)
    if not isinstance(gateway, Notifies):
        raise WebhookNotFoundError
    return gateway


def get_transferring_gateway(name: str, *, settings: Settings, database: Database) -> Transfers:
    """Raises `GatewayNotConfiguredError`."""
    if name not in settings.configured_gateways:
        raise GatewayNotConfiguredError
    gateway = get_gateway(name, settings=settings, database=database)
    if not isinstance(gateway, Transfers):
        raise GatewayNotConfiguredError
    return gateway


def list_disputing_gateways(*, settings: Settings, database: Database) -> Sequence[ListsDisputes]:
    """Of those with keys."""
    gateways = (
        get_gateway(name, settings=settings, database=database) for name in settings.configured_gateways
    )
    return [gateway for gateway in gateways if isinstance(gateway, ListsDisputes)]
