"""The console twin of mail: says in the log that a mail would have gone out; the demo mailbox shows it."""

from email.message import EmailMessage

import structlog

log = structlog.get_logger(__name__)


def send(message: EmailMessage) -> None:
    """Say that a mail went out, without its words."""
    log.info("mail (no MAIL_URL: console only)", to=message["To"], message_id=message["Message-ID"])
