from dataclasses import dataclass

from src.core.events import Event


@dataclass(frozen=True)
class MemberInvited(Event):
    invitation_id: int
