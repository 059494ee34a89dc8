"""What mail programs write around the words of their user, in the languages in which they do.

Each is matched against one short line (or two or three of them joined), never against a whole mail.
"""

import re


def _any(*words: str) -> str:
    return "|".join(words)


# "On Monday Nancy wrote:"
WROTE = re.compile(
    r"(?<!\w)(" + _any(
        "wrote", "writes", "sent", "schrieb(en)?", "schreibt", "geschrieben", "(a|ont) écrit", "escribió", "escribio",
        "ha scritto", "scrive", "escreveu", "schreef", "geschreven", r"napisał(\(a\)|a)?", "pisze", "skrev", "skriver",
        "kirjoitti", r"napsal(\(a\)|a|/a)?", r"napísal(\(a\)|a)?", r"написал(\(а\)|а)?", "пишет", "пише", "написав", "yazdı",
        "írta", "a scris", "έγραψε", "je napisao", "je napisal",
    ) + r")(?!\w)|写道|寫道|写到|のメール|書きました|書いた|작성|님이 쓴 글", re.IGNORECASE,
)  # fmt: skip
# The word or the date with which it begins.
BEGINS = re.compile(
    r"^[>\s|*-]*((on|at|am|le|el|il|op|em|a|à|no dia|w dniu|dnia|den|dne|på|în|in|στις|в|від|date:)\s|在|於|于|"
    r"(\S{1,15}\s+){0,2}\d{1,4}\S{0,12}(\s|,)|[^<>:]{1,80}<[^<>\s]+@[^<>\s]+>|[^<>\s]+@[^<>\s]+ )",
    re.IGNORECASE,
)
WHEN = re.compile(r"\d{1,2}[:.h]\d{2}|(19|20)\d\d|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")
ADDRESS = re.compile(r"[^\s<>\[\]():;,\"']{1,64}@[^\s<>\[\]():;,\"']{1,253}")
BY_ADDRESS = re.compile(r"<[^<>\s]+@[^<>\s]+>\)?\s*[:：]\s*$")

# The head of a mail that is quoted: its fields, by what they say.
FIELDS = {
    "from": "from|von|absender|de|expéditeur|remitente|da|mittente|van|afzender|od|nadawca|från|avsändare|fra|avsender|"
            "lähettäjä|odesílatel|от|отправитель|від|kimden|feladó|de la|发件人|寄件者|寄件人|差出人|送信者|보낸 사람",
    "date": "sent|date|gesendet|datum|envoyé|envoyé le|date d'envoi|enviado( el| em)?|enviada( em)?|fecha|inviato|data|"
            "verzonden|wysłan[oey]|skickat|sendt|dato|lähetetty|päivämäärä|päiväys|pvm|odesláno|отправлено|дата|відправлено|"
            "gönderildi|gönderme tarihi|tarih|küldve|dátum|trimis|发送时间|发送日期|傳送日期|寄件日期|日期|時間|时间|送信日時|日時|日付|"
            "보낸 날짜|날짜",
    "to": "to|an|à|destinataire|pour|para|a|per|aan|do|till|til|vastaanottaja|komu|кому|получатель|kime|címzett|către|"
          "收件人|收件者|宛先|받는 사람",
    "cc": "cc|bcc|kopie|kopie \\(cc\\)|copie( à)?|copia|cópia|dw|kopia|kopi|kopio|копия|抄送|副本|抄送人|참조",
    "subject": "subject|betreff|objet|sujet|asunto|oggetto|onderwerp|temat|assunto|ämne|emne|aihe|předmět|тема|konu|tárgy|"
               "subiect|主题|主旨|主題|件名|제목",
    "other": "reply-to|antwort an|répondre à|attachments?|anlagen?|pièces jointes|importance|priorität|organi[sz]ation",
}  # fmt: skip
FIELD = re.compile(
    r"^[>\s|]*\*{0,2}(?:" + "|".join(f"(?P<{kind}>{words})" for kind, words in FIELDS.items()) + r")\s*\*{0,2}\s*[:：]",
    re.IGNORECASE,
)
RULE = re.compile(r"^[>\s]*([_-]\s?){10,}\s*$|^[>\s]*={10,}\s*$|^\s*\*{10,}\s*$")
DIVIDES = re.compile(
    r"^[>\s]*[-_=*]{2,}\s*(" + _any(
        "original[ -](message|appointment|nachricht)", "(reply|forwarded|begin forwarded|reply to) message", "originalnachricht",
        "ursprüngliche (nachricht|mail|e-mail)", r"urspr\. nachricht", "weitergeleitete nachricht", "message d'origine",
        "message (original|initial|transféré)", "mensaje (original|reenviado)", "mensagem (original|encaminhada)",
        "messaggio (originale|inoltrato)", "(oorspronkelijk|origineel|doorgestuurd) bericht", "oprindelig (meddelelse|besked)",
        "(ursprungligt|vidarebefordrat) meddelande", "originalmeddelande", "(opprinnelig|videresendt) melding",
        "videresendt (meddelelse|besked)", "(alkuperäinen|välitetty) viesti", "wiadomość (oryginalna|przekazana|oryginału)",
        "oryginalna wiadomość", "původní (zpráva|e-mail)", "přeposlaná zpráva", "eredeti üzenet", "mesaj original",
        "(исходное|пересылаемое|пересланное) сообщение", "вихідне повідомлення", "orijinal (mesaj|ileti)",
        "原始邮件", "原始郵件", "原邮件", "转发邮件(信息)?", "元のメッセージ", "转发的邮件", "轉寄郵件", "원본 메시지",
    ) + r")\s*[-_=*]*\s*$|^(begin forwarded message|anfang der weitergeleiteten nachricht|début du message (transféré|réexpédié)|"
    r"inicio del mensaje reenviado|inizio messaggio inoltrato|begin doorgestuurd bericht)\s*:\s*$",
    re.IGNORECASE,
)  # fmt: skip

# What a telephone or a program adds below.
PROGRAM = re.compile(
    r"^[\s<(*_-]*(" + _any(
        r"(sent|posted) from (my|a|an|the) [\w'’®™/ -]{2,50}[.!]?", r"sent from [A-Z][\w'’®™/ -]{2,50}",
        r"sent (via|with|using) .{2,60}", r"get [\w ]{2,20} for (ios|android|iphone|mobile).{0,60}", r"via mobile",
        r"gesendet (von|mit|über|aus) .{2,60}", r"(diese nachricht wurde )?von mein.{2,50} gesendet\.?", r"von unterwegs gesendet",
        r"envoyé (de|depuis|à partir|via|avec) .{2,60}", r"provenance : .{2,50}", r"enviado (desde|do|da|de|através|pelo|via|con) .{2,60}",
        r"inviato (da|dal|dall|con|tramite) ?['’]?.{2,60}", r"(verstuurd|verzonden) (vanaf|vanuit|met|via|van) .{2,60}",
        r"wysłan[eo] (z|ze|przy|za) .{2,60}", r"skickat från .{2,60}", r"sendt (fra|via|med) .{2,60}", r"lähetetty \S.{2,50}",
        r"odesláno (z|ze|pomocí) .{2,60}", r"odoslané z .{2,60}", r"отправлено (с|из|от|через) .{2,60}", r"надіслано з .{2,60}",
        r"iphone['’]?umdan gönderildi", r"küldve a.{2,50}", r"trimis de pe .{2,50}",
    ) + r")[\s>)*_]*$|^发自我?的?\s?\S.{0,40}$|^[从從自]我的.{2,30}(发送|傳送)$|^\S{2,20}\s?から送信$|^나의 .{2,20}에서 보냄$|"
    r"^.{0,40}\boutlook\s?(for|für|pour|para|per|voor|dla|för|til|pro|для|en)?\s?(ios|android|mobile)\b.{0,60}$",
    re.IGNORECASE,
)  # fmt: skip
# What a company has its mail server add below.
SMALL_PRINT = re.compile(
    r"^[\s*_]*(" + _any(
        r"((this|the)( (information|content)s?( contained)? in this)? (e-?mail|message|communication|transmission)s?\b.{0,60}"
        r"(confidential|intended|privileged|attachment|attached|virus))",
        r"(confidentiality|legal|privacy|important)( (notice|note|disclaimer|warning|statement))? ?:", r"disclaimer( |:|$)",
        r"(please|before printing).{0,30}(consider|think (of|about)).{0,20}(the )?environment",
        r"(virus-free|virenfrei)\.", r"(diese|die in dieser) (e-?mail|nachricht)\b.{0,80}(vertraulich|bestimmt|enthält|anh[aä]ng|viren)",
        r"der inhalt dieser (e-?mail|nachricht)", r"(vertraulichkeitshinweis|wichtiger hinweis|hinweis) ?:",
        r"bitte (denken|prüfen|bedenken) sie.{0,40}(umwelt|ausdruck|drucken)",
        r"(ce|le présent) (message|courriel|courrier|e-?mail|mail)\b.{0,80}(confidentiel|destin|pièces? jointe|virus)",
        r"avis de confidentialité", r"(este|el presente) (mensaje|correo)\b.{0,80}(confidencial|destin|adjunt|virus)",
        r"aviso (legal|de confidencialidad|de confidencialidade)", r"esta mensagem\b.{0,80}(confidenci|destin|anexo)",
        r"(questo|il presente) (messaggio|e-?mail)\b.{0,80}(riservat|confidenzial|destin|allegat)",
        r"(le informazioni contenute|avviso di riservatezza)", r"(dit|deze) (bericht|e-?mail|mail)\b.{0,80}(vertrouwelijk|bestemd|bijlage)",
        r"(det(ta|te)|denne) (meddelande|e-?post|e-?mail|mail|meddelelse|melding)\b.{0,80}(konfidentiel|fortrolig|avsed|"
        r"bilag|vedlegg|bilag)",
        r"tämä (viesti|sähköposti)\b.{0,80}(luottamuksel|tarkoitettu)",
        r"(ta|niniejsza|treść tej) wiadomoś\w*\b.{0,80}(poufn|przeznaczon|załącznik)",
        r"tato (zpráva|e-?mail)\b.{0,80}(důvěrn|určen)", r"(это|данное|настоящее) (сообщение|письмо)\b.{0,80}(конфиденциальн|предназначен)",
        r"本邮件.{0,40}(保密|机密)", r"このメール.{0,40}(機密|秘密)",
    ) + r")", re.IGNORECASE,
)  # fmt: skip
# How a letter is ended.
CLOSES = re.compile(
    r"^(" + _any(
        r"(with )?(my |our )?(best|kind|kindest|warm|warmest|many|all the|cordial)?( and (kind|warm|best))? ?(regards|wishes|thanks|best)",
        r"best", r"cheers", r"thanks( (again|a lot|in advance|very much|so much|and regards))?",
        r"thank you( .{2,30})?", r"thx", r"br", r"rgds",
        r"(yours )?(sincerely|faithfully|truly)( yours)?",
        r"(mit )?(vielen|viele|besten?|freundliche[mn]?|herzliche[mn]?|liebe[mn]?|schöne[mn]?|sonnige[n]?)"
        r" (gr(ü|ue)(ß|ss)en?|gru(ß|ss))( (aus|nach|von) .{2,30})?", r"gru(ß|ss)", r"(mfg|lg|vg|bg|hg)", r"(vielen|besten|herzlichen) dank",
        r"danke", r"(bien )?cordialement", r"(sincères |meilleures )?salutations( distinguées)?", r"bien à (vous|toi)", r"merci( .{2,25})?",
        r"(un |muchos )?(cordial(es)? |atentos? )?saludos?( cordial(es)?)?", r"atentamente", r"(muchas )?gracias",
        r"(cordiali|distinti|tanti)? ?saluti",
        r"(molte )?grazie( mille)?", r"(met )?(vriendelijke|hartelijke)? ?groet(en|jes)?", r"mvg", r"pozdrawiam( serdecznie)?",
        r"z (poważaniem|pozdrowieniami)", r"(serdeczne )?pozdrowienia", r"dziękuję", r"atenciosamente",
        r"(com os )?(melhores |meus )?cumprimentos",
        r"abraços?", r"obrigad[oa]", r"(med )?(vänliga?|bästa)? ?hälsning(ar)?", r"mvh", r"tack( på förhand)?",
        r"(med )?(venlig|vennlig|bedste|kærlig|beste)? ?hilsen",
        r"vh", r"(på forhånd )?takk?", r"(ystävällisin|parhain|terkuin)? ?terveisin", r"terveisin", r"kiitos",
        r"s pozdravem", r"děkuji", r"hezký den",
        r"с уважением", r"с наилучшими пожеланиями", r"спасибо", r"saygılarımla", r"üdvözlettel", r"tisztelettel", r"cu stimă",
        r"此致", r"敬礼", r"祝好", r"谢谢", r"顺祝商祺", r"(どうぞ)?(よろしく|宜しく)お願い(いた|致)?します", r"敬具", r"감사합니다",
    ) + r")[\s,.!。，！]*$", re.IGNORECASE,
)  # fmt: skip
REACHED = re.compile(  # by telephone, mail or page
    r"(\+|\b00)\d[\d\s()/.-]{6,}|\(\d{2,5}\)\s?\d[\d\s./-]{4,}|\b\d{3}[-. ]\d{3}[-. ]\d{4}\b|"
    r"^\W*(t|tel|tél|telefon|phone|fon|f|fax|m|mob(il|ile)?|cell|gsm|skype|web|e-?mail|mail|电话|手机|電話)\.?\s*[:.：]\s*\S|"
    r"https?://|\bwww\.\S+\.\S|[^\s<>@]+@[^\s<>@]+\.[a-z]{2,}", re.IGNORECASE,
)  # fmt: skip
