// Dialogs and panes: buttons that open a sheet, close it, or show a pane on a small screen.

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) return open(opener.dataset.opens, opener);
  if (event.target.closest("[data-closes]")) return event.target.closest("dialog")?.close();
  if (event.target.matches?.("dialog.sheet")) return event.target.close();
  const toggle = event.target.closest("[data-toggles]");
  if (toggle) document.body.classList.toggle(toggle.dataset.toggles);
  else if (document.body.classList.contains("show-rail") && !event.target.closest(".rail")) document.body.classList.remove("show-rail");
});

export function open(id) {
  const sheet = document.getElementById(id);
  if (!sheet || sheet.open) return;
  sheet.showModal();
  sheet.querySelector("[autofocus], input:not([type=hidden]), textarea, select")?.focus();
}

document.querySelectorAll("dialog[data-open-now]").forEach((sheet) => sheet.showModal());
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
});
