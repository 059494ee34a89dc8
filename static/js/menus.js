// Menus and toasts: close on a click elsewhere, on Escape, and after a while.

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  event.target.closest("[data-close-toast]")?.closest("[data-toast]").remove();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll("details.menu[open]").forEach((menu) => { menu.open = false; });
  document.body.classList.remove("show-rail", "show-context");
});
const fade = (toast) => setTimeout(() => toast.remove(), 8000);
document.querySelectorAll("[data-toast]").forEach(fade);

/** Say something briefly. */
export function toast(words) {
  const made = document.createElement("div");
  made.className = "toast-msg";
  made.dataset.toast = "";
  made.textContent = words;
  document.querySelector("[data-toasts]")?.append(made);
  fade(made);
}
