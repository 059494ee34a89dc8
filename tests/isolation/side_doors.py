"""Side doors: everything else that somebody outside can open, where a word of others might stand by the way."""

from tests.isolation.over_http import Web

PAGES = {
    "customer": (
        "/portal/team", "/portal/access-log", "/portal/search?q={word}", "/portal/requests?show=all&q={word}", "/portal/invoices",
        "/portal/orders?q={word}", "/portal/requests/new?about=order:{number}", "/profile", "/profile/devices", "/profile/tokens",
        "/help/", "/help/search?q={word}", "/help/suggestions?q={word}",
    ),
    "partner": (
        "/partners/team", "/partners/conversations?show=waiting", "/partners/orders?status=waiting", "/partners/orders?status=sent",
        "/partners/orders?q={number}", "/partners/orders.csv?q={word}", "/profile", "/profile/devices", "/profile/tokens", "/help/",
        "/help/search?q={word}",
    ),
}  # fmt: skip
API = (
    "/me", "/organisations", "/organisations/{own}", "/organisations/{own}/interactions", "/organisations?q={word}", "/relations",
    "/relations?organisation={own}", "/share-rules", "/articles?q={word}", "/orders?q={word}", "/orders?q={number}",
    "/conversations?status=open",
)  # fmt: skip


def side_door(web: Web) -> None:
    """Somebody opens one of them, with a word or a number of somebody else in hand; only that may come back."""
    who = web.somebody()
    word, number = web.random.choice(list(web.world.canaries)), web.pick(who, 0, 0.5).number
    pages = [(web.get, path) for path in PAGES[who.policed.side]]
    ask, path = web.random.choice([*pages, *((web.api, path) for path in API)])
    filled = path.format(word=word, number=number, own=who.policed.organisation_public_id)
    answer = ask(who, filled)
    web.judge("side doors", f"{who}, {filled}", answer.status_code in (200, 403, 404), True)
    given = [one for one, hole in ((word, "{word}"), (number, "{number}")) if hole in path]
    text = answer.get_data(as_text=True)
    for one in given:
        text = text.replace(one, "")
    web.scan("side doors", who.reader, f"{who}, {filled}", text)
