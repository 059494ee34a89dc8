"""Approvals by API: what managers outside ask of us, and what we decide on it."""

from typing import Any, Literal

from pydantic import StrictBool, StrictStr

from actions import approvals as verbs
from api import shapes
from api.lists import Paged, listed
from api.operations import Given, operation
from models.approvals import Approval
from models.organisations import Organisation
from policy import Actor, find, has, visible


def shape(row: Any) -> dict[str, Any]:
    made = {"id": row.public_id} | shapes.only(
        row, ("kind", "email", "name", "role", "state", "reason", "asked_at", "decided_at")
    )
    made["asked_by"] = row.asker
    if has(row, "organisation"):
        made["organisation"] = shapes.reference(row.organisation)
    return made


class ApprovalQuery(Paged):
    state: Literal["waiting", "approved", "declined", "withdrawn"] | None = None
    organisation: str | None = None


@operation("GET", "/approvals", "approval", query=ApprovalQuery)
def approvals(actor: Actor, query: ApprovalQuery) -> dict[str, Any]:
    """List what managers asked for, the newest first; a manager reads the own organisation's."""
    seen = visible(actor, Approval)
    if query.state:
        seen = seen.where(Approval.state == query.state)
    if query.organisation:
        seen = seen.where(
            Approval.organisation_id.in_(
                visible(actor, Organisation, Organisation.id).where(Organisation.public_id == query.organisation)
            )
        )
    return listed(actor, seen, [Approval.id], query, shape)


class Decision(Given):
    approve: StrictBool
    reason: StrictStr | None = None


@operation("POST", "/approvals/<public_id>/decision", "approval", body=Decision)
def decide_approval(actor: Actor, public_id: str, body: Decision) -> dict[str, Any]:
    """Approve it, or decline it with a `reason`; staff only."""
    row = find(actor, Approval, public_id=public_id)
    if body.approve:
        verbs.approve(actor, row)
    else:
        verbs.decline(actor, row, body.reason or "")
    return shape(row)


@operation("DELETE", "/approvals/<public_id>", "approval", status=204)
def withdraw_approval(actor: Actor, public_id: str) -> dict[str, Any]:
    """Take back what a manager of the own organisation asked for."""
    verbs.withdraw(actor, find(actor, Approval, public_id=public_id))
    return {}


class Required(Given):
    required: StrictBool


@operation("PUT", "/organisations/<public_id>/approval", "organisation", body=Required)
def require_approval(actor: Actor, public_id: str, body: Required) -> dict[str, Any]:
    """Let an organisation's new colleagues wait for our approval, or no longer; staff only."""
    row = find(actor, Organisation, public_id=public_id)
    verbs.set_required(actor, row, body.required)
    return {"required": row.approves_colleagues}
