// Files in a form: chosen, dropped or pasted, sent at once with their progress, and removed again before sending.

import { size, text } from "./words.js";

const MB = 1024 * 1024;
const MOST = 10;
const boxes = new WeakMap();

/** Whether nobody has said what became of a request, or that it may be sent again. */
function lost(request) {
  return [0, 502, 503, 504].includes(request.status);
}

/** A process that was restarted serves again after a few seconds; not everybody comes back at once. */
function soon() {
  return new Promise((resolve) => setTimeout(resolve, 4000 + 4000 * Math.random()));
}

/** The files of a form; undefined where none can be attached. */
export function filesOf(form) {
  return boxes.get(form);
}

class Files {
  constructor(form, input) {
    this.form = form;
    this.input = input;
    this.list = form.querySelector("[data-files]");
    this.max = Number(input.dataset.max);
    this.files = [];
    input.addEventListener("change", () => {
      this.add(input.files);
      input.value = ""; // they travel by themselves, not with the form
    });
    form.addEventListener("paste", (event) => event.clipboardData?.files.length && (event.preventDefault(), this.add(event.clipboardData.files)));
    form.addEventListener("dragover", (event) => this.dragging(event, true));
    form.addEventListener("dragleave", () => form.classList.remove("is-dropping"));
    form.addEventListener("drop", (event) => this.dragging(event, false));
    form.addEventListener("submit", (event) => this.hold(event), true);
  }

  dragging(event, over) {
    if (![...(event.dataTransfer?.types || [])].includes("Files")) return;
    event.preventDefault();
    this.form.classList.toggle("is-dropping", over);
    if (!over) this.add(event.dataTransfer.files);
  }

  add(chosen) {
    for (const file of chosen) {
      const one = { name: file.name, size: file.size, id: null, failed: false };
      this.files.push(one);
      this.draw(one);
      if (this.files.length > MOST) this.fail(one, text("file_too_many").replace("{n}", MOST));
      else if (file.size > this.max * MB) this.fail(one, text("file_too_large").replace("{n}", this.max));
      else this.upload(one, file);
    }
  }

  /** Send a file; where the line is lost on the way, or the process that was taking it, once more. */
  upload(one, file) {
    one.done = this.attempt(one, file).then((request) => {
      if (one.gone || !lost(request)) return request;
      one.progress.value = 0;
      return soon().then(() => (one.gone ? request : this.attempt(one, file)));
    }).then((request) => {
      if (request.status === 201 && request.response?.id) this.arrived(one, request.response);
      else if (!one.gone) this.fail(one, request.response?.title?.replace(/^file: /, "") || text("file_failed"));
    });
  }

  attempt(one, file) {
    const request = (one.request = new XMLHttpRequest());
    const form = new FormData();
    form.append("file", file, file.name);
    request.open("POST", "/files");
    request.setRequestHeader("X-CSRFToken", document.querySelector('meta[name="csrf-token"]').content);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) one.progress.value = event.loaded / event.total;
    });
    const ended = new Promise((resolve) => request.addEventListener("loadend", () => resolve(request)));
    request.send(form);
    return ended;
  }

  arrived(one, answer) {
    if (one.gone) return this.forget(answer.id);
    Object.assign(one, { id: answer.id, name: answer.name, size: answer.size });
    one.item.classList.add("is-there");
    one.item.querySelector("bdi").textContent = answer.name;
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "attachments", value: answer.id });
    one.item.append(field);
  }

  fail(one, why) {
    one.failed = true;
    one.item.classList.add("is-failed");
    one.progress.hidden = true;
    const words = document.createElement("p");
    words.className = "form-error";
    words.textContent = why;
    one.item.append(words);
  }

  draw(one) {
    const item = (one.item = document.createElement("li"));
    item.className = "sending";
    const name = document.createElement("span");
    name.className = "file-name";
    name.append(Object.assign(document.createElement("bdi"), { textContent: one.name }));
    const bytes = Object.assign(document.createElement("small"), { textContent: size(one.size) });
    one.progress = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
    one.progress.setAttribute("aria-label", one.name);
    const button = Object.assign(document.createElement("button"), { type: "button", className: "ib", textContent: "×" });
    button.setAttribute("aria-label", text("file_remove").replace("{name}", one.name));
    button.addEventListener("click", () => this.remove(one));
    item.append(name, bytes, one.progress, button);
    this.list.append(item);
  }

  /** Take a file out again: what is on its way stops, what has arrived is forgotten. */
  remove(one) {
    one.gone = true;
    one.request?.abort();
    if (one.id) this.forget(one.id);
    this.drop(one);
    this.input.focus();
  }

  drop(one) {
    this.files = this.files.filter((other) => other !== one);
    one.item.remove();
  }

  forget(id) {
    const token = document.querySelector('meta[name="csrf-token"]').content;
    fetch(`/files/${id}`, { method: "DELETE", headers: { "X-CSRFToken": token } }).catch(() => {}); // else cleared away in a day
  }

  get any() {
    return this.files.length > 0;
  }

  get moving() {
    return this.files.some((one) => !one.id && !one.failed);
  }

  /** Wait until each file has arrived or failed; false when one has failed. */
  async settled() {
    const button = this.form.querySelector("[data-send]");
    button.disabled = true;
    await Promise.all(this.files.map((one) => one.done));
    button.disabled = false;
    return !this.files.some((one) => one.failed);
  }

  /** Hand out what has arrived, for a message, and begin anew. */
  take() {
    const taken = this.files.filter((one) => one.id).map(({ id, name, size: bytes }) => ({ id, name, size: bytes }));
    for (const one of [...this.files]) this.drop(one);
    return taken;
  }

  /** A form that the page sends by itself waits for its files. */
  hold(event) {
    if (this.moving && !("live" in this.form.dataset)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.settled().then((fine) => fine && this.form.requestSubmit());
    }
  }
}

for (const input of document.querySelectorAll("[data-attach]")) boxes.set(input.form, new Files(input.form, input));

// A picture may still be in the making: it is asked for again a few times, then its sign stands in for it.
const PAUSES = [1000, 2000, 4000, 8000, 16000];

function again(image) {
  const tries = Number(image.dataset.tries || 0);
  if (tries >= PAUSES.length) return image.remove();
  image.dataset.tries = tries + 1;
  image.hidden = true;
  setTimeout(() => { image.src = `${image.src.split("?")[0]}?${tries + 1}`; }, PAUSES[tries]);
}

document.addEventListener("error", (event) => event.target.matches?.("img[data-preview]") && again(event.target), true);
document.addEventListener("load", (event) => { if (event.target.matches?.("img[data-preview]")) event.target.hidden = false; }, true);
for (const image of document.querySelectorAll("img[data-preview]")) if (image.complete && !image.naturalWidth) again(image);
