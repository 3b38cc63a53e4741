// The week as a grid over the form's own rows: what is dragged or moved by arrows is written into the fields below it, and what
// is written there is drawn. It adds nothing to what the form can do, and saves nothing by itself.

const DAY = 1440;
const SNAP = 15;
const LOW_C = 8;
const HIGH_C = 30;

const minutes = (text) => {
  const [hour, minute] = text.split(":").map(Number);
  return Number.isFinite(hour) && Number.isFinite(minute) ? hour * 60 + minute : null;
};
const clock = (minute) => `${String(Math.floor(minute / 60) % 24).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
const snap = (minute) => Math.round(minute / SNAP) * SNAP;
const decimal = document.documentElement.lang === "fr" ? "," : ".";
const degrees = (text) => Number(text.replace(",", "."));
const written = (celsius) => celsius.toFixed(1).replace(".", decimal);

class Week extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.days = [...this.form.querySelectorAll("fieldset[data-day]")];
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", this.dataset.name);
    const help = document.createElement("p");
    help.className = "muted small";
    help.id = "week-help";
    help.textContent = this.dataset.help;
    this.tracks = this.days.map((day) => this.track(day));
    this.append(this.hours(), ...this.tracks.map((track) => track.row), help);
    this.form.addEventListener("input", (event) => event.target.closest("fieldset[data-day]") && this.draw());
    this.draw();
  }

  // Hours of the axis, in whole sixths of a day.
  hours() {
    const axis = document.createElement("div");
    axis.className = "week-hours";
    axis.setAttribute("aria-hidden", "true");
    for (const hour of [0, 4, 8, 12, 16, 20]) {
      const mark = document.createElement("span");
      mark.textContent = String(hour).padStart(2, "0");
      axis.append(mark);
    }
    return axis;
  }

  // One day: its name, and a bar on which spans lie.
  track(day) {
    const row = document.createElement("div");
    row.className = "week-row";
    const name = document.createElement("button");
    name.type = "button";
    name.textContent = day.querySelector("legend").textContent.slice(0, 3);
    const what = document.createElement("span");
    what.className = "hidden";
    what.textContent = `: ${this.dataset.add}`;
    name.append(what);
    const bar = document.createElement("div");
    bar.className = "week-bar";
    name.addEventListener("click", () => this.add(day));
    row.append(name, bar);
    return { row, bar, day };
  }

  rows(day) {
    return [...day.querySelectorAll(".span")].map((row) => {
      const [from, until, setpoint] = row.querySelectorAll("input");
      const begin = minutes(from.value);
      const end = minutes(until.value);
      return { row, from, until, setpoint, begin, end: end === 0 ? DAY : end };
    });
  }

  spans(day) {
    return this.rows(day).filter((span) => span.begin !== null && span.end !== null && span.begin < span.end);
  }

  draw() {
    for (const { bar, day } of this.tracks) {
      const drawn = this.spans(day).map((span) => this.thumb(day, span, bar));
      const focused = document.activeElement?.closest?.(".week-span");
      const place = focused && bar.contains(focused) ? [...bar.children].indexOf(focused) : -1;
      bar.replaceChildren(...drawn);
      if (place >= 0) drawn[Math.min(place, drawn.length - 1)]?.focus();
    }
  }

  // A span as a button that says what it is: moved, stretched and warmed by keys, dragged by its middle or its ends.
  thumb(day, span, bar) {
    const thumb = document.createElement("button");
    thumb.type = "button";
    thumb.className = "week-span";
    this.place(thumb, span);
    thumb.setAttribute("aria-describedby", "week-help");
    thumb.addEventListener("keydown", (event) => this.key(event, day, span));
    thumb.addEventListener("pointerdown", (event) => this.drag(event, day, span, thumb, bar));
    return thumb;
  }

  // Constructed styles are not inline markup: the page's policy allows them.
  place(thumb, span) {
    thumb.style.insetInlineStart = `${(100 * span.begin) / DAY}%`;
    thumb.style.width = `${(100 * (span.end - span.begin)) / DAY}%`;
    thumb.textContent = `${span.setpoint.value}°`;
    const day = span.row.closest("fieldset").querySelector("legend").textContent;
    thumb.setAttribute("aria-label", `${day}, ${clock(span.begin)} – ${clock(span.end)}, ${span.setpoint.value} °C`);
  }

  // What a span may take: from the end of the one before to the beginning of the one after.
  room(day, span) {
    const others = this.spans(day).filter((other) => other.row !== span.row);
    const before = others.filter((other) => other.end <= span.begin).map((other) => other.end);
    const after = others.filter((other) => other.begin >= span.end).map((other) => other.begin);
    return [Math.max(0, ...before), Math.min(DAY, ...after)];
  }

  move(day, span, begin, end) {
    const [low, high] = this.room(day, span);
    if (begin < low || end > high || end - begin < SNAP) return;
    span.begin = begin;
    span.end = end;
    span.from.value = clock(begin);
    span.until.value = clock(end);
  }

  key(event, day, span) {
    const step = { ArrowLeft: -SNAP, ArrowRight: SNAP }[event.key];
    const warmer = { ArrowUp: 0.5, ArrowDown: -0.5 }[event.key];
    if (step) {
      this.move(day, span, span.begin + (event.shiftKey ? 0 : step), span.end + step);
    } else if (warmer) {
      const celsius = Math.max(LOW_C, Math.min(HIGH_C, degrees(span.setpoint.value) + warmer));
      if (Number.isFinite(celsius)) span.setpoint.value = written(celsius);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      for (const input of [span.from, span.until]) input.value = "";
    } else {
      return;
    }
    event.preventDefault();
    this.draw();
  }

  drag(event, day, span, thumb, bar) {
    if (event.button !== 0) return;
    const box = thumb.getBoundingClientRect();
    const edge = Math.min(12, box.width / 3);
    const at = event.clientX - box.left;
    const part = at < edge ? "begin" : at > box.width - edge ? "end" : "both";
    const [begin, end, from] = [span.begin, span.end, event.clientX];
    const perPixel = DAY / bar.getBoundingClientRect().width;
    thumb.setPointerCapture(event.pointerId);
    const follow = (moved) => {
      const by = snap((moved.clientX - from) * perPixel);
      this.move(day, span, part === "end" ? begin : snap(begin + by), part === "begin" ? end : snap(end + by));
      this.place(thumb, span);
    };
    thumb.addEventListener("pointermove", follow);
    thumb.addEventListener("lostpointercapture", () => {
      thumb.removeEventListener("pointermove", follow);
      this.draw();
    }, { once: true });
  }

  // Two hours in the first gap from eight in the morning on, as warm as the first span of the week.
  add(day) {
    const spans = this.spans(day);
    const free = (begin) => spans.every((other) => other.end <= begin || other.begin >= begin + 120);
    const begins = Array.from({ length: (DAY - 120) / SNAP + 1 }, (_, step) => step * SNAP);
    const begin = [...begins.filter((minute) => minute >= 480), ...begins].find(free);
    if (begin === undefined) return;
    let row = this.rows(day).find((other) => !other.from.value && !other.until.value);
    if (!row) {
      const list = day.querySelector("ul");
      list.append(list.lastElementChild.cloneNode(true));
      row = this.rows(day).at(-1);
    }
    const warm = this.days.flatMap((other) => this.spans(other)).map((other) => other.setpoint.value)[0];
    row.from.value = clock(begin);
    row.until.value = clock(begin + 120);
    row.setpoint.value = warm ?? written(20);
    this.draw();
    const track = this.tracks.find((other) => other.day === day);
    track.bar.children[this.spans(day).findIndex((span) => span.row === row.row)]?.focus();
  }
}
customElements.define("hypocaust-week", Week);

// A calendar's file is read here and sent as the text that can also be pasted.
for (const label of document.querySelectorAll("label.file")) {
  label.hidden = false;
  label.querySelector("input").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    if (file) event.target.form.elements.calendar.value = await file.text();
  });
}
