"""Threads: a conversation's messages as one reader may see them, in the shape that pages, API and socket share."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from models.conversations import Conversation
from models.db import session
from models.decisions import Decision
from models.messages import EVERYONE, STAFF, Message, Stored
from policy.actor import Actor
from policy.attachments import of_messages
from policy.attachments import shape as shape_of_file
from policy.decisions import asking, card
from policy.finding import first, rows
from policy.mailed import of_messages as mails_of
from policy.masks import Cast, cast
from policy.seeing import visible
from policy.seen import unwrap

Shape = dict[str, Any]
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")


def html(body: str) -> str:
    """Turn plain text into safe HTML: escaped, line breaks kept, links clickable."""
    parts, end = [], 0
    for found in _LINK.finditer(body):
        parts.append(escape(body[end : found.start()]))
        link = found.group()
        parts.append(Markup('<a href="{0}" rel="noopener noreferrer nofollow" target="_blank">{0}</a>').format(link))
        end = found.end()
    parts.append(escape(body[end:]))
    return str(Markup("").join(parts).replace("\n", Markup("<br>")))


def shape(
    message: Message, reader: str, who: Cast, attachments: Sequence[Shape] = (), decision: Decision | None = None
) -> Shape:
    """Shape a stored message for a reader, with the files it carries and how the decision it asks for stands."""
    person = message.author
    return _shape(
        who, reader, message.seq, public_id=message.public_id, kind=message.kind, side=message.author_side,
        author=message.signed_as or (person.name if person else ""), author_id=person.public_id if person else "",
        organisation_id=message.author_organisation_id, audience=message.audience, channel=message.channel,
        direction=message.direction, body=message.body, change=message.change, at=message.at,
        client_id=message.client_id, attachments=list(attachments), decision=decision,
    )  # fmt: skip


def shape_new(stored: Stored, reader: str, who: Cast) -> Shape:
    """Shape a message that was just stored, without reading it back."""
    new = stored.new
    return _shape(
        who, reader, stored.seq, public_id=new.public_id, kind=new.kind, side=new.author_side, author=new.author_name,
        author_id=new.author_public_id, organisation_id=new.author_organisation_id, audience=new.audience,
        channel=new.channel, direction=new.direction, body=new.body, change=new.change, at=new.at,
        client_id=new.client_id, attachments=[shape_of_file(one) for one in new.attachments],
    )  # fmt: skip


def _shape(who: Cast, reader: str, seq: int, **of: Any) -> Shape:
    author = who.author(reader, of["side"], of["author"], of["author_id"], of["organisation_id"], seq)
    shown = {
        "id": of["public_id"], "seq": seq, "kind": of["kind"], "conversation": who.number, "author": author,
        "audience": who.audience(reader, of["audience"], seq), "channel": of["channel"], "direction": of["direction"],
        "body": of["body"], "html": html(of["body"]), "attachments": of["attachments"], "at": of["at"].isoformat(),
    }  # fmt: skip
    if not author["masked"]:
        shown["client_id"] = of["client_id"]
    if of["kind"] == "change":
        shown["change"] = _change(who, reader, seq, of["change"] or {})
    elif of["change"]:
        shown |= _carried(who, reader, of["change"], of.get("decision"))
    return shown


def _carried(who: Cast, reader: str, kept: Shape, decision: Decision | None) -> Shape:
    """What a message is beyond its words: a question with fixed answers, a mail, or an earlier message told anew."""
    if "decision" in kept:
        return {"decision": card(reader, kept["decision"], decision)}
    if "mail" in kept:
        return {"original": True} if reader == STAFF else {}
    first = kept["released"]
    author = who.author(reader, first["side"], first["author"], first["author_id"], first["organisation"], first["seq"])
    return {"released": {"author": author, "at": first["at"]}}


def _change(who: Cast, reader: str, seq: int, change: Shape) -> Shape:
    """A change names parties by their inner key; a reader gets their names or masks."""
    shown = {name: value for name, value in change.items() if name != "party"}
    if "party" in change:
        shown["party"] = who.party(reader, change["party"]["side"], change["party"]["organisation"], seq)
    return shown


def last_seq(actor: Actor, conversation: Any) -> int:
    """The newest seq of a conversation that an actor may see."""
    row: Conversation = unwrap(conversation)
    if actor.reader == STAFF:
        return row.last_seq
    return max(row.heads[EVERYONE], row.heads.get(actor.reader, 0))


def messages(
    actor: Actor, conversation: Any, business: str, after: int = 0, before: int | None = None, limit: int = 100
) -> list[Shape]:
    """Return messages after a seq (oldest first), or the last `limit` ones before one, as the actor sees them."""
    row: Conversation = unwrap(conversation)
    query = visible(actor, Message).where(Message.conversation_id == row.id, Message.seq > after)
    if before is not None:
        query = query.where(Message.seq < before).order_by(Message.seq.desc())
    else:
        query = query.order_by(Message.seq)
    found = session.execute(query.limit(limit)).scalars().all()
    return shaped(actor, cast(row, business), found, mails_of(actor, row.id, found))


def shaped(
    actor: Actor, who: Cast, found: Sequence[Message], mails: Mapping[int, list[Shape]] | None = None
) -> list[Shape]:
    """Shape several messages that the actor may see, oldest first; `mails` are those that told of them, by seq."""
    files, decided, told = of_messages(found), asking(found), mails or {}
    return [
        shape(one, actor.reader, who, files.get(one.id, ()), decided.get(one.id))
        | ({"mails": told[one.seq]} if one.seq in told else {})
        for one in sorted(found, key=lambda m: m.seq)
    ]


def parties(actor: Actor, conversation: Any, business: str) -> list[Shape]:
    """Name everybody who takes part, as the actor may know them."""
    row: Conversation = unwrap(conversation)
    who = cast(row, business)
    shown = [who.party(actor.reader, STAFF, None)]
    if who.customer:
        shown.append(who.party(actor.reader, "customer", who.customer.organisation_id))
    shown += [who.party(actor.reader, "partner", one) for one, side in who.partners.items() if side.present]
    return shown


def goes_on_in(actor: Actor, conversation: Any) -> Any | None:
    """The conversation that this one was merged into, where the actor sees it; None where it was not, or is not seen."""
    key = unwrap(conversation).merged_into_id
    return first(actor, Conversation, id=key) if key else None


def around(actor: Actor, conversation: Any) -> Shape:
    """Where a conversation goes on (`later`), and those that go on in it (`merged`), as far as the actor sees them."""
    here = visible(actor, Conversation).where(Conversation.merged_into_id == unwrap(conversation).id)
    return {
        "later": goes_on_in(actor, conversation),
        "merged": rows(actor, here.order_by(Conversation.id).limit(20)),
    }
