"""Push on the device at hand: what its browser says when its owner switches it on or off, and the script that it wakes."""

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

import config
from actions import push as verbs
from login.face import blueprint, signed_in
from web.actor import actor

WORKER = config.ROOT / "static" / "js" / "push-worker.js"


@blueprint.get("/push-worker.js")
def push_worker() -> Response:
    """The script that a browser wakes when we send a word: at the root, so that it may open every page of ours."""
    return Response(WORKER.read_bytes(), mimetype="text/javascript")


@blueprint.post("/profile/notices/devices")
@signed_in
def start_push() -> tuple[str, int]:
    """Tell what is new on the device at hand as well."""
    form = request.form
    verbs.subscribe(actor(), form.get("endpoint", ""), form.get("p256dh", ""), form.get("auth", ""))
    return "", 204


@blueprint.post("/profile/notices/devices/<public_id>/removal")
@signed_in
def end_push(public_id: str) -> Answer:
    """Tell nothing more on one of one's devices."""
    verbs.unsubscribe(actor(), public_id)
    return redirect(url_for("login.notices"), 303)
