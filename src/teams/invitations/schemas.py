from pydantic import ConfigDict

from src.core.schemas import Instant, ReadModel, RequestModel
from src.teams.enums import TeamRole
from src.teams.schemas import AddressIds
from src.users.schemas import EmailAddress


class InvitationCreate(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"email": "mira@example.com", "role": "professional", "address_ids": [12]}
        }
    )

    email: EmailAddress
    role: TeamRole
    address_ids: AddressIds = None


class InvitationRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 3,
                "company_id": 7,
                "email": "mira@example.com",
                "role": "professional",
                "address_ids": [12],
                "created_at": "2027-02-01T09:00:00+00:00",
                "expires_at": "2027-02-08T09:00:00+00:00",
            }
        }
    )

    id: int
    company_id: int
    email: str
    role: TeamRole
    address_ids: list[int] | None
    created_at: Instant
    expires_at: Instant
