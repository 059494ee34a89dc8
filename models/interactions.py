"""The log: one row per thing that happened and organisation concerned. Append-only."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, relationship

from models.types import Base, Id, Key, PublicId, mapped_column, now

CHANNELS = ("portal", "chat", "email", "telephone", "sms", "api", "in_person", "post", "console")
DIRECTIONS = ("inbound", "outbound", "internal")

# kind: (is it a touchpoint with somebody outside, does it stand on the timeline)
KINDS: dict[str, tuple[bool, bool]] = {
    "message": (True, True),
    "note": (False, True),
    "call": (True, True),
    "call_missed": (False, True),
    "call_returned": (False, True),
    "meeting": (True, True),
    "letter": (True, True),
    "mail_logged": (True, True),
    "conversation_started": (True, True),
    "conversation_changed": (False, True),
    "party_added": (False, True),
    "party_removed": (False, True),
    "parties_introduced": (False, True),
    "rated": (True, True),
    "decision_answered": (True, True),
    "decision_withdrawn": (False, True),
    "message_released": (False, True),
    "conversation_merged": (False, True),
    "order_sent": (True, True),
    "order_mailed": (True, True),
    "order_not_mailed": (False, True),
    "order_acknowledged": (True, True),
    "order_confirmed": (True, True),
    "order_change_applied": (False, True),
    "order_changed": (True, True),
    "order_chased": (True, True),
    "shipment_announced": (True, True),
    "shipment_withdrawn": (True, True),
    "shipment_received": (False, True),
    "arrivals_moved": (False, False),
    "invoice_received": (True, True),
    "invoice_approved": (False, True),
    "invoice_disputed": (True, True),
    "invoice_paid": (False, True),
    "supplier_policy_changed": (False, True),
    "line_moved": (False, True),
    "notices_settled": (False, True),
    "documents_attached": (False, True),
    "document_removed": (False, True),
    "shared": (False, True),
    "share_revoked": (False, True),
    "share_extended": (False, True),
    "issue_opened": (False, True),
    "issue_step_answered": (True, True),
    "issue_step_reopened": (False, True),
    "issue_changed": (False, True),
    "issue_cost": (False, True),
    "issue_closed": (False, True),
    "issue_reopened": (False, True),
    "relation_made": (False, True),
    "relation_ended": (False, True),
    "carrier_assigned": (False, True),
    "share_rule_changed": (False, False),
    "share_rule_applied": (False, False),
    "record_read": (True, True),
    "promise_made": (False, True),
    "promise_kept": (False, True),
    "promise_withdrawn": (False, True),
    "promise_handed_over": (False, True),
    "promise_changed": (False, True),
    "mail_sent": (True, True),
    "mail_bounced": (False, True),
    "mail_retried": (False, True),
    "mail_held": (False, False),
    "mail_released": (False, False),
    "mail_linked": (False, False),
    "mail_discarded": (False, False),
    "mailbox_changed": (False, False),
    "wave_changed": (False, False),
    "organisation_changed": (False, True),
    "person_changed": (False, True),
    "member_invited": (False, True),
    "member_removed": (False, True),
    "role_changed": (False, True),
    "mailbox_set": (False, True),
    "mailbox_named": (False, True),
    "approval_asked": (False, True),
    "approval_decided": (False, True),
    "approval_withdrawn": (False, True),
    "article_changed": (False, False),
    "signed_in": (False, False),
    "sign_in_failed": (False, False),
    "signed_out": (False, False),
    "password_changed": (False, False),
    "token_made": (False, False),
    "token_revoked": (False, False),
    "extension_set": (False, False),
    "calendar_made": (False, False),
    "calendar_ended": (False, False),
    "mail_log_made": (False, False),
    "mail_log_ended": (False, False),
    "notices_chosen": (False, False),
    "push_started": (False, False),
    "push_ended": (False, False),
    "push_sent": (False, False),
    "imported": (False, False),
    "job_retried": (False, False),
}


class Interaction(Base):
    """One thing that happened, as one organisation concerned may read it."""

    __tablename__ = "interactions"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    event_id: Mapped[Key] = mapped_column(index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id"))
    subject_type: Mapped[Key | None]
    subject_id: Mapped[Key | None]
    kind: Mapped[Key]
    touchpoint: Mapped[bool]
    timeline: Mapped[bool]
    channel: Mapped[Key]
    direction: Mapped[Key]
    department: Mapped[Key | None]
    audience: Mapped[Key]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    signed_as: Mapped[str | None]  # the name that somebody gave who uses a shared mailbox
    actor_side: Mapped[Key]
    at: Mapped[datetime] = mapped_column(default=now)
    summary: Mapped[str]
    detail: Mapped[dict] = mapped_column(default=dict)
    actor = relationship("Person", foreign_keys=[actor_id], lazy="joined")
    person = relationship("Person", foreign_keys=[person_id], lazy="joined")
    organisation = relationship("Organisation", lazy="select")
    __table_args__ = (
        CheckConstraint("direction IN ('inbound', 'outbound', 'internal')", name="direction"),
        Index("ix_interactions_timeline", "organisation_id", text("at DESC"), text("id DESC"),
              sqlite_where=text("timeline = 1"), postgresql_where=text("timeline")),
        Index("ix_interactions_subject", "subject_type", "subject_id", text("at DESC"), text("id DESC")),
        Index("ix_interactions_conversation", "conversation_id", text("id DESC")),
        Index("ix_interactions_person", "person_id", text("at DESC"), sqlite_where=text("touchpoint = 1"),
              postgresql_where=text("touchpoint")),
    )  # fmt: skip

    @property
    def actor_name(self) -> str | None:
        """Who did it, by name; None for the system."""
        return self.signed_as or (self.actor.name if self.actor else None)
