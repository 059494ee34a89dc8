"""Replies as people write them, in the mail programs and languages in which they do: what they say, and no more."""

import pytest

from actions.mails import bodies

WRITER = ("Jana Novak", "jana.novak@lehms.example")
NANCY = "Nancy Davolio <nancy.davolio@northwind.example>"


def reply(*lines: str) -> str:
    return "\n".join(lines)


# The line that introduces what is answered

INTRODUCTIONS = {
    "English": f"On Mon, May 4, 2026 at 9:00 AM {NANCY} wrote:",
    "English, in two lines": "On Mon, May 4, 2026 at 9:00\u202fAM Nancy Davolio <\nnancy.davolio@northwind.example> wrote:",
    "English, in three lines": "On Monday, 4 May 2026 at 09:00, Nancy Davolio\n<nancy.davolio@northwind.example>\nwrote:",
    "English, without On": f"Monday, May 4, 2026 9:00 AM, {NANCY} wrote:",
    "English, Yahoo": "--- On Mon, 5/4/26, Nancy Davolio <nancy.davolio@northwind.example> wrote:",
    "English, NetEase": 'At 2026-05-04 09:00:00, "Nancy Davolio" <nancy.davolio@northwind.example> wrote:',
    "English, news": "Nancy Davolio <nancy.davolio@northwind.example> writes:",
    "English, Gmail on a telephone": "On Mon, 4 May 2026, 09:00 Nancy Davolio, <nancy.davolio@northwind.example> wrote:",
    "English, from us": "On Mon, May 4, 2026 at 9:00 AM Northwind Traders <service+r-k3_x@northwind.example> wrote:",
    "German, web mail": f"{NANCY} hat am 04.05.2026 09:00 CEST geschrieben:",
    "German, Notes": "Nancy Davolio/NW schrieb am 04.05.2026 09:00:15:",
    "German": f"Am Mo., 4. Mai 2026 um 09:00 Uhr schrieb {NANCY}:",
    "German, in two lines": "Am Mo., 4. Mai 2026 um 09:00 Uhr schrieb Nancy Davolio <\nnancy.davolio@northwind.example>:",
    "German, Apple": "Am 04.05.2026 um 09:00 schrieb Nancy Davolio <nancy.davolio@northwind.example>:",
    "German, the name first": f"{NANCY} schrieb am 4. Mai 2026 um 09:00:",
    "French": f"Le lun. 4 mai 2026 à 09:00, {NANCY} a écrit :",
    "French, in two lines": "Le lun. 4 mai 2026 à 09:00, Nancy Davolio <nancy.davolio@northwind.example>\na écrit :",
    "Spanish": f"El lun, 4 may 2026 a las 9:00, {NANCY} escribió:",
    "Spanish, in two lines": "El lun, 4 may 2026 a las 9:00, Nancy Davolio (<\nnancy.davolio@northwind.example>) escribió:",
    "Italian": f"Il giorno lun 4 mag 2026 alle ore 09:00 {NANCY} ha scritto:",
    "Dutch": f"Op ma 4 mei 2026 om 09:00 schreef {NANCY}:",
    "Dutch, Apple": "Op 4 mei 2026 om 09:00 heeft Nancy Davolio <nancy.davolio@northwind.example> het volgende geschreven:",
    "Polish": f"pon., 4 maj 2026 o 09:00 {NANCY} napisał(a):",
    "Polish, Thunderbird": "W dniu 04.05.2026 o 09:00, Nancy Davolio pisze:",
    "Portuguese": f"Em seg., 4 de mai. de 2026 às 09:00, {NANCY} escreveu:",
    "Swedish": f"Den mån 4 maj 2026 kl 09:00 skrev {NANCY}:",
    "Swedish, Apple": "4 maj 2026 kl. 09:00 skrev Nancy Davolio <nancy.davolio@northwind.example>:",
    "Danish": f"Den man. 4. maj 2026 kl. 09.00 skrev {NANCY}:",
    "Norwegian": f"man. 4. mai 2026 kl. 09:00 skrev {NANCY}:",
    "Finnish": f"ma 4. toukok. 2026 klo 9.00 {NANCY} kirjoitti:",
    "Finnish, the name first": "Nancy Davolio (nancy.davolio@northwind.example) kirjoitti 4.5.2026 kello 9.00:",
    "Czech": f"po 4. 5. 2026 v 9:00 odesílatel {NANCY} napsal:",
    "Czech, Thunderbird": "Dne 04. 05. 26 v 9:00 Nancy Davolio napsal(a):",
    "Slovak": "po 4. 5. 2026 o 9:00 Nancy Davolio <nancy.davolio@northwind.example> napísal(a):",
    "Hungarian": f"{NANCY} ezt írta (időpont: 2026. máj. 4., H, 9:00):",
    "Romanian": f"În lun., 4 mai 2026 la 09:00, {NANCY} a scris:",
    "Turkish": f"{NANCY}, 4 May 2026 Pzt, 09:00 tarihinde şunu yazdı:",
    "Greek": f"Στις Δευ 4 Μαΐ 2026 στις 9:00 π.μ., ο χρήστης {NANCY} έγραψε:",
    "Russian": f"пн, 4 мая 2026 г. в 09:00, {NANCY}:",
    "Russian, Yandex": '04.05.2026, 09:00, "Nancy Davolio" <nancy.davolio@northwind.example>:',
    "Russian, Thunderbird": "04.05.2026 9:00, Nancy Davolio пишет:",
    "Ukrainian": f"пн, 4 трав. 2026 р. о 09:00 {NANCY} пише:",
    "Chinese": f"{NANCY} 于2026年5月4日周一 09:00写道：",
    "Chinese, Foxmail": "在 2026-05-04 09:00:00，Nancy Davolio <nancy.davolio@northwind.example> 写道：",
    "Japanese": f"2026年5月4日(月) 9:00 {NANCY}:",
    "Korean": f"2026년 5월 4일 (월) 오전 9:00, {NANCY}님이 작성:",
}


@pytest.mark.parametrize("language", INTRODUCTIONS)
def test_a_reply_ends_where_what_it_answers_is_introduced(language: str) -> None:
    line = INTRODUCTIONS[language]
    marked = reply("Yes, 40 please.", "Monday is fine.", "", line, "", "> Will 20 do?", ">", "> Nancy", "")
    close = reply("Yes, 40 please.", "Monday is fine.", line, "> Will 20 do?")
    assert {bodies.said(one, *WRITER) for one in (marked, close)} == {"Yes, 40 please.\nMonday is fine."}


@pytest.mark.parametrize("language", INTRODUCTIONS)
def test_a_reply_below_what_it_answers_is_told_from_it(language: str) -> None:
    mail = reply(INTRODUCTIONS[language], "> Will 20 do?", ">", "> Nancy", "", "No, 40 please.", "", "-- ", "Jana", "")
    assert bodies.said(mail, *WRITER) == "No, 40 please."


@pytest.mark.parametrize("language", INTRODUCTIONS)
def test_a_reply_between_what_it_answers_keeps_what_each_answers(language: str) -> None:
    line = INTRODUCTIONS[language]
    talk = ("> Will 20 do?", "No, 40.", "> On Monday?", "Tuesday.")
    assert bodies.said(reply(line, *talk, "> Nancy", ""), *WRITER) == reply(line, *talk)


@pytest.mark.parametrize("line", [INTRODUCTIONS["English"], INTRODUCTIONS["German"], INTRODUCTIONS["French"]])
def test_what_is_answered_may_begin_on_the_line_that_introduces_it(line: str) -> None:
    mail = reply("Yes, 40 please.", "", "Sent from Yahoo Mail on Android", "", f"  {line}   Will 20 do?", "Nancy")
    assert bodies.parts(mail, *WRITER) == ("Yes, 40 please.", "Sent from Yahoo Mail on Android")


# The head of a mail, as Outlook quotes it

HEADS = {
    "English": ("From: ", "Sent: Monday, May 4, 2026 9:00 AM", "To: Jana Novak", "Subject: Chang"),
    "English, with more": ("From: ", "Date: Monday, 4 May 2026 at 09:00", "To: Jana Novak", "Cc: Otto", "Subject: Chang"),
    "English, bold": ("*From:* ", "*Sent:* Monday, May 4, 2026 9:00 AM", "*To:* Jana Novak", "*Subject:* Chang"),
    "German": ("Von: ", "Gesendet: Montag, 4. Mai 2026 09:00", "An: Jana Novak", "Betreff: Chang"),
    "German, Apple": ("Von: ", "Betreff: Chang", "Datum: 4. Mai 2026 um 09:00:00 MESZ", "An: Jana Novak"),
    "French": ("De : ", "Envoyé : lundi 4 mai 2026 09:00", "À : Jana Novak", "Objet : Chang"),
    "French, Thunderbird": ("Sujet : Chang", "Date : Mon, 4 May 2026 09:00:00 +0200", "De : ", "Pour : Jana Novak"),
    "Spanish": ("De: ", "Enviado el: lunes, 4 de mayo de 2026 9:00", "Para: Jana Novak", "Asunto: Chang"),
    "Italian": ("Da: ", "Inviato: lunedì 4 maggio 2026 09:00", "A: Jana Novak", "Oggetto: Chang"),
    "Dutch": ("Van: ", "Verzonden: maandag 4 mei 2026 09:00", "Aan: Jana Novak", "Onderwerp: Chang"),
    "Polish": ("Od: ", "Wysłano: poniedziałek, 4 maja 2026 09:00", "Do: Jana Novak", "Temat: Chang"),
    "Portuguese": ("De: ", "Enviada em: segunda-feira, 4 de maio de 2026 09:00", "Para: Jana Novak", "Assunto: Chang"),
    "Swedish": ("Från: ", "Skickat: den 4 maj 2026 09:00", "Till: Jana Novak", "Ämne: Chang"),
    "Danish": ("Fra: ", "Sendt: 4. maj 2026 09:00", "Til: Jana Novak", "Emne: Chang"),
    "Norwegian": ("Fra: ", "Sendt: mandag 4. mai 2026 09:00", "Til: Jana Novak", "Emne: Chang"),
    "Finnish": ("Lähettäjä: ", "Lähetetty: maanantai 4. toukokuuta 2026 9.00", "Vastaanottaja: Jana Novak", "Aihe: Chang"),
    "Czech": ("Od: ", "Odesláno: pondělí 4. května 2026 9:00", "Komu: Jana Novak", "Předmět: Chang"),
    "Russian": ("От: ", "Отправлено: 4 мая 2026 г. 9:00", "Кому: Jana Novak", "Тема: Chang"),
    "Chinese": ("发件人: ", "发送时间: 2026年5月4日 9:00", "收件人: Jana Novak", "主题: Chang"),
    "Chinese, traditional": ("寄件者: ", "寄件日期: 2026年5月4日 上午 09:00", "收件者: Jana Novak", "主旨: Chang"),
    "Japanese": ("差出人: ", "送信日時: 2026年5月4日 9:00", "宛先: Jana Novak", "件名: Chang"),
    "Korean": ("보낸 사람: ", "보낸 날짜: 2026년 5월 4일 월요일 오전 9:00", "받는 사람: Jana Novak", "제목: Chang"),
    "Turkish": ("Kimden: ", "Gönderildi: 4 Mayıs 2026 Pazartesi 09:00", "Kime: Jana Novak", "Konu: Chang"),
    "Hungarian": ("Feladó: ", "Küldve: 2026. május 4., hétfő 9:00", "Címzett: Jana Novak", "Tárgy: Chang"),
}  # fmt: skip


def head(language: str) -> str:
    return "\n".join(one + NANCY if one.endswith(": ") else one for one in HEADS[language])


@pytest.mark.parametrize("language", HEADS)
def test_a_reply_ends_where_a_mail_is_quoted_with_its_head(language: str) -> None:
    told = ("Yes, 40 please.", "", head(language), "", "Dear Jana,", "will 20 do?", "Nancy")
    ruled = ("Yes, 40 please.", "", "_" * 32, head(language), "", "Dear Jana,", "will 20 do?", "Nancy")
    assert {bodies.said(reply(*one), *WRITER) for one in (told, ruled)} == {"Yes, 40 please."}


@pytest.mark.parametrize("language", HEADS)
def test_a_reply_in_html_ends_where_outlook_quotes_a_mail(language: str) -> None:
    labels = [
        f"<b>{one.partition(':')[0]}:</b>{one.partition(':')[2] or NANCY}<br>" for one in head(language).split("\n")
    ]
    html = (
        "<div class=WordSection1><p class=MsoNormal>Yes, 40 please.<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p>"
        '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p class=MsoNormal>'
        + "".join(labels).replace("<nancy", "&lt;nancy").replace("example>", "example&gt;").replace("*", "")
        + "</p></div></div><p class=MsoNormal>Will 20 do?</p></div>"
    )
    assert bodies.said(bodies.of_html(html), *WRITER) == "Yes, 40 please."


@pytest.mark.parametrize(
    "line",
    ["-----Original Message-----", "-----Ursprüngliche Nachricht-----", "-------- Message d'origine --------",
     "-----Mensaje original-----", "-----Messaggio originale-----", "-----Oorspronkelijk bericht-----", "-----Wiadomość oryginalna-----",
     "-----Mensagem original-----", "-----Ursprungligt meddelande-----", "-----Oprindelig meddelelse-----", "-----Opprinnelig melding-----",
     "-----Alkuperäinen viesti-----", "-----Původní zpráva-----", "-----Исходное сообщение-----",
     "------------------ 原始邮件 ------------------",
     "---------- Forwarded message ---------", "-------- Weitergeleitete Nachricht --------", "Begin forwarded message:"],
)  # fmt: skip
def test_a_reply_ends_where_a_line_divides_it_from_what_it_answers(line: str) -> None:
    assert bodies.said(reply("Yes, 40 please.", "", line, "Nancy Davolio", "Will 20 do?"), *WRITER) == "Yes, 40 please."


# Signatures


@pytest.mark.parametrize(
    "line",
    ["Sent from my iPhone", "Sent from my Galaxy", "Sent from Outlook for Android", "Sent from Mail for Windows", "Get Outlook for iOS",
     "Get Outlook for iOS<https://aka.ms/o0ukef>", "Sent from Yahoo Mail for iPhone",
     "Sent with Proton Mail secure email.", "<Sent from my iPad>",
     "Von meinem iPhone gesendet", "Gesendet von Outlook für Android",
     "Diese Nachricht wurde von meinem Android-Gerät mit GMX Mail gesendet.",
     "Holen Sie sich Outlook für iOS", "Envoyé de mon iPhone", "Envoyé depuis mon appareil Galaxy", "Obtenir Outlook pour iOS",
     "Provenance : Courrier pour Windows", "Enviado desde mi iPhone", "Obtener Outlook para Android",
     "Inviato da iPhone", "Inviato dal mio iPhone",
     "Scarica Outlook per iOS", "Verstuurd vanaf mijn iPhone", "Verzonden vanuit Outlook voor Android",
     "Wysłane z iPhone'a", "Enviado do meu iPhone",
     "Obter o Outlook para iOS", "Skickat från min iPhone", "Skaffa Outlook för iOS", "Sendt fra min iPhone", "Hent Outlook til iOS",
     "Lähetetty iPhonesta", "Odesláno z iPhonu", "Получить Outlook для iOS", "Отправлено с iPhone", "发自我的iPhone", "从我的 iPhone 发送",
     "iPhoneから送信", "나의 iPhone에서 보냄", "iPhone'umdan gönderildi"],
)  # fmt: skip
def test_what_a_telephone_adds_is_not_what_its_owner_says(line: str) -> None:
    mail = reply("Yes, 40 please.", "", line, "", INTRODUCTIONS["English"], "> Will 20 do?")
    assert bodies.parts(mail, *WRITER) == ("Yes, 40 please.", line)


@pytest.mark.parametrize(
    "small_print",
    ["This e-mail and any attachments are confidential and intended solely for the addressee.",
     "The information contained in this message may be privileged and confidential.",
     "CONFIDENTIALITY NOTICE: This message is intended only for…",
     "DISCLAIMER: views are the author's own.", "Please consider the environment before printing this e-mail.", "Virus-free. www.avast.com",
     "Diese E-Mail enthält vertrauliche und/oder rechtlich geschützte Informationen.",
     "Bitte denken Sie an die Umwelt, bevor Sie diese E-Mail ausdrucken.",
     "Ce message et ses pièces jointes sont confidentiels.", "Este mensaje y sus archivos adjuntos son confidenciales.",
     "AVISO LEGAL: Este mensaje puede contener información confidencial.", "Questo messaggio è riservato al destinatario.",
     "Dit bericht is vertrouwelijk en uitsluitend bestemd voor de geadresseerde.",
     "Detta meddelande är avsett endast för adressaten och är konfidentiellt.",
     "Niniejsza wiadomość może zawierać informacje poufne.", "Это сообщение является конфиденциальным."],
)  # fmt: skip
def test_small_print_is_not_what_its_sender_says(small_print: str) -> None:
    mail = reply("Yes, 40 please.", "", small_print, "If you are not the intended recipient, delete it. " * 5)
    assert bodies.said(mail, *WRITER) == "Yes, 40 please."


@pytest.mark.parametrize(
    "greeting",
    ["Best regards,", "Kind regards", "Thanks,", "Thank you!", "Cheers", "Mit freundlichen Grüßen",
    "Viele Grüße aus Berlin", "LG", "Cordialement,",
     "Un saludo,", "Saludos cordiales,", "Cordiali saluti", "Met vriendelijke groet,", "Pozdrawiam,", "Z poważaniem", "Atenciosamente,",
     "Med vänliga hälsningar", "Med venlig hilsen", "Mvh", "Ystävällisin terveisin", "S pozdravem", "С уважением,",
     "祝好", "よろしくお願いします。"],
)  # fmt: skip
def test_a_letter_ends_with_the_greeting_above_its_writers_name(greeting: str) -> None:
    short = reply("Yes, 40 please.", "", greeting, "Jana")
    long = reply("Yes, 40 please.", "", greeting, "", "Jana Novak", "Purchasing", "", "Lehmanns Marktstand GmbH", "Tel. +49 69 12 34 56",
                 "www.lehms.example")  # fmt: skip
    assert [bodies.said(one, *WRITER) for one in (short, long)] == ["Yes, 40 please."] * 2


@pytest.mark.parametrize(
    "words",
    ["Yes.\n\nThanks,\nit is fine now.", "Please deliver to:\n\nBob Miller\nHafenstr. 5\nTel. +49 40 123456\nbob@else.example",
     "Two sizes:\n---\nlarge\n---\nsmall", "Best regards", "Our supplier wrote:\nno stock until June.", "On 4 May we sent 20:\n10 came.",
     "From: Hamburg\nTo: Berlin\n20 boxes", "Sent from my desk, this is easier to read.", "I wrote on Monday:\nplease hurry.",
     "Jana Novak will call you.", "We need\n\n- Chang\n- Chai", "Please send\n\n-Chang\n-Chai", "> only this",
     "Call me:\n\n+49 69 123456", "A:\n\n1. one\n2. two\n\n-- 20 boxes\n-- 30 boxes",
     "Is this yours?\n\nwww.northwind.example/x\nwww.northwind.example/y",
     "To: everybody\nDate: Friday\nPlease come.", "Ok\n--\n" + "a line of a long list\n" * 60 + "the end",
     "Gesendet: 20 Kartons", "Thanks"],
)  # fmt: skip
def test_what_only_looks_like_a_signature_or_a_quotation_stays(words: str) -> None:
    assert bodies.said(words, *WRITER) == words


@pytest.mark.parametrize(
    "ending",
    [
        "Danke, Jana",
        "LG Jana",
        "Viele Grüße, Jana Novak",
        "Thanks!\nJana",
        "Mit freundlichen Grüßen / Kind regards\nJana Novak",
        "Mit freundlichem Gruß\n\ni. A. Jana Novak\nEinkauf",
        "*Jana Novak*\nPurchasing | Lehmanns Marktstand\n*T* +49 69 123456 | www.lehms.example",
        "Best,\n\nJana Novak (she/her)",
    ],
)
def test_a_name_under_a_mail_is_no_part_of_what_it_says(ending: str) -> None:
    assert bodies.parts(f"Yes, 40 please.\n\n{ending}", *WRITER) == ("Yes, 40 please.", ending)


def test_a_word_of_thanks_to_somebody_else_stays() -> None:
    for words in (
        "Yes.\n\nThanks, Nancy",
        "Yes.\n\nGruß an Otto",
        "Yes, that is all.\n\nThank you for the quick answer.",
    ):
        assert bodies.said(words, *WRITER) == words


def test_whose_signature_it_is_is_told_from_the_sender() -> None:
    mail = reply("He is the one to call.", "", "Otto Huber", "Tel. 069 123456", "otto.huber@lehms.example")
    assert bodies.said(mail, "Otto Huber", "otto.huber@lehms.example") == "He is the one to call."
    assert bodies.said(mail, *WRITER) == mail


def test_a_long_thread_below_a_reply_is_folded_away_whole() -> None:
    below = reply(
        *(
            reply(f"Von: Person {n}", f"Gesendet: {n}. Mai 2026", "An: Jana", "Betreff: Chang", "", f"Text {n}", "")
            for n in range(1, 9)
        )
    )
    mail = reply(
        "Passt so.", "", "Viele Grüße", "Jana Novak", "Einkauf", "", "-----Ursprüngliche Nachricht-----", below
    )
    assert bodies.parts(mail, *WRITER) == ("Passt so.", "Viele Grüße\nJana Novak\nEinkauf")
