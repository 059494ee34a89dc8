"""Mail checks: greets the mail server when somebody waits for a code, and goes on until it answers."""

from datetime import datetime, timedelta
from typing import Any

import structlog

from actions.mail_checks import LONG
from channels import smtp
from models.jobs import Later
from models.types import now

log = structlog.get_logger(__name__)
PAUSE = timedelta(seconds=5)


def look(arguments: dict[str, Any]) -> None:
    """See whether the mail server lets us in. Raises Later until it does, or until no code waits for it any more."""
    try:
        smtp.greet()
    except Exception as error:
        log.warning("the mail server takes no mail", error=repr(error))
        end = datetime.fromisoformat(arguments["end"]) if "end" in arguments else now() + LONG
        if now() < end:
            raise Later(now() + PAUSE, failed=True, end=end.isoformat()) from error
