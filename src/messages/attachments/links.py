"""Addresses of attachments: signed, for a while, as a browser sends no token for a picture."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Depends

from src.core.clock import utc_now
from src.core.config import Settings, SettingsDep
from src.core.media import ImageRead
from src.core.routing import API_PREFIX
from src.core.signing import is_signature_of, sign_address
from src.messages.enums import AttachmentKind
from src.messages.models import MessageAttachment
from src.messages.schemas import AttachmentRead

# An address is the same for half an hour, so that browsers find the file in their caches, and works for half an hour
# more at least.
ANEW_SECONDS: Final = 1_800


class AttachmentFile(StrEnum):
    THUMB = "thumb.webp"
    MEDIUM = "medium.webp"
    LARGE = "large.webp"
    DOCUMENT = "document.pdf"


@dataclass(frozen=True, slots=True)
class AttachmentLinks:
    secret: str
    base_url: str
    now: Callable[[], float]  # Unix seconds

    @classmethod
    def of(cls, settings: Settings) -> "AttachmentLinks":
        secret = settings.secret_key.get_secret_value()
        return cls(secret, settings.public_url.rstrip("/"), lambda: utc_now().timestamp())

    def read(self, attachment: MessageAttachment) -> AttachmentRead:
        is_image = attachment.kind is AttachmentKind.IMAGE
        sizes = {
            size: self.url(attachment.id, AttachmentFile(f"{size}.webp")) for size in ImageRead.model_fields
        }
        return AttachmentRead(
            id=attachment.id,
            kind=attachment.kind,
            image=ImageRead(**sizes) if is_image else None,
            document=None if is_image else self.url(attachment.id, AttachmentFile.DOCUMENT),
        )

    def url(self, attachment_id: int, file: AttachmentFile) -> str:
        expires = (int(self.now()) // ANEW_SECONDS + 2) * ANEW_SECONDS
        signature = sign_address(self.secret, path=_path(attachment_id, file), expires=expires)
        query = urlencode({"expires": expires, "signature": signature})
        return f"{self.base_url}{_path(attachment_id, file)}?{query}"

    def is_valid(self, attachment_id: int, file: AttachmentFile, *, expires: int, signature: str) -> bool:
        is_ours = is_signature_of(signature, self.secret, path=_path(attachment_id, file), expires=expires)
        return is_ours and self.now() < expires


def _path(attachment_id: int, file: AttachmentFile) -> str:
    return f"{API_PREFIX}/messages/attachments/{attachment_id}/{file}"


def _of_request(settings: SettingsDep) -> AttachmentLinks:
    return AttachmentLinks.of(settings)


AttachmentLinksDep = Annotated[AttachmentLinks, Depends(_of_request)]
