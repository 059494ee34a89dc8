"""Every mail of the collections takes the whole way in: kept, read, filed or held with a reason; none is lost."""

import pytest
from sqlalchemy import func, select

import worker
from channels import mail_in
from models import db, storage
from models.jobs import Job
from models.mail_in import InboundMail
from models.messages import Message
from tests.channels.mails import mails
from tests.live import ROOT
from tests.world import World

DATA = ROOT.parent / "shared" / "data"
COLLECTIONS = {
    "emails_mail_mikel": 100,
    "emails_reply_talon": 13,
    "emails_bounce_flufl": 117,
    "emails_reply_github": 22,
}

pytestmark = [
    pytest.mark.usefixtures("app"),
    pytest.mark.skipif(
        not (DATA / "emails_mail_mikel").is_dir(), reason="REAL MAILS NOT TESTED: shared/data is not here"
    ),
]


def collected(name: str) -> list[bytes]:
    """The mails of a collection; a reply that is a text only is sent as one."""
    files = sorted(
        one for one in (DATA / name).rglob("*") if one.is_file() and one.name not in ("LICENSE", ".gitattributes")
    )
    if name == "emails_reply_github":
        head = b"From: jo@else.example\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        return [head + one.read_bytes() for one in files]
    mails = [
        one.read_bytes() for one in files if one.suffix in (".eml", ".txt") or one.name == "sample_output_multipart"
    ]
    return list(dict.fromkeys(mails))


def work_until_done() -> None:
    """File all that waits, in piles, as the worker does."""
    while True:
        with db.unit(write=False):
            waiting = select(Job).where(Job.kind == "mail_in", Job.state == "pending").order_by(Job.id).limit(50)
            found = [(one.id, one.kind, dict(one.arguments), 1) for one in db.session.scalars(waiting)]
        if not found:
            return
        worker.file_pile(found)


@pytest.mark.parametrize("name", COLLECTIONS)
def test_no_mail_of_a_collection_is_lost_or_stops_the_others(world: World, name: str) -> None:
    raws = collected(name)
    assert mail_in.take_all(raws) == len(raws)
    work_until_done()
    noted = mails()
    assert [storage.read(one.storage_key) for one in noted] == raws
    assert {one.state for one in noted} <= {"filed", "held"}
    assert all(one.reason for one in noted if one.state == "held") and all(
        one.message_key for one in noted if one.state == "filed"
    )
    with db.unit(write=False):
        said = select(func.count()).select_from(InboundMail).join(Message, Message.public_id == InboundMail.message_key)
        assert db.session.scalar(said.where(Message.body != "")) == sum(one.state == "filed" for one in noted)
        assert set(db.session.scalars(select(Job.state).where(Job.kind == "mail_in"))) == {"done"}
    assert len(noted) == COLLECTIONS[name]
