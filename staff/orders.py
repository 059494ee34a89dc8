"""Orders at the desk: sales and purchase, what hangs together, the suppliers' answers, and who outside saw what."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import or_
from werkzeug.wrappers import Response

from actions import deliveries, documents, files, order_links, order_mails, order_notices
from actions import orders as verbs
from actions.affected import behind
from analytics import contact
from models.files import Attachment, File
from models.issues import Issue
from models.orders import ASKED, PURCHASE_STATUSES, SALES_STATUSES, Order
from policy import Invalid, attachments, find, mailed, rows, visible
from staff import answers, carriers, decisions, promises, reads, shares, shipments, supplier_invoices
from staff.answers import the_order
from staff.blueprint import blueprint
from web import uploads
from web.actor import actor
from web.paging import page
from web.saying import said

KINDS = {"sales": SALES_STATUSES, "purchase": PURCHASE_STATUSES}


@blueprint.get("/orders")
def orders() -> str:
    """Sales or purchase orders, the newest first; further pages arrive by htmx."""
    kind = request.args.get("kind", "sales") if request.args.get("kind") in KINDS else "sales"
    status, typed = request.args.get("status", ""), request.args.get("q", "").strip()[:100]
    query = visible(actor(), Order).where(Order.kind == kind)
    if status in KINDS[kind]:
        query = query.where(Order.status == status)
    if typed:
        columns = (Order.number, Order.customer_reference, Order.supplier_reference)
        query = query.where(or_(*(column.icontains(typed, autoescape=True) for column in columns)))
    listed = page(actor(), query, [Order.id], request.args.get("after"))
    more = url_for("staff.orders", kind=kind, status=status, q=typed, after=listed.next) if listed.next else None
    template = "_rows.html" if request.headers.get("HX-Request") else "list.html"
    return render_template(
        f"staff/orders/{template}",
        listed=listed,
        more_url=more,
        kind=kind,
        status=status,
        q=typed,
        statuses=KINDS[kind],
        picks=kind == "purchase" and status == "draft",
    )


@blueprint.get("/orders/<number>")
def order(number: str) -> str:
    """One order with everything that hangs on it."""
    return order_page(the_order(number))


def order_page(row: Order, problem: str | None = None) -> str:
    """Render the order page."""
    return render_template(
        "staff/orders/order.html", order=row, behind=behind(row), answers=answers.of_order(row), problem=problem,
        reads=reads.of_record("order", row.number), documents=attachments.of_record(actor(), row), typed=request.form,
        issues=issues_of(row), decisions=decisions.of_order(row), to_chase=row.status in ASKED or order_notices.overdue(row),
        unmailed=order_mails.unmailed(row),
        carriers=carriers.offered() if row.kind == "sales" else [], **shares.of_order(row),
        shipments=shipments.of_order(row), invoices=supplier_invoices.of_order(row),
        names={line.line: line.description for line in row.lines}, promises=promises.of_order(row),
        often=contact.frequency(row.organisation_id), mails=[mailed.shape(actor(), one) for one in deliveries.of_order(actor(), row)],
    )  # fmt: skip


def issues_of(row: Order) -> dict[int, list[Issue]]:
    """The issues with each line of an order, by the line's key; on a purchase order also those of what it supplied."""
    lines = [line.id for line in row.lines]
    query = visible(actor(), Issue).where(or_(Issue.order_line_id.in_(lines), Issue.purchase_line_id.in_(lines)))
    found: dict[int, list[Issue]] = {}
    for one in rows(actor(), query.order_by(Issue.id.desc()).limit(100)):
        for key in {one.order_line_id, one.purchase_line_id} & set(lines):
            found.setdefault(key, []).append(one)
    return found


@blueprint.post("/orders/<number>/dispatch")
def send_order(number: str) -> Response:
    """Send a draft to its supplier."""
    row = the_order(number)
    verbs.send(actor(), row)
    flash(_("%(number)s was sent to %(name)s.", number=number, name=row.organisation.name), "success")
    if order_mails.unmailed(row):
        flash(_("It was not mailed: %(name)s has no e-mail address.", name=row.organisation.name), "warning")
    return redirect(url_for("staff.order", number=number), 303)


@blueprint.post("/orders/<number>/mails")
def mail_order(number: str) -> Response | tuple[str, int]:
    """Send it to its supplier by mail, to be answered without an account."""
    row = the_order(number)
    try:
        link = order_links.mail(actor(), row, request.form.get("address") or None)
    except Invalid as error:
        return order_page(row, _("The address %(why)s.", why=said(error))), 422
    flash(_("%(number)s goes to %(address)s.", number=number, address=link.address), "success")
    return redirect(url_for("staff.order", number=number), 303)


@blueprint.post("/orders/<number>/attachments")
@uploads.along(the_order, "order:attach", files)
def attach(number: str) -> Response | tuple[str, int]:
    """Put documents on an order, for those that were chosen."""
    row = the_order(number)
    try:
        documents.attach(actor(), row, uploads.sent(), request.form.get("audience") or None)
    except Invalid as error:
        return order_page(row, said(error)), 422
    flash(_("The documents are on %(number)s now.", number=number), "success")
    return redirect(url_for("staff.order", number=number, _anchor="documents"), 303)


@blueprint.post("/orders/<number>/attachments/<public_id>/removal")
def remove_attachment(number: str, public_id: str) -> Response:
    """Take a document off an order."""
    row, file = the_order(number), find(actor(), File, public_id=public_id)
    documents.remove(actor(), row, find(actor(), Attachment, file_id=file.id, subject_type="order", subject_id=row.id))
    flash(_("“%(name)s” was removed.", name=file.name), "success")
    return redirect(url_for("staff.order", number=number, _anchor="documents"), 303)
