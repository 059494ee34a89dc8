"""A photo from a telephone reaches the desk: chosen, dropped or pasted, taken out again, sent, and seen at once."""

import io
import re
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import Person

PASTED = """async (name) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 40, height: 30 });
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  const carried = new DataTransfer();
  carried.items.add(new File([blob], name, { type: "image/png" }));
  const field = document.querySelector("[data-composer] textarea");
  if (name === "dropped.png") field.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
  else field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: carried, bubbles: true, cancelable: true }));
}"""


def photo(folder: Path) -> Path:
    made = folder / "broken pallet.jpg"
    image = io.BytesIO()
    Image.new("RGB", (1600, 1200), "sienna").save(image, "JPEG")
    made.write_bytes(image.getvalue())
    return made


def test_a_photo_from_a_telephone_is_on_the_desk_at_once(person: Callable[..., Person], tmp_path: Path) -> None:
    renate = person("Renate Messner", width=390, height=844)
    renate.go("/portal/requests/new")
    page = renate.page
    page.get_by_label("Subject").fill("A broken pallet")
    page.get_by_label("Your message").fill("It came like this.")
    page.get_by_role("button", name=re.compile("^Send to")).click()
    page.wait_for_url("**/requests/2*")
    number = page.url.rsplit("/", 1)[-1]
    nancy = person("Nancy Davolio")
    nancy.go(f"/staff/conversations/{number}")
    expect(nancy.page.locator(".msg-body").last).to_have_text("It came like this.")

    page.locator("[data-attach]").set_input_files(photo(tmp_path))
    for name in ("pasted.png", "dropped.png"):
        page.evaluate(PASTED, name)
    expect(page.locator(".sending.is-there")).to_have_count(3)
    page.get_by_role("button", name="Remove dropped.png").click()
    expect(page.locator(".sending")).to_have_count(2)
    page.get_by_role("button", name=re.compile("^Send to")).click()

    shown = nancy.page.locator(".msg-row").last.locator("a.file")
    expect(shown).to_have_count(2)
    expect(shown.first).to_contain_text("broken pallet.jpg")
    picture = shown.first.locator("img")
    expect(picture).to_have_js_property("naturalWidth", 640, timeout=20000)
    assert shown.first.bounding_box()["width"] < 260  # type: ignore[index]
    with nancy.page.expect_download() as started:
        shown.first.click()
    assert started.value.suggested_filename == "broken pallet.jpg"
    expect(page.locator("[data-pending]")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert not renate.faults and not nancy.faults
