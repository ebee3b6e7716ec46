"""The sandbox's hosted page: what a person sees in place of Stripe's or Square's.

Mounted only where the sandbox is offered, outside of the API and its documentation.
"""

from enum import StrEnum
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Response
from fastapi import Path as PathParameter
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from src.core import money
from src.core.database import SessionDep
from src.core.http import TransactionalRoute
from src.payments import repository, service
from src.payments.exceptions import SandboxPaymentNotFoundError
from src.payments.gateways import sandbox
from src.payments.models import SandboxPayment

TEMPLATES = Path(__file__).parents[2] / "templates" / "sandbox"

router = APIRouter(prefix="/sandbox/checkout", route_class=TransactionalRoute)

Ref = Annotated[str, PathParameter(pattern=r"^[A-Za-z0-9_\-]{1,64}$")]


class Outcome(StrEnum):
    PAY = "pay"
    FAIL = "fail"
    ABANDON = "abandon"


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)


@router.get("/{ref}", include_in_schema=False)
async def show_checkout(ref: Ref, session: SessionDep, left: bool = False) -> Response:  # noqa: FBT001, FBT002 - a query
    payment = await _payment(session, ref)
    page = _environment().get_template("checkout.html")
    html = page.render(
        ref=ref,
        description=payment.order["description"],
        total=money.display(payment.order["amount"], payment.order["currency"]),
        status=payment.status,
        has_left=left,
        expires_at=payment.expires_at.strftime("%H:%M UTC"),
        return_url=payment.order["return_url"],
    )
    return HTMLResponse(html, headers={"Cache-Control": "no-store"})


@router.post("/{ref}/{outcome}", include_in_schema=False)
async def end_checkout(ref: Ref, outcome: Outcome, session: SessionDep) -> Response:
    """Pays, fails or leaves. As with a real provider, the page may outlive the hold: money then comes too late."""
    payment = await _payment(session, ref)
    if payment.status == "open" and outcome is Outcome.PAY:
        payment.status = "paid"
        await _tell(session, payment)
    elif payment.status == "open" and outcome is Outcome.FAIL:
        payment.status = "failed"
        await _tell(session, payment)
    suffix = "?left=true" if outcome is Outcome.ABANDON else ""
    return RedirectResponse(f"/sandbox/checkout/{ref}{suffix}", status_code=HTTPStatus.SEE_OTHER)


async def _tell(session: SessionDep, payment: SandboxPayment) -> None:
    """In the place of a webhook."""
    gateway = sandbox.SandboxGateway.name
    await service.apply_state(session, gateway=gateway, state=sandbox.state_of(payment))


async def _payment(session: SessionDep, ref: str) -> SandboxPayment:
    payment = await repository.find_sandbox_payment(session, ref)
    if payment is None:
        raise SandboxPaymentNotFoundError
    return payment
