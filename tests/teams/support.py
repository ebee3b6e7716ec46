import re

from tests.support.worker import Mailbox, Worker

LINK = re.compile(r"^\S+/team/invitations/(\S+)$", re.MULTILINE)


def invitation_tokens(mailbox: Mailbox, address: str) -> list[str]:
    """Of the mails to this address, the oldest first."""
    tokens = []
    for mail in mailbox.to(address):
        body = mail.get_body(("plain",))
        assert body is not None
        tokens += LINK.findall(body.get_content())
    return tokens


async def newest_token(worker: Worker, address: str) -> str:
    await worker.run()
    return invitation_tokens(worker.mailbox, address)[-1]
