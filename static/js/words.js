// Words and times that a partial leaves to the page: one partial serves readers of several languages and zones.

const WORDS = JSON.parse(document.getElementById("words")?.textContent || "{}");
const root = document.documentElement;
const zone = root.dataset.zone || undefined;
const language = root.lang || "en";

/** A number of bytes in the reader's words. */
export function size(bytes) {
  const [unit, number] = bytes < 1000 ? ["byte", bytes] : bytes < 1e6 ? ["kilobyte", bytes / 1e3] : ["megabyte", bytes / 1e6];
  return new Intl.NumberFormat(language, { style: "unit", unit, maximumFractionDigits: number < 10 && unit !== "byte" ? 1 : 0 }).format(number);
}

export function text(key) {
  return WORDS[key] ?? key;
}

function format(options, where = zone) {
  try {
    return new Intl.DateTimeFormat(language, { timeZone: where, ...options });
  } catch {
    return new Intl.DateTimeFormat(language, options);
  }
}

const EXACT = format({ dateStyle: "full", timeStyle: "medium" });
const DAY = format({ weekday: "short", day: "numeric", month: "short" });
const DATE = format({ day: "numeric", month: "short", year: "numeric" });
// A calendar day (a required date, a due date) is stored as midnight UTC and is the same day for every reader.
const PLAIN_DAY = format({ weekday: "short", day: "numeric", month: "short" }, "UTC");
const PLAIN_DATE = format({ day: "numeric", month: "short", year: "numeric" }, "UTC");
const whole = (at) => at.getTime() % 86400000 === 0;
const CLOCK = format({ hour: "2-digit", minute: "2-digit" });
const KEY = format({ year: "numeric", month: "2-digit", day: "2-digit" });
const AGO = new Intl.RelativeTimeFormat(language, { style: "narrow", numeric: "auto" });

function relative(at) {
  const seconds = (at - Date.now()) / 1000;
  const size = Math.abs(seconds);
  if (size < 45) return text("just_now");
  if (size < 3600) return AGO.format(Math.round(seconds / 60), "minute");
  if (size < 86400) return AGO.format(Math.round(seconds / 3600), "hour");
  if (size < 7 * 86400) return AGO.format(Math.round(seconds / 86400), "day");
  return DATE.format(at);
}

function clock(at) {
  return KEY.format(at) === KEY.format(Date.now()) ? CLOCK.format(at) : `${(far(at) ? DATE : DAY).format(at)} ${CLOCK.format(at)}`;
}

const HALF_A_YEAR = 183 * 86400000;
const date = (at) => (whole(at) ? PLAIN_DATE : DATE).format(at);
// Within half a year a day and a month are one day only; farther off it takes the year.
const far = (at) => Math.abs(at - Date.now()) > HALF_A_YEAR;
const day = (at) => (far(at) ? date(at) : (whole(at) ? PLAIN_DAY : DAY).format(at));

const FORMATS = {
  relative, time: clock, date, day, clock: (at) => CLOCK.format(at),
  datetime: (at) => `${DATE.format(at)} ${CLOCK.format(at)}`,
};

function fillTime(element) {
  const at = new Date(element.dateTime);
  if (Number.isNaN(at.getTime())) return;
  element.textContent = (FORMATS[element.dataset.format] || relative)(at);
  if (!whole(at)) element.title = EXACT.format(at);
}

function fillAudience(element) {
  const kind = element.dataset.audience;
  const names = (element.dataset.names || "").split("|").filter(Boolean);
  if (kind === "everyone") element.textContent = `${text("everyone")}: ${names.join(", ")}`;
  else if (kind === "staff") element.textContent = text("staff");
  else element.textContent = names.join(" + ");
}

const SENTENCES = {
  status: (value) => text("change_status").replace("{to}", text(value.to)),
  assignee: (value) => (value.to ? text("change_assignee").replace("{to}", value.to) : text("change_unassigned")),
  priority: (value) => text("change_priority").replace("{to}", value.to),
  team: (value) => text("change_team").replace("{to}", value.to ?? "–"),
  subject: (value) => text("change_subject").replace("{to}", value.to),
};

/** Say in words what a change of a conversation was. */
export function changeWords(change) {
  const party = change.party?.name;
  if (party && change.joined) return text("change_joined").replace("{party}", party);
  if (party && change.left) return text("change_left").replace("{party}", party);
  if (party && change.introduced) return text("change_introduced").replace("{party}", party);
  if (change.answered) return text("change_answered").replace("{order}", change.order).replace("{answered}", text(change.answered));
  if (change.issue) return issueWords(change);
  if (change.merged || change.merged_into) return text(change.merged ? "change_merged" : "change_merged_into").replace("{number}", change.merged || change.merged_into);
  if (change.decision) return text(change.answer ? "change_decided" : "change_withdrawn").replace("{answer}", change.answer);
  const said = Object.entries(change).filter(([name]) => SENTENCES[name]).map(([name, value]) => SENTENCES[name](value));
  return said.join(", ") || text("change_other");
}

/** Say what became of a quality issue: how far it is, which of its eight steps was answered. */
function issueWords(change) {
  const key = change.stage ? `issue_${change.stage}`
    : change.step ? (change.done === undefined ? "issue_due" : change.done ? "issue_done" : "issue_noted")
    : change.closed === undefined ? "issue_changed" : change.closed ? "issue_closed" : "issue_reopened";
  return text(key).replace("{issue}", change.issue).replace("{step}", change.step);
}

/** Fill in everything below an element. */
export function fillWords(element) {
  const all = (selector) => [...(element.matches?.(selector) ? [element] : []), ...element.querySelectorAll(selector)];
  all("time[datetime]").forEach(fillTime);
  all("[data-audience]").forEach(fillAudience);
  for (const one of all("[data-text]")) one.textContent = text(one.dataset.text);
  for (const one of all("[data-size]")) one.textContent = size(Number(one.dataset.size));
  for (const one of all("[data-change]")) {
    const words = one.querySelector("[data-change-words]");
    if (words) words.textContent = changeWords(JSON.parse(one.dataset.change));
  }
}

fillWords(document.body);
document.addEventListener("htmx:after:swap", () => fillWords(document.body));
setInterval(() => document.querySelectorAll('time[data-format="relative"]').forEach(fillTime), 30000);
