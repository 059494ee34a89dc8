"""What reading a reply costs as it grows: `python -m benchmarks.mail_replies` reads the worst ones whole, twice and four times.

Prints the CPU time of each and how often the one before goes into it: reading is linear where that is about 2.
"""

import sys
import time

from actions.mails import bodies, reading
from tests.live import ROOT

REPLIES = ROOT.parent / "shared" / "data" / "emails_reply_github"
INTRODUCED = "On Mon, May 4, 2026 at 9:00 AM Nancy <n@x.example> wrote:\n"
MADE = {
    "answers between quotations": (INTRODUCED + "> one?\nyes\n") * 2000,
    "introductions of nothing": INTRODUCED * 4000,
    "heads of mails": "From: a\nDate: 1.1.2026\n" * 8000,
    "signatures of nobody": "Best regards,\nBob\n\n-- \n" * 8000,
    "rules": "------------\n\n" * 12000,
    "greetings": "\nThanks\n" * 20000,
    "the writer's name": "\n\nAnn B\n" * 20000,
    "one long line": "On Monday, " * 16000,
}


def cost(text: str) -> float:
    """CPU seconds for reading a mail of this text, the least of three."""
    raw, found = b"From: a@b.example\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text.encode(), []
    for _ in range(3):
        begun = time.process_time()
        reading.facts(raw)
        bodies.said(text, "Ann B", "a@b.example")  # whole: a mail is cut first
        found.append(time.process_time() - begun)
    return min(found)


def main() -> int:
    found = sorted(REPLIES.glob("*.txt"), key=lambda one: -one.stat().st_size)[:2]
    texts = {one.name: one.read_text("utf-8") for one in found} | MADE
    print(f"{'reply':30} {'kB':>6} {'once':>8} {'twice':>8} {'4 times':>8}  how often")
    for name, text in texts.items():
        long = text * max(1, 200_000 // len(text))
        once, twice, four = (cost(long * times) for times in (1, 2, 4))
        print(
            f"{name:30} {len(long) // 1000:>6} {once:8.3f} {twice:8.3f} {four:8.3f}  {twice / once:.1f} {four / twice:.1f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
