"""The read log at the desk: who outside saw what, by organisation, and as a table to take away."""

from collections.abc import Iterator
from typing import Any

from flask import Response, render_template, request
from flask_babel import gettext as _
from sqlalchemy import Select, or_, select

from models.organisations import Organisation
from models.shares import ReadLog, ReadRecord
from policy import find, require, rows, visible
from staff import words
from staff.blueprint import blueprint
from web.actor import actor
from web.paging import next_url, page
from web.tables import download

ORDER = [ReadLog.at, ReadLog.id]
MOST, SHOWN = 20_000, 50


def looks(row: Organisation) -> Select[Any]:
    """What people of an organisation saw, and what others saw of its data."""
    listed = select(ReadRecord.read_id).where(ReadRecord.owner_id == row.id)
    own = or_(ReadLog.organisation_id == row.id, ReadLog.owner_id == row.id, ReadLog.id.in_(listed))
    return visible(actor(), ReadLog).where(own)


def of_record(noun: str, number: str) -> list[dict[str, Any]]:
    """Who outside saw a record, alone or in a list, which fields in words, when and where."""
    listed = select(ReadRecord.read_id).where(ReadRecord.subject_id == number)
    alone = (ReadLog.subject_type == noun) & (ReadLog.subject_id == number)
    found = visible(actor(), ReadLog).where(alone | ((ReadLog.subject_type == f"{noun}s") & ReadLog.id.in_(listed)))
    latest = rows(actor(), found.order_by(ReadLog.at.desc(), ReadLog.id.desc()).limit(SHOWN))
    return [{"log": one, "words": words.of(noun, one.fields)} for one in latest]


@blueprint.get("/organisations/<public_id>/reads")
def organisation_reads(public_id: str) -> str:
    """Who saw what, the newest first."""
    row = find(actor(), Organisation, public_id=public_id)
    listed = page(actor(), looks(row), ORDER, request.args.get("after"))
    more = next_url("staff.organisation_reads", listed, public_id=public_id)
    template = "_rows.html" if request.headers.get("HX-Request") else "list.html"
    return render_template(f"staff/reads/{template}", organisation=row, listed=listed, more_url=more, words=words.each)


@blueprint.get("/organisations/<public_id>/reads.csv")
def export_reads(public_id: str) -> Response:
    """The same as a table, for leads."""
    row = find(actor(), Organisation, public_id=public_id)
    require(actor(), "read_log:export", row)
    head = [_("when"), _("who"), _("organisation"), _("what"), _("number"), _("fields"), _("where")]
    found = rows(actor(), looks(row).order_by(*(column.desc() for column in ORDER)).limit(MOST))
    return download(f"reads-{row.external_reference or row.public_id}", head, lines(found))


def lines(found: list[ReadLog]) -> Iterator[list[Any]]:
    """One line per look; a page of a list names what stood on it."""
    for one in found:
        numbers = ", ".join(record.subject_id for record in one.records) or one.subject_id
        who = one.reader
        fields = ", ".join(words.each(one.fields))
        yield [one.at, who, one.organisation.name, one.subject_type, numbers, fields, one.surface]
