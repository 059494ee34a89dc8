"""Who may see and do what: the only place. Seeing is a query, doing is a table."""

from policy import attachments, decisions, desk_readers, drafts, issues, readers
from policy.actor import ANONYMOUS, SYSTEM, Actor, system
from policy.doing import RULES, Forbidden, allowed, require
from policy.finding import NotFound, find, first, one, rows
from policy.refusals import Invalid, Refused
from policy.seeing import visible
from policy.seen import Hidden, Seen, has

__all__ = [
    "ANONYMOUS", "RULES", "SYSTEM", "Actor", "Forbidden", "Hidden", "Invalid", "NotFound",
    "Refused", "Seen", "allowed", "attachments", "decisions", "find", "first",
    "desk_readers", "drafts", "has", "issues", "one", "readers", "require", "rows", "system", "visible",
]  # fmt: skip
