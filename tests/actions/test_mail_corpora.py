"""Mails that nobody here wrote: what replies say, which mails came back, and the right characters in all of them.

The texts are in shared/data; what they say is told there, or was read by eye and stands here.
"""

import csv
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from actions.mails import bodies, reading
from tests.live import ROOT

DATA = ROOT.parent / "shared" / "data"
TALON, GITHUB, BOUNCES, MIKEL = (
    DATA / name for name in ("emails_reply_talon", "emails_reply_github", "emails_bounce_flufl", "emails_mail_mikel")
)

pytestmark = pytest.mark.skipif(not TALON.is_dir(), reason="REAL MAILS NOT TESTED: shared/data is not here")


@cache
def read(path: Path) -> dict[str, Any]:
    return reading.answer(path.read_bytes())


def tight(words: str) -> str:
    return " ".join(words.split())


# Replies: what their writers say

PROGRAMS = [
    "android",
    "aol",
    "apple_mail",
    "apple_mail_2",
    "comcast",
    "gmail",
    "hotmail",
    "iphone",
    "outlook",
    "sparrow",
    "thunderbird",
    "yahoo",
]
PAGES = [
    "gmail",
    "hotmail",
    "mail_ru",
    "ms_outlook_2003",
    "ms_outlook_2007",
    "ms_outlook_2010",
    "thunderbird",
    "windows_mail",
    "yandex_ru",
]
SIGNED = ["camel_case", "jeff", "johndoeexamplecom", "long", "short_url", "sparse"]


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_replies_of_12_mail_programs_say_what_was_written(program: str) -> None:
    """12 of 12. Where the collection counts the signature as reply, it is what we fold away as the signature."""
    letter, expected = (
        read(TALON / "standard_replies" / f"{program}.eml"),
        TALON / "standard_replies" / f"{program}_reply_text",
    )
    said, signed = bodies.parts(letter["text"], letter["name"], letter["address"])
    assert said == letter["said"] == "Hello"
    assert tight(f"{said} {signed}") == (tight(expected.read_text()) if expected.exists() else "Hello")


@pytest.mark.parametrize("program", PAGES)
def test_the_html_replies_of_9_mail_programs_say_what_was_written(program: str) -> None:
    """9 of 9; lines and paragraphs are as each program makes them."""
    words = bodies.of_html((TALON / "html_replies" / f"{program}.html").read_text("utf-8"))
    assert tight(bodies.said(words)) == "Hi. I am fine. Thanks, Alex"


def test_a_reply_that_shares_its_division_with_what_it_answers_is_told_from_it() -> None:
    """2 of 2."""
    letter = read(TALON / "reply-quotations-share-block.eml")
    assert letter["said"].startswith("Hi Katharine.") and letter["said"].endswith(
        "look forward to hearing from you soon."
    )
    words = bodies.of_html((TALON / "reply-separated-by-hr.html").read_text())
    assert tight(bodies.said(words)) == "Hi there Bob"


@pytest.mark.parametrize("name", SIGNED)
def test_signatures_are_told_from_what_is_said(name: str) -> None:
    """6 of 6."""
    body, sender, signature = (
        (TALON / "signature" / "emails" / "stripped" / f"{name}_{part}").read_text().strip()
        for part in ("body", "sender", "signature")
    )
    assert bodies.parts(body, sender) == (body[: len(body) - len(signature)].strip(), signature)


# Each of these replies begins with what its writer says: up to these words, read by eye.
ENDS = {
    "correct_sig": "a correct -- signature.", "email_1_1": "using the Java HTTP API.", "email_1_2": 'delete them all individually."',
    "email_1_3": "would be great.", "email_1_4": "problem with it.", "email_1_5": "for a while.", "email_1_6": "proper rendering as well.",
    "email_1_7": ":+1:", "email_1_8": "and under this.", "email_2_1": "Outlook with a reply", "email_2_2": "directly above line",
    "email_2_3": "directly above line", "email_BlackBerry": "Here is another email", "email_bullets": "   - and another",
    "email_iPhone": "Here is another email", "email_multi_word_sent_from_my_mobile_device": "Here is another email",
    "email_one_is_not_on": "when I run...", "email_sent_from_my_not_signature": "my mobile phone.",
    "email_sig_delimiter_in_middle_of_line": "kthxbai", "greedy_on": "the tunnel is not working.",
    "email_long_quote": "using the Java HTTP API.", "pathological": "get back to a computer.",
}  # fmt: skip


@pytest.mark.parametrize("name", ENDS)
def test_plain_replies_end_where_their_writers_words_do(name: str) -> None:
    """22 of 22."""
    text = (GITHUB / f"{name}.txt").read_text("utf-8")
    assert bodies.said(text) == text[: text.index(ENDS[name]) + len(ENDS[name])].strip()


def test_every_reply_of_the_collections_is_looked_at() -> None:
    looked_at = {one.stem for one in GITHUB.glob("*.txt")}
    assert looked_at == set(ENDS) and {one.stem for one in TALON.glob("standard_replies/*.eml")} == set(PROGRAMS)
    assert {one.stem for one in TALON.glob("html_replies/*.html")} == set(PAGES)
    assert {one.name.removesuffix("_body") for one in TALON.glob("signature/emails/stripped/*_body")} == set(SIGNED)


# Mails that came back

NAMED_NOWHERE = {  # what they are about cannot be told by a general rule
    "aol_01.txt": "names the recipient without a domain",
    "yale_01.txt": "names the recipient without a domain, and others as examples",
    "llnl_01.txt": "lists others who may be meant",
    "simple_20.txt": "looks like a person's answer but for its words",
}


@cache
def expected() -> dict[str, tuple[set[str], bool]]:
    """Of each mail to whom it was not delivered, and whether only for now."""
    found: dict[str, tuple[set[str], bool]] = {}
    for row in csv.DictReader((BOUNCES / "expected.csv").read_text("utf-8").splitlines()):
        addresses, later = found.get(row["file"], (set(), False))
        named = {one.strip().casefold() for one in row["failed_addresses"].split("|") if one.strip()}
        found[row["file"]] = (addresses | named, later or row["extra"] == "True")
    return found


def test_to_whom_a_mail_was_not_delivered_and_whether_for_good_is_told_of_111_of_115() -> None:
    """96.5 %: addresses and the temporary flag, both exact."""
    wrong = set()
    for name, (addresses, later) in expected().items():
        report = read(BOUNCES / name)["bounce"] or {"addresses": [], "action": "none"}
        told = {one.casefold() for one in report["addresses"]}
        if told != addresses or (addresses and (report["action"] == "delayed") != later):
            wrong.add(name)
    assert wrong == set(NAMED_NOWHERE) and len(expected()) == 115


# The right characters: each read by eye

READ_BY_EYE = {
    "multi_charset/japanese": ("まみむめも", "かきくえこ", []),
    "multi_charset/japanese_attachment": ("testing", "testing", ["てすと.txt"]),
    "multi_charset/japanese_attachment_long_name": ("まみむめも" * 10, "", ["かきくけこ" * 5 + ".txt"]),
    "multi_charset/japanese_iso_2022": ("まみむめも", "すみません。", []),
    "multi_charset/japanese_shift_jis": ("test", "あいうえお", []),
    "multi_charset/ks_c_5601-1987": ("test", "스티해", []),
    "plain_emails/raw_email": ("NOTE: 한국말로 하는 것", "대부분의 마찬가지로, 우리는 하나님을 믿습니다.", []),
    "plain_emails/raw_email_with_partially_quoted_subject": ('Re: Test: "漢字" mid "漢字" tail', "대부분의 마찬가지로", []),
    "rfc2822/example14": ("Re: TEST テストテスト", "Hello", []),
    "rfc6532/utf8_headers": ("Säying Hello", "body", []),
    "error_emails/bad_encoded_subject": ("TEST", "TEST", []),
    "error_emails/invalid_subject_characters": ("Formação FrenetikPolis: Mega Campanha Final Verão | Cursos de Setembro", "TEST", []),
    "error_emails/content_transfer_encoding_7-bit": ("Discover(R) Card News Online - January 2002", "DISCOVERÆ CARD", []),
    "error_emails/content_transfer_encoding_x_uuencode": (
        "PGP Comments on RTO West Release of Dec. 14", "Attached are the comments", ["PGP_Cmts_on_12-14-01_Pkg.doc"]),
    "attachment_emails/attachment_pdf": ("Another PDF with 🎉 Unicode chars in it 🍿", "Just attaching another PDF", ["broken.pdf"]),
    "attachment_emails/attachment_nonascii_filename": ("testing", "This is the first part.", ["ciële.txt"]),
    "attachment_emails/attachment_with_quoted_filename": ("Eelanalüüsi päring", "", ["Eelanalüüsi päring.jpg"]),
    "attachment_emails/attachment_with_base64_encoded_name": (
        "Fwd: Signed email causes file attachments", "We should not include these files", ["This is a test.pdf"]),
    "attachment_emails/attachment_with_unquoted_name": ("testing", "This is the first part.", ["This is a test.txt"]),
    "attachment_emails/attachment_message_rfc822": ("testing", "This is the first part.", ["ForwardedMessage.eml"]),
    "mime_emails/raw_email_with_nested_attachment": (
        "Testing attachments", "Here is a test of an attachment via email.", ["truncated.png", "smime.p7s"]),
    "mime_emails/raw_email_encoded_stack_level_too_deep": (
        "Nicolas Fouché has accepted your invitation to Gmail", "Nicolas Fouché has accepted your invitation", []),
    "multipart_report_emails/report_422": (
        "Warning: could not send message for past 8 hours", "**********************************************", ["headers.txt"]),
}  # fmt: skip


@pytest.mark.parametrize("name", READ_BY_EYE)
def test_subjects_words_and_file_names_have_the_characters_their_writers_meant(name: str) -> None:
    letter, (subject, begins, files) = read(MIKEL / f"{name}.eml"), READ_BY_EYE[name]
    assert (letter["subject"], [one["name"] for one in letter["files"]]) == (subject, files)
    assert letter["said"].startswith(begins) and "\ufffd" not in letter["said"]


def test_names_and_addresses_may_have_any_letters() -> None:
    letter = read(MIKEL / "rfc6532" / "utf8_headers.eml")
    assert (letter["name"], letter["address"]) == ("Jöhn Doe", "jdöe@mächine.example")
    assert read(MIKEL / "error_emails" / "header_fields_with_empty_values.eml")["name"] == "Jørn Støylen"
