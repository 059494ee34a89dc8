"""What is agreed with a supplier on answers, prices and reminders: read by all at the desk, set by leads."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from actions import access_codes, suppliers
from models.organisations import Organisation
from models.purchasing import AUTO_APPLY
from policy import Invalid, Refused, find
from staff.blueprint import blueprint
from web.actor import actor
from web.errors import http_status
from web.incoming import whole


@blueprint.get("/organisations/<public_id>/supplier-policy")
def supplier_policy(public_id: str) -> str:
    """What is agreed, with the form for those who may change it."""
    return policy_page(find(actor(), Organisation, public_id=public_id))


def policy_page(row: Organisation, problem: Invalid | Refused | None = None) -> str:
    """Render the page, keeping what was typed."""
    return render_template(
        "staff/organisations/policy.html", organisation=row, policy=suppliers.policy_of(row.id), problem=problem,
        typed=request.form, ways=AUTO_APPLY, percents=suppliers.PERCENTS, shortest=access_codes.SHORTEST, longest=access_codes.LONGEST,
         numbers=suppliers.NUMBERS, most=suppliers.MOST,
    )  # fmt: skip


@blueprint.post("/organisations/<public_id>/supplier-policy")
def set_supplier_policy(public_id: str) -> Response | tuple[str, int]:
    """Set what is agreed, unless somebody else did meanwhile."""
    row, form = find(actor(), Organisation, public_id=public_id), request.form
    try:
        values: dict[str, Any] = {name: whole(name, form[name]) for name in suppliers.NUMBERS if name in form}
        values |= {"auto_apply": form.get("auto_apply")} | {
            name: form.get(name) == "yes" for name in suppliers.SWITCHES
        }
        suppliers.change_policy(actor(), row, values, whole("version", form.get("version")))
    except (Invalid, Refused) as error:
        return policy_page(row, error), http_status(error)
    flash(_("Saved: it holds from the next answer of %(name)s.", name=row.name), "success")
    return redirect(url_for("staff.supplier_policy", public_id=public_id), 303)


@blueprint.post("/organisations/<public_id>/access-code")
def set_access_code(public_id: str) -> Response | tuple[str, int]:
    """Set the code that is asked for before a mailed order is shown, or ask for none."""
    row, form = find(actor(), Organisation, public_id=public_id), request.form
    try:
        access_codes.set_code(actor(), row, None if form.get("remove") else form.get("code", ""))
    except Invalid as error:
        return policy_page(row, error), 422
    words = (
        _("No code is asked for any more.")
        if form.get("remove")
        else _("The code is set. Tell it by other means than mail.")
    )
    flash(words, "success")
    return redirect(url_for("staff.supplier_policy", public_id=public_id), 303)
