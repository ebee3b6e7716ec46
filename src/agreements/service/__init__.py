"""The use cases of agreements, a module each."""

from src.agreements.service.accept import accept_agreement
from src.agreements.service.draw_up import draw_up_due, generate_agreement
from src.agreements.service.read import Download, get_agreement, get_pdf

__all__ = [
    "Download",
    "accept_agreement",
    "draw_up_due",
    "generate_agreement",
    "get_agreement",
    "get_pdf",
]
