"""Replies that are pages: what they say, in the ways in which mail programs quote and sign."""

import pytest

from actions.mails import bodies

PAGES = {
    "Gmail": '<div dir="ltr">Yes, 40 please.</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" '
    'class="gmail_attr">On Mon, May 4, '
    '2026 at 9:00\u202fAM Nancy &lt;<a href="mailto:n@x.example">n@x.example</a>&gt; wrote:<br></div><blockquote class="gmail_quote">'
    "<div>Will 20 do?</div></blockquote></div>",
    "Outlook on the web": '<div class="elementToProof">Yes, 40 please.</div><div id="appendonsend"></div><hr tabindex="-1">'
    '<div id="divRplyFwdMsg" dir="ltr"><font><b>Von:</b> Nancy &lt;n@x.example&gt;<br><b>Gesendet:</b> Montag, 4. Mai 2026 09:00<br>'
    "<b>An:</b> Jana<br><b>Betreff:</b> Chang</font><div>&nbsp;</div></div><div>Will 20 do?</div>",
    "Apple": '<html><body>Yes, 40 please.<br id="lineBreakAtBeginningOfMessage"><div><br><blockquote '
    'type="cite"><div>Am 04.05.2026 um 09:00 '
    'schrieb Nancy &lt;n@x.example&gt;:</div><br><div>Will 20 do?</div></blockquote></div><br></body></html>',
    "iPhone": 'Yes, 40 please.<br><br><div dir="ltr">Von meinem iPhone gesendet</div><div dir="ltr"><br><blockquote '
    'type="cite">Am 04.05.2026 um '
    "09:00 schrieb Nancy &lt;n@x.example&gt;:<br><br></blockquote></div><blockquote type=cite><div>Will 20 do?</div></blockquote>",
    "Thunderbird": '<p>Yes, 40 please.</p><div class="moz-cite-prefix">Am 04.05.26 um 09:00 schrieb Nancy:<br></div>'
    '<blockquote type="cite" cite="mid:1@x"><p>Will 20 do?</p></blockquote><pre class="moz-signature" cols="72">-- \nJana</pre>',
    "Yahoo": '<div class="yahoo-style-wrap"><div dir="ltr">Yes, 40 please.</div></div><div id="yahoo_quoted_1" '
    'class="yahoo_quoted"><div>'
    "On Monday, May 4, 2026, 09:00:00 AM GMT+2, Nancy &lt;n@x.example&gt; wrote: </div><div>Will 20 do?</div></div>",
    "GMX": '<div><div>Yes, 40 please.</div><div>&nbsp;<div name="quote" style="margin:10px 5px"><div><b>Gesendet:</b> '
    'Montag, 04. Mai 2026 um 09:00 '
    'Uhr<br><b>Von:</b> "Nancy" &lt;n@x.example&gt;<br><b>An:</b> jana@lehms.example<br><b>Betreff:</b> Chang</div>'
    '<div name="quoted-content">Will 20 do?</div></div></div></div>',
    "Proton": '<div style="font-family:Arial">Yes, 40 please.</div><div class="protonmail_signature_block"><div '
    'class="protonmail_signature_block-proton">'
    'Sent with <a href="https://proton.me/">Proton Mail</a> secure email.</div></div><div class="protonmail_quote">On '
    'Monday, May 4th, 2026 at 9:00 AM, '
    'Nancy &lt;n@x.example&gt; wrote:<br><blockquote type="cite">Will 20 do?</blockquote></div>',
    "Notes": '<font size=2>Yes, 40 please.</font><br><br><br><table><tr><td>Von:</td><td>"Nancy" '
    '&lt;n@x.example&gt;</td></tr><tr><td>An:</td><td>'
    "Jana/Lehms</td></tr><tr><td>Datum:</td><td>04.05.2026 "
    "09:00</td></tr><tr><td>Betreff:</td><td>Chang</td></tr></table><hr><br>Will 20 do?",
    "QQ": '<div>Yes, 40 please.</div><div><br></div><div style="font-size:12px">------------------ 原始邮件 ------------------</div>'
    "<div><b>发件人:</b> Nancy &lt;n@x.example&gt;;</div><div><b>发送时间:</b> 2026年5月4日(星期一) 上午9:00</div><div>Will 20 do?</div>",
    "Mail of Windows": '<p class="MsoNormal">Yes, 40 please.</p><p class=MsoNormal>Sent from <a '
    'href="https://go.microsoft.com">Mail</a> for Windows</p>'
    '<div style="border-top:solid"><p class=MsoNormal><b>From: </b><a href="mailto:n@x.example">Nancy</a><br><b>Sent: '
    '</b>Monday, May 4, 2026 '
    "9:00 AM<br><b>To: </b>Jana<br><b>Subject: </b>Chang</p></div><p>Will 20 do?</p>",
}  # fmt: skip


@pytest.mark.parametrize("program", PAGES)
def test_a_reply_that_is_a_page_ends_where_its_program_quotes(program: str) -> None:
    assert bodies.said(bodies.of_html(PAGES[program]), "Jana Novak") == "Yes, 40 please."
