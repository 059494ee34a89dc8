"""Who sees what: for each table the rows that each kind of actor may see."""

from typing import Any

from sqlalchemy import and_, exists, false, or_, select, true

from models.approvals import Approval
from models.articles import Article, ArticleText, ArticleVersion
from models.billing import Invoice, Shipment, ShipmentLine
from models.conversations import Conversation, Party
from models.interactions import Interaction
from models.mailboxes import MailboxDevice
from models.messages import CUSTOMER, EVERYONE, Message
from models.orders import Order, OrderChange, OrderLine
from models.organisations import Organisation, Relation
from models.people import Membership, Person
from models.products import Product
from models.share_rules import ShareRule
from models.shares import ReadLog, ReadRecord, Share, ShareLine
from models.supplier_invoices import SupplierInvoice, SupplierInvoiceLine
from policy.actor import Actor
from policy.fields import SHARED
from policy.seeing import Clause, active, clause, seeing, shared, shared_with, through, visible, within


def staff_only(actor: Actor) -> Clause:
    return true() if actor.side == "staff" else false()


@seeing(Conversation)
def conversations(actor: Actor) -> Clause:
    if actor.side == "staff":
        if actor.sees_every_team:
            return true()
        return or_(Conversation.team_id.in_(actor.team_ids), Conversation.assignee_id == actor.staff_id)
    if actor.side == "customer":
        own = and_(Conversation.organisation_id.in_(actor.organisation_ids), addressed(CUSTOMER))
        return own if actor.manager else and_(own, Conversation.person_id == actor.person_id)
    if actor.side == "partner":
        share = through("conversation")
        return exists(
            select(Party.id)
            .join(share, share.id == Party.share_id)
            .where(
                Party.conversation_id == Conversation.id,
                Party.left_at.is_(None),
                share.subject_id == Conversation.id,
                shared_with(actor, "conversation", share),
            )
            .correlate_except(Party, share)
        )
    return false()


def addressed(reader: str) -> Clause:
    """Something was said to a reader: a matter of ours that stands on a customer's record is not yet the customer's."""
    return Conversation.snippet_outside[reader].as_string().is_not(None)


def with_its_conversation(actor: Actor, column: Any) -> Clause:
    """For staff: what belongs to a conversation is seen with it, everything else by all."""
    if clause(actor, Conversation) is true():
        return true()
    return or_(column.is_(None), within(actor, Conversation, column))


@seeing(Message, of="conversation")
def messages(actor: Actor) -> Clause:
    if actor.side == "staff":
        return within(actor, Conversation, Message.conversation_id)
    if actor.side == "customer":
        return and_(
            within(actor, Conversation, Message.conversation_id), Message.audience.in_((EVERYONE, actor.reader))
        )
    if actor.side == "partner":
        party = select(Party.id).where(
            Party.conversation_id == Message.conversation_id,
            Party.organisation_id == actor.organisation_id,
            Party.side == "partner",
            Party.left_at.is_(None),
            Message.seq > Party.from_seq,
        )
        return and_(
            within(actor, Conversation, Message.conversation_id),
            Message.audience.in_((EVERYONE, actor.reader)),
            exists(party),
        )
    return false()


@seeing(Organisation)
def organisations(actor: Actor) -> Clause:
    if actor.side == "staff":
        return true()
    if actor.side == "customer":
        return Organisation.id.in_(actor.organisation_ids)
    return Organisation.id == actor.organisation_id if actor.side == "partner" else false()


@seeing(Relation, of="organisation")
def relations(actor: Actor) -> Clause:
    return staff_only(actor)


@seeing(Person)
def people(actor: Actor) -> Clause:
    if actor.side == "staff":
        return true()
    if actor.manager and actor.side in ("customer", "partner"):
        member = select(Membership.person_id).where(
            Membership.organisation_id == actor.organisation_id, Membership.side == actor.side,
            or_(Membership.ended_at.is_(None), Membership.ended_at != Membership.started_at),  # not who never joined
        )  # fmt: skip
        return or_(Person.id == actor.person_id, Person.id.in_(member))
    return Person.id == actor.person_id if actor.outside and actor.person_id else false()


@seeing(Membership)
def memberships(actor: Actor) -> Clause:
    if actor.side == "staff":
        return true()
    if actor.manager:
        return and_(Membership.organisation_id == actor.organisation_id, Membership.side == actor.side)
    return Membership.id == actor.membership_id if actor.membership_id else false()


@seeing(MailboxDevice, of="membership")
def mailbox_devices(actor: Actor) -> Clause:
    return within(actor, Membership, MailboxDevice.membership_id)


@seeing(Approval)
def approvals(actor: Actor) -> Clause:
    if actor.side == "staff":
        return true()
    if actor.manager and actor.outside:
        return and_(Approval.organisation_id == actor.organisation_id, Approval.side == actor.side)
    return false()


@seeing(Order)
def orders(actor: Actor) -> Clause:
    if actor.side == "staff":
        return true()
    if actor.side == "customer":
        return and_(Order.kind == "sales", Order.organisation_id.in_(actor.organisation_ids), Order.status != "draft")
    if actor.side != "partner":
        return false()
    ours = shared(actor, "order", Order.id)
    return ours if actor.order_id is None else and_(ours, Order.id == actor.order_id)


@seeing(OrderLine, of="order")
def order_lines(actor: Actor) -> Clause:
    parent = within(actor, Order, OrderLine.order_id)
    if actor.side != "partner":
        return parent
    share = through("line")
    named = exists().where(ShareLine.share_id == share.id, ShareLine.line_id == OrderLine.id)
    shown = (
        select(share.id)
        .where(shared_with(actor, "order", share), share.subject_id == OrderLine.order_id, or_(share.whole, named))
        .correlate_except(share)
    )
    return and_(parent, exists(shown))


@seeing(OrderChange, of="order")
def order_changes(actor: Actor) -> Clause:
    if actor.side == "staff":
        return true()
    if actor.side == "partner":
        own = OrderChange.organisation_id == actor.organisation_id
        return and_(own, within(actor, Order, OrderChange.order_id))
    return false()


@seeing(Shipment, of="order")
def shipments(actor: Actor) -> Clause:
    parent = within(actor, Order, Shipment.order_id)
    if actor.side != "partner":
        return parent
    return and_(parent, Shipment.organisation_id == actor.organisation_id)


@seeing(ShipmentLine, of="order")
def shipment_lines(actor: Actor) -> Clause:
    return within(actor, Shipment, ShipmentLine.shipment_id)


@seeing(SupplierInvoice, of="order")
def supplier_invoices(actor: Actor) -> Clause:
    if actor.side == "staff":
        return true()
    own = SupplierInvoice.organisation_id == actor.organisation_id
    return and_(own, within(actor, Order, SupplierInvoice.order_id)) if actor.side == "partner" else false()


@seeing(SupplierInvoiceLine, of="order")
def supplier_invoice_lines(actor: Actor) -> Clause:
    return within(actor, SupplierInvoice, SupplierInvoiceLine.invoice_id)


@seeing(Invoice, of="order")
def invoices(actor: Actor) -> Clause:
    if actor.side == "staff":
        return true()
    return Invoice.organisation_id.in_(actor.organisation_ids) if actor.side == "customer" else false()


@seeing(Product, of="order")
def products(actor: Actor) -> Clause:
    if actor.side == "staff":
        return true()
    return Product.id.in_(visible(actor, OrderLine, OrderLine.product_id)) if actor.outside else false()


@seeing(Share)
def shares(actor: Actor) -> Clause:
    if actor.side == "staff":
        return or_(*(_shares_of(actor, kind, table) for kind, table in SHARED.items()))
    if actor.side == "partner":
        return or_(false(), *(shared_with(actor, kind) for kind in SHARED if actor.reaches(kind)))
    if actor.side == "customer" and actor.manager:
        return and_(Share.subject_type == "order", active(), within(actor, Order, Share.subject_id))
    return false()


def _shares_of(actor: Actor, kind: str, table: type) -> Clause:
    """The shares of one kind of record, through the records that are seen."""
    of_kind = Share.subject_type == kind
    return of_kind if clause(actor, table) is true() else and_(of_kind, within(actor, table, Share.subject_id))


@seeing(ShareRule, of="share_rule")
def share_rules(actor: Actor) -> Clause:
    return staff_only(actor)


@seeing(ReadLog, of="organisation")
def read_log(actor: Actor) -> Clause:
    if actor.side == "staff":
        return true()
    if actor.side == "customer" and actor.manager:
        listed = select(ReadRecord.read_id).where(ReadRecord.owner_id.in_(actor.organisation_ids))
        return or_(ReadLog.owner_id.in_(actor.organisation_ids), ReadLog.id.in_(listed))
    return false()


@seeing(Interaction)
def interactions(actor: Actor) -> Clause:
    if actor.side == "staff":
        seen = with_its_conversation(actor, Interaction.conversation_id)
        administrative = Interaction.organisation_id.is_not(None)
        return (
            seen if actor.role == "admin" else and_(seen, or_(administrative, Interaction.actor_id == actor.person_id))
        )
    if actor.side not in ("customer", "partner"):
        return false()
    own = and_(
        Interaction.organisation_id.in_(actor.organisation_ids or {actor.organisation_id}),
        Interaction.audience.in_((EVERYONE, actor.reader)),
    )
    all_of_it = actor.manager and actor.side == "customer"
    apart = and_(
        Interaction.conversation_id.is_(None), true() if all_of_it else Interaction.person_id == actor.person_id
    )
    through = or_(within(actor, Conversation, Interaction.conversation_id), apart)
    return and_(own, through, *_after_joining(actor))


def _after_joining(actor: Actor) -> list[Clause]:
    """A partner reads nothing of a conversation from before it joined."""
    if actor.side != "partner":
        return []
    seen = visible(actor, Message, Message.public_id)
    return [
        or_(Interaction.subject_type.is_(None), Interaction.subject_type != "message", Interaction.subject_id.in_(seen))
    ]


@seeing(Article)
def articles(actor: Actor) -> Clause:
    if actor.side == "staff":
        return true()
    audiences = {"customer": ("public", "customers"), "partner": ("public", "partners")}.get(actor.side, ("public",))
    return and_(Article.state == "published", Article.audience.in_(audiences), Article.archived_at.is_(None))


@seeing(ArticleText, of="article")
def article_texts(actor: Actor) -> Clause:
    return within(actor, Article, ArticleText.article_id)


@seeing(ArticleVersion, of="article")
def article_versions(actor: Actor) -> Clause:
    return staff_only(actor)
