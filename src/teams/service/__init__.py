from src.teams.service.invitations import (
    accept_invitation,
    find_open_invitation,
    invite,
    list_invitations,
    withdraw_invitation,
)
from src.teams.service.members import list_entitled, list_members, remove_member, update_member
from src.teams.service.offers import (
    ProfessionalOffer,
    ServiceOffer,
    get_professional_offer,
    list_professional_offers,
)
from src.teams.service.professionals import get_professional, replace_hours, replace_services
from src.teams.service.time_off import add_time_off, list_time_off, remove_time_off

__all__ = [
    "ProfessionalOffer",
    "ServiceOffer",
    "accept_invitation",
    "add_time_off",
    "find_open_invitation",
    "get_professional",
    "get_professional_offer",
    "invite",
    "list_entitled",
    "list_invitations",
    "list_members",
    "list_professional_offers",
    "list_time_off",
    "remove_member",
    "remove_time_off",
    "replace_hours",
    "replace_services",
    "update_member",
    "withdraw_invitation",
]
