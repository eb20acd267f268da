// What pages do beyond HTMX: keys, ticking, dismissing, copying, announcing, and the notice when nothing answers.
// Everything here makes something quicker; nothing needs it to work.
"use strict";

const byId = (id) => document.getElementById(id);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

/* Announcing: text a swap brings in [data-say] is read out once, by the one polite live region. */

function say(text) {
  const region = byId("say");
  if (region) region.textContent = text;
}

document.addEventListener("htmx:after:swap", () => {
  const news = all("[data-say]").map((place) => place.dataset.say || place.textContent.trim()).join(" ");
  if (news && news !== byId("say")?.textContent) say(news);
});

/* A dialog that a swap brings is opened: its page works as well without this. */

document.addEventListener("htmx:after:swap", () => {
  all("dialog[data-show]:not([open])").forEach((dialog) => dialog.showModal());
});

/* Once it is answered it is closed before the swap, since nothing beside an open one takes the focus. */
document.addEventListener("htmx:before:swap", (event) => {
  event.detail.ctx?.sourceElement?.closest?.("dialog[data-show]")?.close();
});

/* Keys: "/" leads to the search, arrows go from row to row, Esc empties the search one is in. */

const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const within = event.target instanceof Element ? event.target : document.body;
  if (event.key === "/" && !within.closest(TYPING)) return goToSearch(event);
  if (event.key === "Escape" && within.matches("input[type=search]")) return emptySearch(event, within);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") return goToRow(event, within);
});

function goToSearch(event) {
  const search = all("main input[type=search]").find((field) => field.checkVisibility());
  if (!search) return;
  event.preventDefault();
  search.focus();
  search.select();
}

function emptySearch(event, search) {
  if (!search.value) return search.blur();
  event.preventDefault();
  search.value = "";
  search.dispatchEvent(new Event("input", { bubbles: true }));
}

const ROW = "tbody tr, [data-rows] > article";
const REACHABLE = "input[type=checkbox]:not(:disabled), a[href], button:not(:disabled)";

function goToRow(event, within) {
  if (event.key === "ArrowDown" && within.matches("main input[type=search]")) return goToFirstRow(event);
  const row = within.closest(ROW);
  if (!row || within.closest(TYPING)) return;
  const rows = all(ROW, row.parentElement).filter((other) => other.querySelector(REACHABLE));
  const next = rows[rows.indexOf(row) + (event.key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.querySelector(REACHABLE).focus();
  next.scrollIntoView({ block: "nearest" });
}

function goToFirstRow(event) {
  const first = all(ROW).map((row) => row.querySelector(REACHABLE)).find((place) => place);
  if (!first) return;
  event.preventDefault();
  first.focus();
}

/* Ticking: [data-all] ticks every row of its list; with Shift, all rows between two clicks. */

const LIST = "table, [data-list]";
let lastTicked = null;

document.addEventListener("click", (event) => {
  const box = event.target.closest?.("tbody input[type=checkbox], [data-list] input[name=pick]");
  if (!box) return;
  const boxes = tickable(box.closest(LIST));
  if (event.shiftKey && lastTicked && boxes.includes(lastTicked)) {
    const [from, to] = [boxes.indexOf(lastTicked), boxes.indexOf(box)].sort((a, b) => a - b);
    boxes.slice(from, to + 1).forEach((other) => { other.checked = box.checked; });
  }
  lastTicked = box;
});

document.addEventListener("change", (event) => {
  const list = event.target.closest?.(LIST);
  if (!list) return;
  if (!event.target.matches("[data-all]")) return showAll(list);
  tickable(list).forEach((box) => { box.checked = event.target.checked; });
  list.querySelector("tbody, [data-rows]").dispatchEvent(new Event("change", { bubbles: true }));
});

function tickable(list) {
  return all("tbody input[type=checkbox]:not(:disabled), article input[name=pick]", list);
}

function showAll(list) {
  const head = list.querySelector("[data-all]");
  if (!head) return;
  const boxes = tickable(list);
  const ticked = boxes.filter((box) => box.checked).length;
  head.checked = boxes.length > 0 && ticked === boxes.length;
  head.indeterminate = ticked > 0 && ticked < boxes.length;
}

const showEveryAll = () => all(":is(table, [data-list]):has([data-all])").forEach(showAll);
document.addEventListener("htmx:after:swap", showEveryAll);
showEveryAll();

/* With its ticks a page sends what it got from the server, so that what another window ticked since stays. */

const known = () => all("input[name=was]").map((was) => [was, was.parentElement.querySelector("input[name=pick]")]);
let unsure = false;

document.addEventListener("htmx:config:request", (event) => {
  const body = event.detail.ctx.request.body;
  if (!body?.has?.("shown")) return;
  if (unsure) sendWhole(body);
  known().forEach(([was, box]) => { was.disabled = !box.checked; });
});

/* After ticks that did not arrive, every row counts as changed. */
function sendWhole(body) {
  body.delete("was");
  known().filter(([, box]) => !box.checked).forEach(([was]) => body.append("was", was.value));
  unsure = false;
}

document.addEventListener("htmx:error", (event) => {
  if (event.detail.ctx?.request?.body?.has?.("shown")) unsure = true;
});

/* A swap that morphs leaves choices as they were clicked; what the server holds is what must show. */

document.addEventListener("htmx:after:swap", (event) => {
  const place = event.detail.ctx?.target;
  if (!(place instanceof Element)) return;
  all("input:is([type=radio], [type=checkbox]:not([data-all]))", place).forEach((box) => { box.checked = box.defaultChecked; });
});

/* What is written is sent in its order, even if the page is left. What is read waits for that, and is read anew if
   more was written meanwhile: no answer is older than what was done on the page. */

let written = Promise.resolve();

/* Takes the next turn to write: what was asked for before is sent before, and what is read waits for it. */
function takeTurn() {
  const before = written;
  let over;
  written = new Promise((resolve) => { over = resolve; });
  return (...asked) => before.then(() => fetch(...asked)).finally(over);
}

async function read(...asked) {
  for (;;) {
    const last = written;
    await last;
    const answer = await fetch(...asked);
    if (last === written) return answer;
    answer.body?.cancel();
  }
}

document.addEventListener("htmx:config:request", (event) => {
  const ctx = event.detail.ctx;
  const writes = ctx.request.method !== "GET";
  ctx.request.keepalive = writes;
  // Ticks wait in a queue and are all sent; whatever else waits may be dropped, and takes its turn when it is sent.
  const queued = ctx.sourceElement.matches("[hx-sync='queue all']");
  ctx.fetch = !writes ? read : queued ? takeTurn() : (...asked) => takeTurn()(...asked);
});

/* What had the focus may be gone after a swap: then it goes to the first row, or else to the page. */

let hadFocus = false;

document.addEventListener("htmx:before:swap", () => { hadFocus = document.activeElement !== document.body; });
document.addEventListener("htmx:after:swap", () => {
  if (!hadFocus || document.activeElement !== document.body) return;
  (document.querySelector("main tbody input:not(:disabled)") ?? byId("main"))?.focus({ preventScroll: true });
});

/* Groups: folded ones stay folded through swaps; the way to the next question goes on from where one is. */

const folded = new Set();

function showFolds() {
  all("[data-fold]").forEach((button) => {
    const shut = folded.has(button.dataset.fold);
    button.setAttribute("aria-expanded", String(!shut));
    byId(button.dataset.fold).hidden = shut;
  });
}

document.addEventListener("htmx:after:swap", showFolds);

document.addEventListener("click", (event) => {
  const fold = event.target.closest?.("[data-fold]")?.dataset.fold;
  if (!fold) return;
  if (!folded.delete(fold)) folded.add(fold);
  showFolds();
});

let answered = null;

document.addEventListener("change", (event) => {
  if (event.target.closest?.(".dup")) answered = event.target.closest(".dup").id;
});

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-next]")) return;
  const waiting = all(".dup:has(.choice.is-open)");
  const from = byId(answered);
  const after = (one) => from.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING;
  const next = (from && waiting.find(after)) ?? waiting[0];
  if (!next) return;
  event.preventDefault();
  unfold(next);
  next.scrollIntoView({ block: "center" });
  next.querySelector(".choice input, .twins input").focus({ preventScroll: true });
});

function unfold(place) {
  folded.delete(place.closest(".group-body")?.id);
  showFolds();
}

/* Choosing: the bar of a form with [data-choices] says how many there are chosen, in their own words. */

function countChosen(form) {
  const chosen = all(".val input:checked", form);
  const place = form.querySelector("[data-chosen]");
  const groups = new Set(all(".val input", form).map((input) => input.name)).size;
  if (place) place.textContent = `${chosen.length} of ${groups} ${groups === 1 ? "field" : "fields"} chosen`;
}

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("[data-choices]");
  if (form) countChosen(form);
});

/* Small things on buttons and selects. */

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-dismiss], [data-copy]");
  if (button?.dataset.dismiss) dismiss(byId(button.dataset.dismiss));
  if (button?.dataset.copy) copy(byId(button.dataset.copy));
});

function dismiss(notice) {
  notice?.remove();
  byId("main")?.focus();
}

async function copy(place) {
  await navigator.clipboard.writeText(place.value ?? place.textContent.trim());
  say("Copied");
}

document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-send]")) event.target.form.requestSubmit();
});

/* A form is sent once, however often its button is pressed. */

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
});

window.addEventListener("pageshow", () => {
  all("form[data-sent]").forEach((form) => delete form.dataset.sent);
  all("[aria-busy=true]").forEach((button) => button.removeAttribute("aria-busy"));
});

/* No connection: said once, taken back as soon as anything answers; what failed is repeated then, or by hand. */

let failed = null;

function showOffline(shown) {
  const notice = byId("offline");
  if (notice) notice.hidden = !shown;
}

document.addEventListener("htmx:error", (event) => {
  const request = event.detail?.ctx;
  if (!request || request.response) return;
  failed = { element: request.sourceElement, kind: request.sourceEvent?.type };
  showOffline(true);
});

document.addEventListener("htmx:before:response", () => showOffline(false));
window.addEventListener("offline", () => showOffline(true));
window.addEventListener("online", repeat);
byId("offline-again")?.addEventListener("click", repeat);

function repeat() {
  if (failed?.element?.isConnected && failed.kind) htmx.trigger(failed.element, failed.kind);
  else if (navigator.onLine) showOffline(false);
  failed = null;
}
