// Keeps an open page alive: values from the stream, words from the page itself, countdowns, and the − and + of forms.
// Everything here is comfort: each page works without it.

const language = document.documentElement.lang;
const site = document.body.dataset.site;
const REFRESH_MS = 10_000;
// The site's clock against this device's: a recording lives in another time, and a device may be wrong.
let clockOffset = site ? Number(document.body.dataset.now) - Date.now() : 0;

const formats = new Map();
function format(value, digits) {
  if (!formats.has(digits)) {
    formats.set(digits, new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }));
  }
  return formats.get(digits).format(value).replace("-", "\u2212");
}

// Numbers change in place; the unit behind them stays.
let elements = gather();
function gather() {
  const found = new Map();
  for (const element of document.querySelectorAll("[data-key]")) {
    const key = element.dataset.key;
    found.set(key, [...(found.get(key) ?? []), element]);
  }
  return found;
}
function patch(key, entry) {
  for (const element of elements.get(key) ?? []) {
    const old = element.textContent;
    const digits = Number(element.dataset.digits ?? 1);
    const unit = element.dataset.unit ?? ("keepUnit" in element.dataset ? (old.match(/\u00a0.*$/)?.[0] ?? "") : "");
    const text = typeof entry.value === "number" ? format(entry.value, digits) + unit : "–";
    if (text === old) continue;
    element.textContent = text;
    if (changed.size === 0) requestAnimationFrame(highlight);
    changed.add(element);
  }
}

// What changed is marked for a moment. The mark begins anew only after a layout without it: one for all of a frame, because one
// for each of a floor plan's numbers would be most of what the page does.
const changed = new Set();
function highlight() {
  for (const element of changed) element.classList.remove("fresh");
  void document.body.offsetWidth;
  for (const element of changed) element.classList.add("fresh");
  changed.clear();
}

// Children are taken over one by one where the two are built alike, else together.
function renew(old, fresh) {
  const [olds, freshes] = [[...old.childNodes], [...fresh.childNodes]];
  if (olds.length !== freshes.length || olds.some((node, at) => node.nodeName !== freshes[at].nodeName)) {
    return old.replaceChildren(...freshes);
  }
  olds.forEach((node, at) => renewNode(node, freshes[at]));
}

// In place, where the structure is the same: three hundred tiles that change their colour need no new layout. What has a life of
// its own (a custom element reads its children once) is put there anew.
function renewNode(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType !== Node.ELEMENT_NODE) old.nodeValue = fresh.nodeValue;
  else if (old.localName.includes("-") || old.id !== fresh.id) old.replaceWith(fresh);
  else {
    for (const name of old.getAttributeNames()) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    renew(old, fresh);
  }
}

// Words are made on the server, so the page's marked parts are taken from a fresh copy of it. A part in which
// somebody is typing, or has something open or selected, is left alone.
let refreshing = false;
let refreshedAt = performance.now();
let timer = 0;
async function refresh() {
  timer = 0;
  if (refreshing || document.hidden || !document.querySelector("[data-part]")) return;
  refreshing = true;
  try {
    const answer = await fetch(document.body.dataset.here, { headers: { accept: "text/html" } });
    if (!answer.ok) return;
    if (answer.redirected) return location.reload();
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll("[data-part]")) {
      const other = fresh.querySelector(`[data-part="${CSS.escape(part.dataset.part)}"]`);
      const busy = part.contains(document.activeElement) || part.querySelector("details[open], hypocaust-cursor:hover") || part.contains(getSelection().focusNode) && !getSelection().isCollapsed;
      if (other && !busy) renew(part, other);
    }
  } catch {
    // The stream notices a lost server and says so.
  } finally {
    elements = gather();
    refreshing = false;
    refreshedAt = performance.now();
  }
}
function refreshSoon(wait = REFRESH_MS) {
  const due = Math.max(200, refreshedAt + wait - performance.now());
  if (!timer) timer = setTimeout(refresh, due);
}

if (site) {
  const offline = document.getElementById("offline");
  const source = new EventSource(`/api/v1/stream?site=${encodeURIComponent(site)}`);
  let lost = false;
  source.addEventListener("hello", (event) => {
    clockOffset = JSON.parse(event.data).now_ms - Date.now();
    offline.hidden = true;
    if (lost) refreshSoon(0);
    lost = false;
  });
  source.addEventListener("change", (event) => {
    for (const [key, entry] of Object.entries(JSON.parse(event.data))) patch(key, entry);
    refreshSoon();
  });
  source.addEventListener("reload", () => refreshSoon(0));
  source.addEventListener("error", () => {
    lost = true;
    offline.hidden = false;
    // The server refuses for good: the session has ended, and the page itself leads to the sign-in.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), REFRESH_MS);
  });
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refreshSoon(); });
}

// Countdowns of overrides, in the site's time.
function countDown() {
  for (const element of document.querySelectorAll("[data-ends]")) {
    const left = Math.max(0, Math.round((Number(element.dataset.ends) - Date.now() - clockOffset) / 1000));
    const pad = (n) => String(n).padStart(2, "0");
    const text = `${Math.floor(left / 3600)}:${pad(Math.floor(left / 60) % 60)}:${pad(left % 60)}`;
    if (element.textContent !== text) element.textContent = text;
    if (left === 0) element.closest(".running")?.setAttribute("hidden", "");
  }
}
if (document.querySelector("[data-ends]")) {
  countDown();
  setInterval(countDown, 1000);
}

// A file is read here and sent as the text that can also be pasted.
for (const input of document.querySelectorAll("input[data-into]")) {
  input.closest("label").hidden = false;
  input.addEventListener("change", async () => {
    const [file] = input.files;
    if (file) input.form.elements[input.dataset.into].value = await file.text();
  });
}

// `/` goes to the search, wherever nobody is typing; where its field does not fit, to its page.
addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
  const field = [...document.querySelectorAll('form[role="search"] input')].find((field) => field.checkVisibility());
  const page = document.querySelector("a.find");
  if (!field && !page) return;
  event.preventDefault();
  if (field) field.focus(), field.select();
  else page.click();
});

// − and + change the field instead of asking the server for the page again.
for (const form of document.querySelectorAll("form.wish")) {
  const field = form.elements.setpoint_c;
  form.addEventListener("click", (event) => {
    const step = event.target.closest(".step");
    if (!step) return;
    event.preventDefault();
    const now = Number(field.value.replace(",", ".").replace("\u2212", "-"));
    const next = Math.min(Number(form.dataset.high), Math.max(Number(form.dataset.low), (Number.isFinite(now) ? now : 20) + Number(step.value)));
    field.value = format(next, 1);
  });
  // Enter in a field applies the wish; without this the first button of the form, −, would be pressed.
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input")) {
      event.preventDefault();
      form.requestSubmit(form.querySelector(".primary"));
    }
  });
}
