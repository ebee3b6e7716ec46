from pydantic import Field

from src.core.schemas import ReadModel


class StreamTicketRead(ReadModel):
    ticket: str = Field(examples=["NDI6MTcuMTgxMzkyMDAwMA.9pQmT0"])
    expires_in: int = Field(description="Seconds; a stream that it has opened lasts longer", examples=[300])
    url: str = Field(
        description="For `new EventSource(url)`",
        examples=[
            "https://api.downbeat.example/api/v1/notifications/stream?ticket=NDI6MTcuMTgxMzkyMDAwMA.9pQmT0"
        ],
    )
