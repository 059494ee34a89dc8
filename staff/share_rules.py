"""Settings: which partners see what without anybody sharing it, each rule with its switch and what it shows."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from actions import share_rules as verbs
from models.db import session
from models.share_rules import ShareRule
from models.shares import LEVELS, Share
from policy import Invalid, Refused, find, require, rows, visible
from policy.fields import ALWAYS, SHAREABLE
from staff import words as fields
from staff.blueprint import blueprint
from web.actor import actor
from web.errors import http_status

NAMES = {
    "supplier": later("A supplier sees the purchase orders addressed to it"),
    "carrier": later("A carrier sees the shipments it carries"),
    "distributor": later("A distributor sees the sales orders it placed and those of its own customers"),
}
WHEN = {
    "organisation": later("from the moment the order is sent"),
    "carrier": later("while it stands as the carrier on the order"),
    "distributes_for": later("while the relations “distributes for” and “supplies” hold"),
}


def name_of(rule: ShareRule) -> str:
    """What a rule is called."""
    return str(NAMES.get(rule.key, rule.name))


@blueprint.get("/settings/sharing-rules")
def share_rules() -> str:
    """All rules, with what each shows and how much it does."""
    require(actor(), "share_rule:change")
    found = rows(actor(), visible(actor(), ShareRule).order_by(ShareRule.id))
    live = select(Share.rule_id, func.count()).where(Share.rule_id.is_not(None), Share.revoked_at.is_(None))
    counts: dict[int, int] = dict(session.execute(live.group_by(Share.rule_id)).all())  # type: ignore[arg-type]
    return render_template(
        "staff/share_rules/list.html",
        rules=[
            {"rule": one, "name": name_of(one), "when": WHEN[one.through], "count": counts.get(one.id, 0),
             "words": words(one)} for one in found
        ],
    )  # fmt: skip


def words(rule: ShareRule) -> list[str]:
    """What a rule shows, in words."""
    shown = fields.of(rule.noun, rule.field_set.fields)
    return shown if rule.whole else [_("number and state, no lines"), *shown[1:]]


def the_rule(public_id: str) -> ShareRule:
    """Find a rule, for somebody who may change it."""
    require(actor(), "share_rule:change")
    return find(actor(), ShareRule, public_id=public_id)


@blueprint.get("/settings/sharing-rules/<public_id>")
def edit_share_rule(public_id: str) -> str:
    """The form of one rule."""
    return edit_page(the_rule(public_id))


def edit_page(rule: ShareRule, problem: Exception | None = None) -> str:
    """Render the form, keeping what was typed."""
    typed: dict[str, Any] = {"level": rule.level, "fields": rule.field_set.fields, "days": rule.days}
    if request.method == "POST":
        typed = {**request.form.to_dict(), "fields": request.form.getlist("fields")}
    names = [one for one in SHAREABLE[rule.noun] if one not in ALWAYS[rule.noun]]
    return render_template(
        "staff/share_rules/edit.html", rule=rule, name=name_of(rule), when=WHEN[rule.through], typed=typed,
        problem=problem, levels=[one for one in LEVELS if rule.whole or one in ("read", "comment")],
        order_fields=[(one, fields.ORDER.get(one, one)) for one in names if not one.startswith("lines.")],
        line_fields=[(one, fields.ORDER.get(one, one)) for one in names if one.startswith("lines.") and rule.whole],
    )  # fmt: skip


@blueprint.post("/settings/sharing-rules/<public_id>")
def change_share_rule(public_id: str) -> Response | tuple[str, int]:
    """Save what a rule shows; its shares follow."""
    rule, form = the_rule(public_id), request.form
    try:
        verbs.change(
            actor(), rule, level=form.get("level", ""), fields=form.getlist("fields"), days=form.get("days", -1, int),
            version=form.get("version", None, int),
        )  # fmt: skip
    except (Invalid, Refused) as error:
        return edit_page(rule, error), http_status(error)
    flash(_("Saved. What partners see follows at once."), "success")
    return redirect(url_for("staff.share_rules"), 303)


@blueprint.post("/settings/sharing-rules/<public_id>/switch")
def switch_share_rule(public_id: str) -> Response:
    """Switch a rule on or off."""
    rule, on = the_rule(public_id), request.form.get("active") == "yes"
    verbs.switch(actor(), rule, on)
    flash(_("Switched on.") if on else _("Switched off: nobody sees anything by this rule any more."), "success")
    return redirect(url_for("staff.share_rules"), 303)


@blueprint.post("/settings/sharing-rules/<public_id>/application")
def apply_share_rule(public_id: str) -> Response:
    """Bring a rule's shares in step with the orders that were there before it."""
    changed = verbs.apply(actor(), the_rule(public_id))
    flash(_("Shares made or ended: %(n)s.", n=changed), "success")
    return redirect(url_for("staff.share_rules"), 303)
