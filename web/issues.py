"""Issues on the pages: the eight steps, defects and states in words, and what a step's form says."""

from datetime import UTC, date, datetime, time
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later

from models.issues import Issue
from models.types import now
from policy import Actor, Invalid, allowed, has
from web.incoming import whole

STEPS = {
    "D1": (later("Team"), later("Who works on it, and who leads.")),
    "D2": (later("Problem"), later("What is wrong, how many, how it was found.")),
    "D3": (later("Containment"), later("What keeps more bad goods from going out: sorting, stops, checks of stock.")),
    "D4": (later("Root cause"), later("Why it happened, and why it was not noticed.")),
    "D5": (later("Corrective actions chosen"), later("What removes the cause, and how you know that it does.")),
    "D6": (later("Corrective actions implemented"), later("What was changed, where, and since when.")),
    "D7": (later("Recurrence prevented"), later("What else was changed so that it cannot come back: plans, training, other products.")),
    "D8": (later("Closure"), later("Whether it holds, and thanks to those who worked on it.")),
}  # fmt: skip
DEFECTS = {
    "damaged": later("Damaged"), "faulty": later("Faulty"), "wrong": later("Wrong goods"), "short": later("Too few"),
    "label": later("Label or papers"), "other": later("Something else"),
}  # fmt: skip
SEVERITIES = {"minor": later("Minor"), "major": later("Major"), "critical": later("Critical")}
RETURNS = {
    "none": later("Nothing decided"), "asked": later("Please send back"), "on_its_way": later("On the way back"),
    "received": later("Back with us"), "scrapped": later("Not to be sent back"),
}  # fmt: skip
PAYERS = {"us": later("We"), "partner": later("The supplier")}
# How far it is, as the customer reads it: which of four is being worked on (4: none any more), in a word, in a sentence.
PROGRESS = (later("Taken up"), later("Securing goods"), later("Finding the cause"), later("Removing the cause"))
STAGES = {
    "taken_up": (1, later("Taken up"), later("We have taken it up and are looking into it.")),
    "secured": (2, later("Secured"), later("Further goods are being checked, so that it does not happen again meanwhile.")),
    "cause_found": (3, later("Cause found"), later("The cause is found. It is being removed.")),
    "remedied": (4, later("Remedied"), later("The cause is removed. We are watching that it holds.")),
    "closed": (4, later("Settled"), later("Settled.")),
}  # fmt: skip


def words() -> dict[str, Any]:
    """What templates call things by."""
    return {
        "defects": DEFECTS, "severities": SEVERITIES, "returns": RETURNS, "payers": PAYERS, "progress_names": PROGRESS,
        "stages": STAGES,
    }  # fmt: skip


def steps(who: Actor, issue: Any) -> list[dict[str, Any]]:
    """The steps as a checklist: what each is, how it stands, and whether the reader may answer it; none unless seen."""
    if not has(issue, "steps"):
        return []
    answers = allowed(who, "issue:answer", issue)
    return [
        {
            "key": one.step, "name": STEPS[one.step][0], "hint": STEPS[one.step][1], "side": one.side, "text": one.text,
            "due_at": one.due_at, "done_at": one.done_at, "version": one.version, "by": author(who, one),
            "late": one.done_at is None and one.due_at is not None and one.due_at < now() and issue.status == "open",
            "may": answers and who.side in ("staff", one.side),
        }
        for one in issue.steps
    ]  # fmt: skip


def author(who: Actor, step: Any) -> str | None:
    """Who answered a step: for us the person and their company, for others what policy says of it."""
    if not who.outside:
        if step.author is None:
            return None
        company = step.author_organisation
        return f"{step.answered_by}, {company.name}" if company else str(step.answered_by)
    if step.author["name"]:
        return str(step.author["name"])
    return {"staff": "", "other": _("another partner")}.get(step.author["side"] or "none")


def progress(steps_shown: list[dict[str, Any]]) -> tuple[int, int]:
    """How many steps are done, of how many."""
    return sum(one["done_at"] is not None for one in steps_shown), len(steps_shown)


def answered(form: Any) -> dict[str, Any]:
    """What the form of a step says. Raises Invalid."""
    done = form.get("done") == "yes"
    return {
        "words": form.get("text", ""), "done": done, "done_at": day(form, "done_on") if done else None,
        "version": whole("version", form.get("version")),
    }  # fmt: skip


def day(form: Any, name: str) -> datetime | None:
    """A day of a form, as its noon in UTC: the same day everywhere but at the ends of the earth. Raises Invalid."""
    given = form.get(name, "").strip()
    if not given:
        return None
    try:
        return datetime.combine(date.fromisoformat(given), time(12), UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid(name, _("is not a date")) from error


def filtered(query: Any, show: str) -> Any:
    """The open, the closed, or all."""
    return query.where(Issue.status == show) if show in ("open", "closed") else query


def shown() -> str:
    """Which issues were asked for: the open ones unless said."""
    return request.args.get("show", "open")
