"""Reading mails: the right characters, the words of their writer, and never an error, whatever somebody sends."""

from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from actions.mails import bodies, reading


def read(raw: bytes) -> dict:
    return reading.answer(raw)


def plain(body: bytes, charset: str) -> bytes:
    return b"From: a@b.example\r\nContent-Type: text/plain; charset=" + charset.encode() + b"\r\n\r\n" + body


@pytest.mark.parametrize(
    ("charset", "words"),
    [
        ("utf-8", "Grüße 😀"), ("iso-8859-1", "Grüße"), ("windows-1252", "„Grüße“ 5 €"), ("shift_jis", "ご注文"), ("euc-kr", "주문"),
        ("big5", "訂單"), ("iso-2022-jp", "注文"), ("koi8-r", "заказ"), ("gb2312", "订单"), ("utf-7", "Grüße"),
    ],
)  # fmt: skip
def test_words_come_in_every_character_set(charset: str, words: str) -> None:
    assert read(plain(words.encode(charset), charset))["text"] == words


@pytest.mark.parametrize("charset", ["x-unknown", "uft-8", "nonsense", "us-ascii", "base64", "zip"])
def test_a_character_set_that_is_not_so_is_guessed(charset: str) -> None:
    assert read(plain("Grüße".encode(), charset))["text"] == "Grüße"


def test_nothing_comes_in_that_no_database_keeps() -> None:
    assert read(plain(b"a\0b", "utf-8"))["text"] == "ab"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"=?utf-8?B?R3LDvMOfZQ==?=", "Grüße"), (b"=?iso-8859-1?Q?Gr=FC=DFe?= an alle", "Grüße an alle"),
        (b"=?utf-8?B?R3LD?= =?utf-8?B?vMOfZQ==?=", "Grüße"), ("Grüße".encode(), "Grüße"), (b"=?utf-8?B?R3L?=", "Gr"),
        (b"=?x?y?z?=", "=?x?y?z?="), (b"a\r\n b", "a b"),
    ],
)  # fmt: skip
def test_headers_are_read_as_their_writer_meant_them(raw: bytes, words: str) -> None:
    assert read(b"From: a@b.example\r\nSubject: " + raw + b"\r\n\r\n")["subject"] == words


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("a@b.example", "a@b.example"), ("A <a@b.example>", "a@b.example"), ('"B, A" <a@b.example>', "a@b.example"),
        ("a@b.example (A)", "a@b.example"), ('"c@d.example" <a@b.example>', "a@b.example"), ("=?x?Q?A=2C?= <a@b.example>", "a@b.example"),
        ("a@b.example, c@d.example", ""), ("A <a@b.example>, C <c@d.example>", ""), ("A <a@b.example> <c@d.example>", ""), ("", ""),
        ("nobody", ""),
        ("a@b.example <a@b.example>", "a@b.example"), ("A <a@b@c.example>", ""), ("a@b.example c@d.example", ""),
        ("group: a@b.example;", ""),
        ("alice@good.example(<bob@evil.example>)", ""), ('"a@b.example', ""),
    ],
)  # fmt: skip
def test_one_sender_is_somebody_more_or_none_are_nobody(value: str, address: str) -> None:
    found = read(f"From: {value}\r\n\r\nx".encode())
    assert found["address"] == address and bool(found["wrong"]) == (not address)


def test_html_is_read_as_words_and_nothing_of_it_acts() -> None:
    words = bodies.of_html(
        "<style>x{}</style><script>alert(1)</script><p>One &amp; <b>two</b></p><ul><li>three</li></ul><img src=http://e>"
    )
    assert words == "One & two\n\n- three"


@pytest.mark.parametrize(
    ("mail", "said"),
    [
        ("Yes.\n\nOn Mon, 4 May 2026 at 9:00, Nancy <n@x.example> wrote:\n> Is it?\n", "Yes."),
        ("Yes.\n\nOn Mon, 4 May 2026 at 9:00, Nancy\n<n@x.example> wrote:\n\n> Is it?\n", "Yes."),
        ("Ja.\n\nAm 04.05.2026 um 09:00 schrieb Nancy <n@x.example>:\n> Kommt es?\n", "Ja."),
        ("Oui.\n\nLe lun. 4 mai 2026 à 09:00, Nancy a écrit :\n> Vient-il ?", "Oui."),
        ("Yes.\n\n-----Original Message-----\nFrom: Nancy\nIs it?", "Yes."),
        ("Yes.\n\nFrom: Nancy <n@x.example>\nSent: Monday\nTo: Renate\nSubject: Chang\n\nIs it?", "Yes."),
        ("Ja.\n\n________________________________\nVon: Nancy\nGesendet: Montag\nAn: Renate\n\nKommt es?", "Ja."),
        ("Yes.\n-- \nRenate\n", "Yes."), ("Yes.\n\nSent from my iPhone", "Yes."), ("Yes.\n\n> Is it?\n", "Yes."),
        ("On Mon, 4 May 2026, Nancy wrote:\n> Is it?\nYes.", "Yes."),
        ("On Friday it comes.\nFrom: here", "On Friday it comes.\nFrom: here"), ("> only this", "> only this"), ("", ""),
        ("A, answered:\n> one?\nyes\n> two?\nno", "A, answered:\n> one?\nyes\n> two?\nno"),
    ],
)  # fmt: skip
def test_what_its_writer_says_is_told_from_what_is_quoted_and_signed(mail: str, said: str) -> None:
    assert bodies.said(mail) == said


def test_lines_of_a_page_that_stand_as_they_are_stay_lines() -> None:
    assert bodies.of_html("<pre>Chang  20\nChai   10</pre><p>two\nwords</p>") == "Chang  20\nChai   10\n\ntwo words"


def test_what_an_html_mail_quotes_is_quoted_as_words() -> None:
    html = '<div>Yes.</div><div class="gmail_quote"><div>On Monday Nancy wrote:</div><blockquote><div>Is it?</div></blockquote></div>'
    assert bodies.said(bodies.of_html(html)) == "Yes."


@pytest.mark.parametrize(
    "filler",
    [">", "> ", "On ", "From: ", "-", "_", " ", "\n", "<div>", "<!--", "=?utf-8?B?", '"', "(", "<a@b.c>", "a@"],
)
def test_long_nonsense_is_read_within_seconds(filler: str) -> None:
    import time

    long, begun = filler * (400_000 // len(filler)), time.monotonic()
    read(plain(long.encode(), "utf-8"))
    read(plain(long.encode(), "utf-8").replace(b"text/plain", b"text/html"))
    one = long.replace("\n", " ")[:100_000].encode()
    read(b"From: " + one + b"\r\nSubject: " + one + b"\r\nTo: " + one + b"\r\nReferences: " + one + b"\r\n\r\n")
    assert time.monotonic() - begun < 10


@settings(max_examples=200, deadline=None)
@given(
    some.binary(max_size=2000),
    some.sampled_from([b"", b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"]),
)
def test_whatever_comes_is_answered_with_facts_or_a_reason(garbage: bytes, before: bytes) -> None:
    answer = read(before + garbage)
    assert "unreadable" in answer or isinstance(answer["text"], str)


@settings(max_examples=200, deadline=None)
@given(some.text(alphabet='ab@.,;:<>()" \\=?', max_size=60))
def test_whatever_stands_in_from_is_one_address_or_nobody(value: str) -> None:
    found = read(b"From: " + value.encode() + b"\r\n\r\nx")
    assert bool(found["address"]) != bool(found["wrong"]) and found["address"].count("@") <= 1


def test_files_come_with_the_names_they_were_given() -> None:
    mail = EmailMessage()
    mail["From"] = "a@b.example"
    mail.set_content("See.")
    mail.add_attachment(b"1", maintype="application", subtype="pdf", filename="Übersicht.pdf")
    mail.add_attachment(b"BEGIN:VCALENDAR", maintype="text", subtype="calendar")
    raw = mail.as_bytes().replace(
        b"Content-Type: text/calendar", b"Content-Type: text/calendar; name==?utf-8?B?VGVybWluLmljcw==?="
    )
    assert [one["name"] for one in read(raw)["files"]] == ["Übersicht.pdf", "Termin.ics"]


def test_a_mail_server_may_say_that_a_mail_came_back_in_its_own_words() -> None:
    head = b"From: MAILER-DAEMON@x.example\r\nSubject: failure notice\r\n\r\n"
    raw = head + b"<bob@else.example>:\r\n5.1.1 no such user\r\n\r\nMessage-ID: <1@ours.example>\r\n"
    assert read(raw)["bounce"] == {
        "action": "failed",
        "status": "5.1.1",
        "why": "5.1.1",
        "ids": ["<1@ours.example>"],
        "addresses": ["bob@else.example"],
    }


def test_a_person_who_speaks_of_a_mail_that_came_back_is_no_mail_server() -> None:
    head = b"From: a@b.example\r\nSubject: Undelivered: your mail\r\nIn-Reply-To: <1@x>\r\n\r\n"
    raw = head + b"It could not be delivered to\r\nb@c.example"
    assert read(raw)["bounce"] is None


def test_an_answer_of_a_person_is_not_automatic() -> None:
    assert not read(b"From: a@b.example\r\nAuto-Submitted: no\r\nReturn-Path: <a@b.example>\r\n\r\nx")["automatic"]
