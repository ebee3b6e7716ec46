"""The tokens of connected accounts: at rest they are sealed, each for its row and column."""

from src.core.database import Database
from src.core.encryption import SecretBox
from src.payments.accounts import repository
from src.payments.accounts.models import PaymentAccount
from src.payments.gateways.base import AccountStatus, Seller, Tokens


def seal(account: PaymentAccount, tokens: Tokens, box: SecretBox) -> None:
    account.access_token = box.seal(tokens.access, context=_context(account, "access_token"))
    account.refresh_token = box.seal(tokens.refresh, context=_context(account, "refresh_token"))
    account.token_expires_at = tokens.expires_at


def unseal(account: PaymentAccount, box: SecretBox) -> Tokens:
    assert account.access_token is not None
    assert account.refresh_token is not None
    assert account.token_expires_at is not None
    return Tokens(
        access=box.open(account.access_token, context=_context(account, "access_token")),
        refresh=box.open(account.refresh_token, context=_context(account, "refresh_token")),
        expires_at=account.token_expires_at,
    )


def needs_new_seal(account: PaymentAccount, box: SecretBox) -> bool:
    return account.access_token is not None and box.needs_rotation(account.access_token)


def _context(account: PaymentAccount, column: str) -> str:
    return f"payment_accounts.{column}:{account.id}"


class ConnectedSellers:
    """`gateways.protocols.Sellers` from our table."""

    def __init__(self, database: Database, box: SecretBox, *, gateway: str) -> None:
        self._database = database
        self._box = box
        self._gateway = gateway

    async def find(self, company_id: int) -> Seller | None:
        async with self._database.transaction() as session:
            account = await repository.find(session, company_id=company_id, gateway=self._gateway)
        return self._seller(account)

    async def find_by_ref(self, ref: str) -> Seller | None:
        async with self._database.transaction() as session:
            account = await repository.find_active_by_ref(session, gateway=self._gateway, ref=ref)
        return self._seller(account)

    async def save_tokens(self, account_id: int, tokens: Tokens) -> None:
        async with self._database.transaction() as session:
            account = await session.get_one(PaymentAccount, account_id, with_for_update=True)
            if account.status is AccountStatus.ACTIVE:
                seal(account, tokens, self._box)

    def _seller(self, account: PaymentAccount | None) -> Seller | None:
        if account is None or account.status is not AccountStatus.ACTIVE or account.ref is None:
            return None
        return Seller(
            account_id=account.id,
            ref=account.ref,
            location_ref=account.location_ref,
            tokens=unseal(account, self._box),
        )
