"""What an operator copies works: nginx before two processes, with nobody's word taken for who asks."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from sqlalchemy import select

from models import db
from models.logins import SignInSession
from tests.databases import Backend, postgres_of_its_own, sweep
from tests.live import ROOT, Server, Wire, free_port, token_of, wait_until
from tests.world import World
from web.product import Product

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
PUBLIC = "https://portal.example"
pytestmark = pytest.mark.skipif(
    not Path(NGINX).exists(), reason="nginx is not here: what operators copy was NOT tested"
)


def configuration(folder: Path, port: int, servers: list[Server]) -> Path:
    """The file that operators copy, with ports of ours and without a certificate."""
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    text = re.sub(r"server \{\s+listen 80;.*?\n\}\n", "", text, flags=re.DOTALL)
    text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};").replace("/var/log/nginx", str(folder))
    text = re.sub(r"\n\s+(ssl_|http2 )[^;]*;", "", text)
    for place, server in zip(("8001", "8002"), servers, strict=True):
        text = text.replace(f"127.0.0.1:{place}", f"127.0.0.1:{server.port}")
    # The product is told by its proxy that it is reached by https, as where nginx holds the certificate.
    text = text.replace("X-Forwarded-Proto $scheme", "X-Forwarded-Proto https").replace(
        "Host              $host", "Host portal.example"
    )
    bodies = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = f"daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\nhttp {{\n{bodies}{text}\n}}\n"
    if os.geteuid() == 0:
        whole = "user root;\n" + whole
    file = folder / "nginx.conf"
    file.write_text(whole)
    return file


@pytest.fixture(scope="module")
def site(backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[Server], str, Path]]:
    """Two processes behind nginx, reached under a public name."""
    if backend.kind == "sqlite":
        pytest.skip("several processes need PostgreSQL")
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    with postgres_of_its_own() as place:
        url = replace(backend, place=place).url
        servers = [
            Server(url, tmp_path_factory.mktemp(f"site-{n}"), EMBEDDED_WORKER="0", PUBLIC_URL=PUBLIC).start()
            for n in (1, 2)
        ]
        nginx = subprocess.Popen([NGINX, "-c", str(configuration(folder, port, servers))], stderr=subprocess.DEVNULL)  # noqa: S603
        try:
            wait_until(lambda: answers(port), 10, (folder / "error.log").read_text)
            yield f"http://127.0.0.1:{port}", servers, url, folder
        finally:
            nginx.terminate()
            nginx.wait()
            for one in servers:
                one.kill()


def answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 200
    except requests.RequestException:
        return False


@pytest.fixture
def database_url(site: tuple[str, list[Server], str, Path]) -> Iterator[str]:
    yield site[2]
    sweep(site[2], keep=("revocations",))


def test_nobody_says_for_themselves_from_where_they_come(
    world: World, site: tuple[str, list[Server], str, Path]
) -> None:
    lies = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http",
            "X-Forwarded-Prefix": "/evil", "Forwarded": "for=203.0.113.9;host=evil.example", "X-Real-IP": "203.0.113.9"}  # fmt: skip
    page = requests.get(f"{site[0]}/login?secret=canary-in-the-query", headers=lies, timeout=10, allow_redirects=False)
    assert page.status_code in (200, 302) and "evil" not in page.text + str(page.headers)
    assert "203.0.113.9" not in (site[3] / "loggia.log").read_text()
    assert "canary-in-the-query" not in (site[3] / "loggia.log").read_text()
    assert "nginx/" not in page.headers["Server"]


def test_whoever_signs_in_is_known_by_the_address_that_nginx_saw(
    app: Product, world: World, site: tuple[str, list[Server], str, Path]
) -> None:
    from actions import passwords
    from models.logins import Login

    with db.unit(write=True):
        db.session.get_one(Login, world.renate.login_id).password_hash = passwords.hashed("three quiet harbours")
    with requests.Session() as browser:
        page = browser.get(f"{site[0]}/login/password", timeout=10)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text).group(1)
        browser.cookies.set("__Host-session", page.cookies["__Host-session"])
        answer = browser.post(
            f"{site[0]}/login/password", timeout=10, allow_redirects=False,
            data={"csrf_token": token, "email": world.renate.email, "password": "three quiet harbours"},
            headers={"X-Forwarded-For": "203.0.113.9", "Referer": "https://portal.example/login/password",
                     "Cookie": f"__Host-session={page.cookies['__Host-session']}"},
        )  # fmt: skip
    assert answer.status_code == 302, answer.text[:500]
    with db.unit(write=False):
        seen = db.session.scalars(select(SignInSession).order_by(SignInSession.id.desc())).first()
        assert seen.address == "127.0.0.1"


def test_a_socket_goes_through_and_pages_are_served_while_one_process_after_the_other_is_restarted(
    world: World, site: tuple[str, list[Server], str, Path]
) -> None:
    address, servers, _, _ = site
    token = token_of(world.nancy)
    wire = Wire(address, token, PUBLIC).connect()
    assert wire.ask("queue:watch", on=True) == {"ok": True}
    seen = []
    for server in servers:
        server.stop()
        seen += [requests.get(f"{address}/readyz", timeout=10).status_code for _ in range(20)]
        server.start()
        seen += [requests.get(f"{address}/readyz", timeout=10).status_code for _ in range(20)]
    assert seen == [200] * 80
    assert wire.of("going_away")
    wire.close()
    again = Wire(address, token, PUBLIC).connect()
    assert again.ask("queue:watch", on=True) == {"ok": True}
    again.close()


def test_a_file_that_is_too_large_is_refused_before_it_reaches_the_product(
    site: tuple[str, list[Server], str, Path],
) -> None:
    answer = requests.post(f"{site[0]}/api/v1/files", data=b"x" * 95_000_000, timeout=30)
    assert answer.status_code == 413
