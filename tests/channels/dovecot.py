"""A real mail server for tests: Debian's dovecot on a loopback port, with a configuration, users and a Maildir of its own."""

import imaplib
import os
import shutil
import signal
import ssl
import subprocess
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from imap_tools.imap_utf7 import utf7_encode

from tests.live import free_port, wait_until

DOVECOT = shutil.which("dovecot", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
USER, PASSWORD = "service", "päss word"
CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
default_internal_user = dovecot
default_login_user = dovenull
mail_location = maildir:{folder}/mail/%u
mail_uid = 65534
mail_gid = 65534
first_valid_uid = 1
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_failure_delay = 0
auth_mechanisms = plain login{mechanisms}
imap_capability = {capability}
mail_max_userip_connections = 100
maildir_very_dirty_syncs = no
mailbox_idle_check_interval = 1 s
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/users
}}
{more}
userdb {{
  driver = static
  args = uid=65534 gid=65534 home={folder}/home/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


def mail_server_can_run() -> bool:
    """Whether a mail server can be started here: its master wants to be root."""
    return DOVECOT is not None and os.geteuid() == 0


class Dovecot:
    """The server; `folder` must be readable by everybody, since mails belong to nobody."""

    def __init__(self, folder: Path, capability: str = "", more: str = "", mechanisms: str = "") -> None:
        self.folder, self.port, self.tls_port = folder, free_port(), free_port()
        for name in ("mail", "home", "run", "state"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        for one in (folder, *folder.iterdir()):
            one.chmod(0o755)
        for name in ("mail", "home"):
            shutil.chown(folder / name, 65534, 65534)
        self.users(PASSWORD)
        certificate(folder)
        self.process: subprocess.Popen[bytes] | None = None
        self.configure(capability, more, mechanisms)

    def configure(self, capability: str = "", more: str = "", mechanisms: str = "") -> None:
        """Write the configuration: what the server says that it can, and further ways to sign in."""
        running = self.process is not None
        self.stop()
        self.configuration = self.folder / "dovecot.conf"
        self.configuration.write_text(
            CONFIGURATION.format(
                folder=self.folder,
                port=self.port,
                tls_port=self.tls_port,
                capability=capability,
                more=more,
                mechanisms=mechanisms,
            )  # fmt: skip
        )
        if running:
            self.start()

    def users(self, password: str) -> None:
        """Set the one user's password."""
        (self.folder / "users").write_text(f"{USER}:{{PLAIN}}{password}\n")
        (self.folder / "users").chmod(0o644)

    def start(self) -> "Dovecot":
        command = [str(DOVECOT), "-F", "-c", str(self.configuration)]
        self.process = subprocess.Popen(command, start_new_session=True)  # noqa: S603
        wait_until(self.answers, 15, self.log)
        return self

    def log(self) -> str:
        with suppress(OSError):
            return (self.folder / "dovecot.log").read_text()[-3000:]
        return ""

    def answers(self) -> bool:
        try:
            self.client().logout()
        except (OSError, imaplib.IMAP4.error):
            return False
        return True

    def stop(self, how: int = signal.SIGKILL) -> None:
        """End the master and its children; told politely, the master waits a second for them."""
        if self.process is not None:
            os.killpg(self.process.pid, how)
            self.process.wait(15)
            self.process = None
            end = time.monotonic() + 10
            while self.answers() and time.monotonic() < end:
                time.sleep(0.05)
            shutil.rmtree(self.folder / "run")  # what the killed left behind looks to the next one as if it still ran
            (self.folder / "run").mkdir()

    def client(self) -> imaplib.IMAP4:
        """Somebody else's mail program at the same folder."""
        made = imaplib.IMAP4("127.0.0.1", self.port, 10)
        made.authenticate("PLAIN", lambda _: f"\0{USER}\0{PASSWORD}".encode())
        return made

    def put(self, *raws: bytes, folder: str = "INBOX", arrived: datetime | None = None) -> None:
        """Let mails arrive."""
        client = self.client()
        for raw in raws:
            client.append(name(folder), None, arrived or datetime.now(UTC), raw)  # type: ignore[arg-type]
        client.logout()

    def fill(self, raws: Iterable[bytes]) -> None:
        """Let many mails be there, as if they had arrived before: written into the Maildir, before anybody looks."""
        maildir = self.folder / "mail" / USER
        for part in ("cur", "new", "tmp"):
            (maildir / part).mkdir(parents=True, exist_ok=True)
        for n, raw in enumerate(raws):
            (maildir / "new" / f"{1700000000 + n}.M{n}P1.here").write_bytes(raw)
        for one in (maildir, *maildir.rglob("*")):
            shutil.chown(one, 65534, 65534)

    def uids(self, which: str = "ALL", folder: str = "INBOX") -> list[int]:
        """The mails that are there."""
        client = self.client()
        client.select(name(folder), readonly=True)
        found = client.uid("SEARCH", which)[1][0]
        client.logout()
        return [int(one) for one in found.split()]

    def make(self, folder: str) -> None:
        client = self.client()
        client.create(name(folder))
        client.logout()

    def spoil(self, uid: int) -> None:
        """Let one mail be listed and not be given: whoever serves it may not read its file."""
        client = self.client()
        client.select(readonly=True)
        client.logout()
        files = sorted((self.folder / "mail" / USER).glob("*/*.*"))
        files[uid - 1].chmod(0)

    def busy(self) -> bool:
        """Whether somebody is signed in."""
        found = subprocess.run(  # noqa: S603
            [f"{Path(str(DOVECOT)).parent.parent}/bin/doveadm", "-c", str(self.configuration), "who"], capture_output=True,
            check=False,
        )  # fmt: skip
        return USER.encode() in found.stdout

    def renumber(self) -> None:
        """Give the folder another UIDVALIDITY, as a server does that was restored from a backup."""
        for file in (self.folder / "mail" / USER).glob("dovecot*"):
            if file.is_file():
                file.unlink()
        time.sleep(1.1)  # the number is the second at which it is made


def name(folder: str) -> str:
    """The name of a folder as it is said on the wire."""
    return '"' + utf7_encode([*folder]).decode().replace('"', "") + '"' if not folder.isascii() else folder


def certificate(folder: Path) -> Path:
    """Make a certificate for this machine that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(begin).not_valid_after(begin.replace(year=2099))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip
    file = folder / "cert.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    assert ssl.create_default_context(cafile=str(file))
    return file
