from dataclasses import dataclass

from src.core.events import Event


@dataclass(frozen=True)
class CompanyCreated(Event):
    company_id: int
    user_id: int
