"""Terms: what the record holds as a word of its own, in the words of whoever reads it."""

from flask_babel import lazy_gettext as later

from web.product import Product

TERMS = {
    # roles and sides
    "customer": later("customer"), "partner": later("partner"), "staff": later("staff"), "supplier": later("supplier"),
    "distributor": later("distributor"), "vendor": later("vendor"), "carrier": later("carrier"), "member": later("member"),
    "manager": later("manager"), "agent": later("agent"), "lead": later("lead"), "admin": later("administrator"),
    # who reads an article, what is shared and how far
    "public": later("everybody"), "customers": later("customers"), "partners": later("partners"),
    "order": later("order"), "conversation": later("conversation"), "issue": later("issue"),
    "read": later("read"), "comment": later("comment"), "respond": later("answer"), "edit": later("edit"),
    # what happened
    "decision_answered": later("answered a question"), "decision_withdrawn": later("took a question back"),
    "message_released": later("showed an earlier message"), "conversation_merged": later("merged conversations"),
    "order_sent": later("sent the order"), "order_mailed": later("mailed the order"), "order_not_mailed": later("could not mail the order"),
    "order_changed": later("changed the order"), "order_chased": later("reminded of the order"),
    "shipment_announced": later("announced a shipment"), "shipment_withdrawn": later("took a shipment back"),
    "shipment_received": later("received a shipment"), "invoice_received": later("sent an invoice"),
    "invoice_approved": later("approved an invoice"), "invoice_disputed": later("disputed an invoice"),
    "invoice_paid": later("paid an invoice"), "supplier_policy_changed": later("changed what is agreed"),
    "notices_settled": later("told the customers"), "documents_attached": later("attached documents"),
    "document_removed": later("removed a document"), "share_extended": later("gave a share another end"),
    "issue_opened": later("opened an issue"), "issue_step_answered": later("answered a step"),
    "issue_step_reopened": later("opened a step again"), "issue_changed": later("changed an issue"),
    "issue_cost": later("wrote down costs"), "issue_closed": later("closed an issue"), "issue_reopened": later("reopened an issue"),
    "relation_made": later("made a relation"), "relation_ended": later("ended a relation"),
    "carrier_assigned": later("chose the carrier"), "person_changed": later("changed a profile"),
    "member_removed": later("removed somebody"), "role_changed": later("changed a role"),
    "mailbox_set": later("marked a shared mailbox"), "mailbox_named": later("gave a name"),
    "approval_asked": later("asked for approval"), "approval_decided": later("decided on an approval"),
    "approval_withdrawn": later("took back what was asked"), "mail_bounced": later("could not deliver a mail"),
    "mail_retried": later("sent a mail again"), "mail_logged": later("mail"),
}  # fmt: skip


def install(app: Product) -> None:
    """Let templates say a term; what is none stays as it is."""
    app.jinja_env.filters["term"] = lambda word: str(TERMS.get(word, word))
