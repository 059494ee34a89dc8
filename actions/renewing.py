"""Renewing: a partner is shown again what it saw until its share ended, on the same terms."""

from actions import issues, parties, shares
from models.shares import Share
from policy import Actor, Refused, require


def renew(actor: Actor, share: Share) -> Share:
    """Share a record again as it was shared until the end; of a conversation the partner hears what follows.

    The new share ends when one that is made now usually does. Raises Forbidden, Invalid, and Refused with `conflict`
    for a share that still holds, or that a rule made.
    """
    require(actor, "share:extend", share)
    if share.rule_id is not None:
        raise Refused("conflict", "This share came by a rule. Share it by hand to show it again.")
    if share.holds:
        raise Refused("conflict", "This share still holds. Give it another end instead.")
    row, level, fields = shares.subject_of(share), share.level, share.field_set.fields
    if share.subject_type == "conversation":
        party = parties.add(actor, row, share.organisation, level=level, fields=fields, reason=share.reason)
        made: Share = party.share
        return made
    if share.subject_type == "issue":
        return issues.share(actor, row, share.organisation, level, fields, reason=share.reason, person=share.person)
    lines = None if share.whole else [one.line.line for one in share.lines]
    return shares.share(
        actor, row, share.organisation, level, fields, reason=share.reason, person=share.person, lines=lines
    )
