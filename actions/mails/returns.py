"""What a mail that came back says: to whom it could not be delivered, why, for good or for now, and of which mail it tells."""

import re
from email.message import Message
from itertools import takewhile

from actions.mails import signs, words

_MACHINES = re.compile(
    r"^(mailer-?daemon|postmaster|mail-?daemon|mdaemon|mail[._-]?delivery[._-]?s(ubs)?ystem|ndr|microsoftexchange\w+)\b",
    re.IGNORECASE,
)
_RETURNED = re.compile(
    r"^(re: )?(undeliver|undeliv|non[- ]?deliver|delivery (status notification|failure|notification|report)|"
    r"returned mail|returned to sender|"
    r"mail (delivery )?(failed|failure|warning|error|system error)|message (not delivered|delivery|could not|status)|"
    r"failure (notice|notification)|"
    r"failed mail|(e-?mail|mail) (could not|cannot) be delivered|automatically rejected|warning: (message|could not send)|"
    r"unzustellbar|unzustellbare|nicht zustellbar|fehler bei der zustellung|échec|non remis|no se puede entregar|mancata consegna|"
    r"onbestelbaar|niedostarczalne|não entregue|kan inte levereras|kunne ikke leveres|не доставлено)",
    re.IGNORECASE,
)  # fmt: skip
_ORIGINAL_ID = re.compile(r"^[>\s]*message-id:\s*(<[^<>\s]{1,500}>)", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
# Below such a line the returned mail follows.
_FOLLOWS = re.compile(
    r"^\s*[-=*|#_]{2,}.{0,60}(original|returned|unsent|bounced|message|mensaje|copie|copy|nachricht)|"
    r"^.{0,40}(original|returned|unsent|failed|bounced) (message|mail|text|header)s?\b.{0,40}(follow|below|attached|received|:\s*$)|"
    r"^\W{0,20}((this is |below .{0,30})?a copy of (the|your) (message|original)|message (text|header|contents).{0,20}follow|"
    r"ursprüngliche nachricht|message d'origine|return-path:|received:|transcript of session follows)",
    re.IGNORECASE,
)  # fmt: skip
_ADDRESS = re.compile(
    r"(?<![\w.+=-])[\w!#$%&*+/?^{}~=-]+(?:\.[\w!#$%&*+/?^{}~=-]+)*@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE
)
_FIRST = re.compile(
    r"^[>\s*|<\"'(=-]*" + _ADDRESS.pattern + r"[>\"')]*\s*($|:|;|\.\.\.|-|—|\(|on\s|[>\s]*$)", re.IGNORECASE
)
_NAMED = re.compile(
    r"rcpt to|recipient|user|address|mailbox|deliver|account|unknown|rejected|refused|quota|error-for|failed|failure|"
    r"disabled|generated from|"
    r"empfänger|destinat|zustell|\b5\d\d\b", re.IGNORECASE,
)  # fmt: skip
_OF_US = re.compile(
    r"mail from|\bfrom\b\s*[:<]|\breply-?to\b|contact|help|\bsender\b|^\s*(to|cc|sent|date|message-id)\s*:",
    re.IGNORECASE,
)
_SMTP = re.compile(r"\bsmtp[=:]", re.IGNORECASE)
_FAILED = re.compile(
    r"(could|can) ?not be delivered|undeliver|unable to deliver|not delivered|failed recipients|delivery (has )?failed|"
    r"nicht zugestellt|n'a pas pu être|no (se )?pudo|non è stato possibile|konnte nicht", re.IGNORECASE,
)  # fmt: skip
_EXPANDED = re.compile(r"\((expanded|generated) from", re.IGNORECASE)
_NOBODY = re.compile(r"^(postmaster|mailer-?daemon|abuse|helpdesk|support|root|mail-?daemon|admin\w*)@", re.IGNORECASE)
_LATER = re.compile(
    r"not yet been delivered|has been delayed|delivery (is |was )?(still )?delayed|delivery attempts will (continue|be)|"
    r"warning message only|"
    r"will (keep|continue) (on )?(trying|to (try|be))|still being (re)?tried|do not need to resend|temporary (failure|problem)|"
    r"(noch nicht|verzögert) zugestellt|wird weiter versucht",
    re.IGNORECASE,
)  # fmt: skip
LONGEST = 200_000
MOST = 20


def bounce(mail: Message, text: str) -> dict[str, object] | None:
    """Return what a report of failed delivery says; None when a mail is none.

    {action, status, why, ids: of the mails it tells of, addresses: to whom they could not be delivered}
    """
    text = text[:LONGEST]
    reports = [part for part in mail.walk() if part.get_content_type() == "message/delivery-status"]
    telling = _telling(text)
    if not reports and not _by_machine(mail, telling) and not signs.values(mail, "x-failed-recipients"):
        return None
    blocks = _blocks(reports)
    fields = (blocks or [{}])[0]
    status = fields.get("status") or next(iter(_STATUS.findall(telling[:20_000])), "")
    action = fields.get("action", "").casefold() or ("delayed" if _LATER.search(telling) else "failed")
    found = _recipients(blocks) or _listed(mail) or _told(mail, telling)
    return {
        "action": action, "status": status[:20], "why": words.header(fields.get("diagnostic-code") or status)[:200],
        "ids": _ids(mail, text), "addresses": [words.storable(one) for one in found][:MOST],
    }  # fmt: skip


def _by_machine(mail: Message, telling: str) -> bool:
    """Whether a mail server wrote it: by its name, or because it says so in subject and text and answers nobody."""
    senders = [signs.sender(mail)[1], *_each(signs.values(mail, "return-path"))]
    if any(map(_MACHINES.match, senders)):
        return True
    if not _RETURNED.match(signs.first(mail, "subject")):
        return False
    answers = signs.values(mail, "in-reply-to") or signs.values(mail, "references")
    return not senders[0] or bool(signs.automatic(mail)) or (not answers and bool(_FAILED.search(telling)))


def _ids(mail: Message, text: str) -> list[str]:
    """The Message-IDs of the mails that came back."""
    found = [one for part in mail.walk() if part is not mail for one in signs.ids(part, "message-id")]
    found += _ORIGINAL_ID.findall(text[:LONGEST])
    heads = [part.get_payload() for part in mail.walk() if part.get_content_type() == "text/rfc822-headers"]
    found += [one for head in heads if isinstance(head, str) for one in _ORIGINAL_ID.findall(head[:LONGEST])]
    return list(dict.fromkeys(found))[:MOST]


def _blocks(reports: list[Message]) -> list[dict[str, str]]:
    """The fields of each recipient that a report tells of: of those that failed, else of all."""
    parts = [one for part in reports for one in part.walk() if one is not part]
    told = [
        {key.casefold(): " ".join(str(value).split()) for key, value in one.raw_items()}
        for one in parts
        if "Action" in one
    ]  # type: ignore[attr-defined]
    return [one for one in told if one["action"].casefold() == "failed"] or told


def _recipients(blocks: list[dict[str, str]]) -> list[str]:
    blocks = [one for one in blocks if one["action"].casefold() in ("failed", "delayed")]
    values = [one.get("original-recipient") or one.get("final-recipient", "") for one in blocks]
    return _each(value.rpartition(";")[2] for value in values)


def _listed(mail: Message) -> list[str]:
    return _each(signs.values(mail, "x-failed-recipients"))


def _telling(text: str) -> str:
    """What the mail server says itself, before the mail that came back."""
    lines = text.split("\n")
    return "\n".join([*lines[:1], *takewhile(lambda line: not _FOLLOWS.match(line[:200]), lines[1:])])


def _told(mail: Message, telling: str) -> list[str]:
    """The addresses that a mail server names in words of its own: on lines of their own, else where it says what failed."""
    lines = [
        line[:500]
        for line in telling.split("\n")
        if "@" in line and (_EXPANDED.search(line) or not _OF_US.search(line[:500]))
    ]
    ours = {one.casefold() for name in ("to", "from", "cc", "delivered-to", "return-path") for value in signs.values(mail, name)
            for one in _ADDRESS.findall(value[:5000])}  # fmt: skip
    for chosen in (
        [one for one in lines if _FIRST.match(one) or _EXPANDED.search(one)],
        [one for one in lines if _NAMED.search(one)],
        lines,
    ):
        found = [one for one in _each(chosen) if one.casefold() not in ours and not _NOBODY.match(one)]
        if found:
            return found
    return []


def _each(values: object) -> list[str]:
    found = [one for value in values for one in _ADDRESS.findall(_SMTP.sub("", value))]  # type: ignore[attr-defined]
    return list({one.casefold(): one for one in reversed(found)}.values())[::-1]
