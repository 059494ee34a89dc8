"""What stands on papers: the code on an order's PDF leads here, and whoever may see the order goes on to it."""

from dataclasses import replace
from typing import Any

from flask import redirect, render_template, request

from actions import sessions
from actions.actors import of_membership
from login.face import HOMES, blueprint, signed_in
from models.orders import Order
from policy import Actor, NotFound, find, first
from web.actor import actor


@blueprint.get("/orders/<number>")
@signed_in
def paper(number: str) -> Any:
    """Lead to an order on the surface of whoever is signed in; everybody else signs in first, whatever the number is.

    The address is no secret and tells nothing: to a stranger, and to a rival, every number is one like another.
    """
    try:
        found = find(actor(), Order, number=number)
    except NotFound:
        return elsewhere(number)
    return redirect(f"{HOMES[actor().side]}orders/{found.number}")


def elsewhere(number: str) -> Any:
    """Offer to act for that organisation of one's own which the order is with. Raises NotFound when there is none."""
    who = actor()
    others = [one for one in sessions.memberships(who.person_id or 0) if one.id != who.membership_id]
    for one in others if who.session_id else []:
        theirs: Actor = replace(of_membership(one), login_id=who.login_id, email=who.email)
        if first(theirs, Order, number=number) is not None:
            return render_template("login/elsewhere.html", number=number, membership=one, onward=request.path)
    raise NotFound
