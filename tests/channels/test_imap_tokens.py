"""Mail servers that want OAuth 2.0: dovecot asks a token service (here one of our own) whose an access token is."""

from collections.abc import Iterator
from typing import Any

import pytest

from actions.sealing import unseal
from channels import imap_fetch, imap_tokens
from tests.channels.dovecot import USER, Dovecot
from tests.channels.fetching import arrives, connected, fetching, letters, looked, source
from tests.channels.token_service import TokenService
from tests.live import wait_until
from tests.world import World

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def service(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> Iterator[TokenService]:
    """A token service that the mail server trusts."""
    for name, value in (("SLICE", 0.1), ("BUSY", 0.2), ("PAUSES", (0, 0)), ("LASTING", (0, 0)), ("RENEW", 0.3)):
        monkeypatch.setattr(imap_fetch, name, value)
    monkeypatch.setattr(imap_tokens, "_known", {})
    made = TokenService(USER)
    (dovecot.folder / "oauth2.conf").write_text(made.configuration)
    (dovecot.folder / "oauth2.conf").chmod(0o644)
    more = made.dovecot
    dovecot.configure(more=more["more"].replace("FOLDER", str(dovecot.folder)), mechanisms=more["mechanisms"])
    yield made
    made.close()


def oauth(world: World, dovecot: Dovecot, service: TokenService, **values: Any) -> int:
    given = {"auth": "oauth2", "token_url": f"{service.url}/token", "client_id": "loggia", "client_secret": "hush",
             "refresh_token": "refresh-0", "password": ""}  # fmt: skip
    return connected(world, dovecot, **given | values)


def test_a_server_is_read_with_an_access_token_and_the_next_refresh_token_is_kept(
    world: World, dovecot: Dovecot, service: TokenService
) -> None:
    dovecot.put(*letters(3))
    oauth(world, dovecot, service)
    with fetching():
        arrives(3)
        looked()
    assert len(service.asked) == 1 and unseal(source().refresh_token or "") == service.refresh == "refresh-1"


def test_a_token_is_used_until_it_ends_and_then_renewed(world: World, dovecot: Dovecot, service: TokenService) -> None:
    oauth(world, dovecot, service)
    for _ in range(2):
        with fetching():
            looked()
    assert len(service.asked) == 1
    imap_tokens._known.clear()  # as after a restart
    service.expires_in = 30  # less than the minute that a token must be good for
    for _ in range(2):
        with fetching():
            before = source().looked_at
            wait_until(lambda at=before: source().looked_at != at)
    assert [one["refresh_token"] for one in service.asked] == ["refresh-0", "refresh-1", "refresh-2"]


def test_a_token_that_the_server_does_not_take_any_more_is_asked_for_anew(
    world: World, dovecot: Dovecot, service: TokenService
) -> None:
    oauth(world, dovecot, service)
    with fetching():
        looked()
    service.good.clear()
    dovecot.put(*letters(1))
    with fetching():
        arrives(1)
    assert len(service.asked) == 2


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"refresh_token": "old"}, "gives no access token (status 400, invalid_grant)"),
        ({"client_secret": "guessed"}, "gives no access token (status 400, invalid_grant)"),
        ({"token_url": "http://127.0.0.1:1/token"}, "does not answer as it should"),
        ({"username": "somebody.else"}, "does not take the user name and access token"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_token_is_said_in_words_without_secrets(
    world: World, dovecot: Dovecot, service: TokenService, values: dict[str, str], words: str
) -> None:
    oauth(world, dovecot, service, **values)
    with fetching():
        wait_until(lambda: words in (source().error or ""), 20, lambda: source().error)
    assert "refresh-" not in source().error and "guessed" not in source().error
