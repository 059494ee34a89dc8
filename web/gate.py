"""The gate before each face: who may enter the surface at all."""

from collections.abc import Callable

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from policy import NotFound
from web.actor import actor


def only(*sides: str, unnamed: bool = False) -> Callable[[], Response | None]:
    """Let only these sides in: others find nothing here, the signed-out are asked to sign in.

    Whoever came with a shared mailbox and gave no name is asked for it first, except on pages for the `unnamed`.
    """

    def check() -> Response | None:
        who = actor()
        if who.side in sides and who.unnamed and not unnamed:
            wanted = request.full_path.rstrip("?") if request.method == "GET" else None
            return redirect(url_for("login.mailbox_name", next=wanted), 303)
        if who.side in sides:
            return None
        if who.side == "anonymous":
            if request.method == "GET":
                return redirect(url_for("login.sign_in", next=request.full_path.rstrip("?")))
            return redirect(url_for("login.sign_in"))
        raise NotFound

    return check


def guard(blueprint: Blueprint, *sides: str) -> Blueprint:
    """Put a blueprint behind the gate."""
    blueprint.before_request(only(*sides))
    return blueprint


def local(target: str | None, default: str) -> str:
    """Return a path of ours to go to next; anything else becomes the default, so nobody is sent elsewhere."""
    odd = not target or not target.startswith("/") or target.startswith("//") or "\\" in target
    return default if odd or target is None or not target.isprintable() else target
