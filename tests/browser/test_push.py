"""Notices on a device: the page says how it stands with this browser, and what we send is shown and opened there."""

import json
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import Person

WORD = {"title": "Chang", "body": "Nancy Davolio: Seventeen are here.", "url": "/portal/", "tag": "conversation-1"}
SHOWN = (
    "async () => (await (await navigator.serviceWorker.ready).getNotifications()).map((one) => [one.title, one.body])"
)
REGISTER = "async () => { await navigator.serviceWorker.register('/push-worker.js', { scope: '/' }); await navigator.serviceWorker.ready; }"


def test_a_browser_that_forbids_it_is_told_so_and_one_that_may_is_asked(person: Callable[..., Person]) -> None:
    jonas = person("Jonas Lang")
    jonas.context.grant_permissions([])  # all others are forbidden by that
    jonas.go("/profile/notices")
    expect(jonas.page.get_by_text("are blocked in this browser")).to_be_visible()
    expect(jonas.page.get_by_role("button", name="Tell me on this device")).to_be_hidden()
    jonas.context.grant_permissions(["notifications"])
    jonas.go("/profile/notices")
    expect(jonas.page.get_by_text("are blocked in this browser")).to_be_hidden()
    jonas.click("button", "Tell me on this device")
    # No push service is reachable from here: nothing is claimed that is not so, and it can be tried again.
    expect(jonas.page.get_by_text("This device could not be added")).to_be_visible()
    expect(jonas.page.get_by_role("button", name="Tell me on this device")).to_be_enabled()
    assert all("incognito" in one for one in jonas.faults), jonas.faults  # which is what a browser under test is


def test_what_is_sent_to_a_browser_is_shown_there(person: Callable[..., Person]) -> None:
    renate = person("Renate Messner")
    renate.context.grant_permissions(["notifications"])
    renate.page.evaluate(REGISTER)
    wire = renate.context.new_cdp_session(renate.page)
    found: list[str] = []
    wire.on("ServiceWorker.workerRegistrationUpdated",
            lambda told: found.extend(one["registrationId"] for one in told["registrations"]))  # fmt: skip
    wire.send("ServiceWorker.enable")
    for _ in range(100):
        if found:
            break
        renate.page.wait_for_timeout(50)
    assert found, "the browser knows of no worker"
    sent = {"origin": renate.url, "registrationId": found[0], "data": json.dumps(WORD)}
    wire.send("ServiceWorker.deliverPushMessage", sent)
    for _ in range(100):
        if renate.page.evaluate(SHOWN):
            break
        renate.page.wait_for_timeout(50)
    assert renate.page.evaluate(SHOWN) == [["Chang", "Nancy Davolio: Seventeen are here."]]
    assert not renate.faults, renate.faults
