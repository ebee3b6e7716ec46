from sqlalchemy import ForeignKey, Index, String, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from src.companies.models import Company
from src.core.models import Base, HasId, HasTimestamps


class SavedReply(HasId, HasTimestamps, Base):
    """A text that a company's people often answer with."""

    __tablename__ = "saved_replies"

    company_id: Mapped[int] = mapped_column(ForeignKey(Company.id))
    title: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text)


Index("uq_saved_replies_title", SavedReply.company_id, func.lower(SavedReply.title), unique=True)
