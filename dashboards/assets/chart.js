// <hypocaust-chart>: a temperature with its setpoint above, a power below, on one time axis. Each line is the mean of a step with
// a veil from its lowest to its highest value, so that no spike is lost. A stretch that is dragged over is asked for again, finer.
// Where a room has several heaters each has a line over the sum of them; where somebody was there, a strip lies under both.

const language = document.documentElement.lang;
const HEIGHT = 328;
// Steps asked for: at most one in two pixels, because a step has three numbers.
const MOST_POINTS = 2000;
const LEAST_POINTS = 240;
// Nothing is finer than a few records of a heater.
const FINEST_MS = 10_000;
// The lower part of the picture belongs to the power.
const POWER_PART = 0.26;
// Longer than this without a reading is shown as a gap.
const BRIDGED_MS = 20 * 60_000;
// Charts of one page move their cursors together.
const SYNC = "hypocaust";
// Where each column stands among the series; the heaters' come last.
const [HIGH, LOW, SETPOINT, UPPER_MOST, UPPER_LEAST, LOWER_MOST, LOWER_LEAST, OUTDOOR, UPPER, LOWER, PRESENT, HEATERS] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const KEYS = { [SETPOINT]: "setpoint", [OUTDOOR]: "outdoor", [UPPER]: "heat", [LOWER]: "compute", [PRESENT]: "present" };
// How the lines of heaters are told apart, as the style sheet does in the day's picture.
const DASHES = [[], [6, 3], [2, 3], [9, 3, 2, 3]];
// Top and height of the strips of overrides and of alarms, and the height of the strip of who was there, pixels.
const STRIPS = { override: [0, 4], alarm: [6, 6] };
const PRESENT_HEIGHT = 6;
// The power ends above that strip.
const PRESENT_PART = 0.035;

function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

function faded(value, alpha) {
  return value.replace("rgb(", "rgba(").replace(")", `, ${alpha})`);
}

// Steps may be shorter than the time between two records: a short hole is bridged, a long one stays a hole.
function bridged(values, longest) {
  let last = -1;
  for (let index = 0; index < values.length; index++) {
    if (values[index] === null) continue;
    const hole = index - last - 1;
    if (last >= 0 && hole > 0 && hole <= longest) values.fill(values[last], last + 1, index);
    last = index;
  }
  return values;
}

// What holds from a time on: `ms:value` pairs.
function held(text) {
  return (text ?? "").split(" ").filter(Boolean).map((pair) => pair.split(":").map(Number));
}

class HypocaustChart extends HTMLElement {
  connectedCallback() {
    this.whole = [Number(this.dataset.from), Number(this.dataset.to)];
    this.setpoints = held(this.dataset.setpoints);
    this.outdoors = held(this.dataset.outdoors);
    this.events = JSON.parse(this.dataset.events || "[]");
    this.heaters = JSON.parse(this.dataset.heaters || "[]");
    this.show(...this.whole);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => location.reload(), { once: true });
  }

  disconnectedCallback() {
    this.observer?.disconnect();
    this.plot?.destroy();
  }

  // Draws a stretch; the one before stays until its data is there. Of two asked for, the later one is shown.
  async show(from, to) {
    const turn = (this.turn = (this.turn ?? 0) + 1);
    try {
      const began = performance.now();
      const { presenceName, metrics } = this.dataset;
      const asked = metrics.split(",").map((metric) => this.series(metric, from, to));
      asked.push(presenceName ? this.series("presence", from, to) : { points: [] });
      asked.push(this.heaters.length ? this.powers(from, to) : { heaters: [] });
      const answers = await Promise.all(asked);
      if (turn !== this.turn) return;
      this.draw(answers, [from, to]);
      this.dataset.drawnMs = Math.round(performance.now() - began);
    } catch (error) {
      if (turn !== this.turn) return;
      console.error("the chart could not be drawn", error);
      this.say(this.dataset.broken);
    }
  }

  say(text) {
    this.observer?.disconnect();
    this.plot?.destroy();
    const line = document.createElement("p");
    line.className = "blank";
    line.textContent = text;
    this.replaceChildren(line);
  }

  series(metric, from, to) {
    const { room, heater } = this.dataset;
    return this.ask("series", { metric, [room ? "room" : "heater"]: room ?? heater }, from, to);
  }

  // What each heater drew in the room.
  powers(from, to) {
    return this.ask(`rooms/${encodeURIComponent(this.dataset.room)}/powers`, {}, from, to);
  }

  async ask(what, of, from, to) {
    const points = Math.max(1, Math.min(MOST_POINTS, Math.max(LEAST_POINTS, Math.round(this.clientWidth / 2)), Math.floor((to - from) / FINEST_MS)));
    const query = new URLSearchParams({ site: this.dataset.site, ...of, from, to, points });
    const answer = await fetch(`/api/v1/${what}?${query}`);
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  draw(answers, [from, to]) {
    const isWhole = from === this.whole[0] && to === this.whole[1];
    const [first, second] = answers;
    if (isWhole && first.points.length + second.points.length === 0) return this.say(this.dataset.nothing);
    const data = this.lay(answers, isWhole ? Number(this.dataset.end) : to);
    this.observer?.disconnect();
    this.plot?.destroy();
    this.replaceChildren();
    this.plot = new uPlot(this.options(data, from, to), data, this);
    this.keys = document.createElement("p");
    this.keys.className = "keys";
    this.append(this.keys);
    if (!isWhole) this.append(this.wayBack());
    this.read(this.plot);
    this.observer = new ResizeObserver(() => this.plot.setSize({ width: this.clientWidth, height: HEIGHT }));
    this.observer.observe(this);
  }

  wayBack() {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button small";
    button.textContent = this.dataset.wholeName;
    button.addEventListener("click", () => this.show(...this.whole));
    return button;
  }

  // All series on the steps of the first, and what holds on to the end of the picture.
  lay([first, second, presence, powers], end) {
    const { step_ms: step, from_ms: from } = first;
    const count = Math.ceil((end - from) / step);
    const longest = Math.ceil(BRIDGED_MS / step);
    const column = (points, field) => {
      const values = new Array(count).fill(null);
      for (const point of points) values[Math.floor((point.at_ms - from) / step)] = point[field];
      return bridged(values, longest);
    };
    const times = Array.from({ length: count }, (_, index) => (from + index * step) / 1000);
    const holding = (steps, longestMs) => {
      let at = -1;
      return times.map((time) => {
        while (at + 1 < steps.length && steps[at + 1][0] <= time * 1000) at++;
        return at >= 0 && time * 1000 - steps[at][0] < longestMs ? steps[at][1] : null;
      });
    };
    const setpoint = holding(this.setpoints, Infinity);
    const shifted = (by) => setpoint.map((value) => (value === null ? null : value + by));
    const veil = (points) => [column(points, "max"), column(points, "min")];
    // What was said of outdoors holds an hour.
    const outdoor = holding(this.outdoors, 3_600_000);
    return [times, shifted(0.5), shifted(-0.5), setpoint, ...veil(first.points), ...veil(second.points), outdoor, column(first.points, "mean"), column(second.points, "mean"), column(presence.points, "mean"), ...this.heaters.map(([id]) => column(powers.heaters.find(({ heater }) => heater === id)?.points ?? [], "mean"))];
  }

  options(data, from, to) {
    const { zone } = this.dataset;
    const [upperName, lowerName] = this.dataset.names.split("|");
    const number = (digits) => new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    const [tenths, whole] = [number(1), number(0)];
    const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });
    const long = to - from > 2 * 86_400_000;
    const day = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", timeZone: zone });
    const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", timeZone: zone, hourCycle: "h23" });
    const moment = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", hour: "2-digit", minute: "2-digit", timeZone: zone, hourCycle: "h23" });
    const [ink, dark, line, ember, good, cool, bad] = ["muted", "ink2", "line", "ember", "good", "cool", "bad"].map(colour);
    // Thousands of values are too many for the arguments of a function.
    const bounds = (...columns) => {
      let [low, high] = [Infinity, -Infinity];
      for (const column of columns) for (const value of column) if (value !== null) [low, high] = [Math.min(low, value), Math.max(high, value)];
      return [low, high];
    };
    const [least, most] = bounds(data[SETPOINT], data[UPPER_LEAST], data[UPPER_MOST], data[OUTDOOR]);
    const [low, high] = least <= most ? [Math.floor(least - 0.5), Math.ceil(most + 0.5)] : [0, 1];
    const top = Math.max(100, bounds(data[LOWER_MOST])[1]);
    const room = (high - low) * POWER_PART / (1 - POWER_PART - 0.04);
    const degrees = (_, value) => (value === null ? "–" : `${tenths.format(value)} °C`);
    const watts = (_, value) => (value === null ? "–" : `${whole.format(value)} W`);
    const share = (_, value) => (value === null ? "–" : percent.format(value));
    // Below the lowest temperature the picture belongs to the power: no line there is one of a temperature.
    const ofTemperature = (_, ticks) => ticks.map((value) => (value < low ? null : value));
    const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
    const stepped = uPlot.paths.stepped({ align: 1 });
    const hidden = (scale) => ({ scale, stroke: "transparent", width: 0, points: { show: false }, paths: stepped });
    const isKnown = (column) => data[column].some((value) => value !== null);
    const series = [
      { value: (_, at) => (at === null ? "–" : moment.format(at * 1000)), label: "\u200b" },
      hidden("y"), hidden("y"),
      { label: this.dataset.setpointName, scale: "y", stroke: good, width: 1.5, dash: [4, 4], paths: stepped, points: { show: false }, value: degrees, show: isKnown(SETPOINT) },
      hidden("y"), hidden("y"), hidden("power"), hidden("power"),
      { label: this.dataset.outdoorName, scale: "y", stroke: ink, width: 1.5, dash: [2, 3], paths: stepped, points: { show: false }, value: degrees, show: isKnown(OUTDOOR) },
      { label: upperName, scale: "y", stroke: ember, width: 2, points: { show: false }, value: degrees, spanGaps: false },
      { label: lowerName, scale: "power", stroke: faded(cool, 0.7), fill: faded(cool, 0.22), width: 1, paths: stepped, points: { show: false }, value: watts },
      { ...hidden("present"), label: this.dataset.presenceName, value: share, show: Boolean(this.dataset.presenceName) },
      ...this.heaters.map(([, name], index) => ({ label: name, scale: "power", stroke: dark, width: 1.5, dash: DASHES[index % DASHES.length], paths: stepped, points: { show: false }, value: watts })),
    ];
    return {
      width: this.clientWidth,
      height: HEIGHT,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
      padding: [12, 4, 0, 0],
      scales: {
        x: { time: true },
        y: { range: [low - room, high] },
        power: { range: [this.dataset.presenceName ? -PRESENT_PART * top / POWER_PART : 0, top / POWER_PART] },
        present: { range: [0, 1] },
      },
      axes: [
        { ...axis, size: 32, space: long ? 90 : 64, grid: { show: false }, values: (_, ticks) => ticks.map((at) => (long ? day : clock).format(at * 1000)) },
        { ...axis, grid: { ...axis.grid, filter: ofTemperature }, scale: "y", size: 56, incrs: [1, 2, 5, 10, 20, 50], filter: ofTemperature, values: (_, ticks) => ticks.map((value) => (value === null ? "" : `${whole.format(value)} °C`)) },
        { ...axis, scale: "power", side: 1, size: 60, grid: { show: false }, filter: (_, ticks) => ticks.map((value) => (value < 0 || value > top * 1.1 ? null : value)), values: (_, ticks) => ticks.map((value) => (value === null ? "" : `${whole.format(value)} W`)) },
      ],
      series,
      bands: [
        { series: [HIGH, LOW], fill: faded(good, 0.12) },
        { series: [UPPER_MOST, UPPER_LEAST], fill: faded(ember, 0.25) },
        { series: [LOWER_MOST, LOWER_LEAST], fill: faded(cool, 0.25) },
      ],
      legend: { show: false },
      cursor: { drag: { x: true, y: false, setScale: false }, sync: { key: SYNC, setSeries: false } },
      hooks: {
        drawClear: [(plot) => this.markEvents(plot, { override: faded(good, 0.6), alarm: bad }), (plot) => this.markPresent(plot, dark)],
        draw: [(plot) => this.markNow(plot, ink)],
        setCursor: [(plot) => this.read(plot)],
        setSelect: [(plot) => this.zoom(plot)],
      },
    };
  }

  // A stretch was dragged over: it is asked for again, in finer steps.
  zoom(plot) {
    const { left, width } = plot.select;
    if (width < 8) return;
    const at = (x) => Math.round(plot.posToVal(x, "x") * 1000);
    const [from, to] = [at(left), Math.min(at(left + width), this.whole[1])];
    plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    if (to - from >= 6 * FINEST_MS) this.show(from, to);
  }

  // What the lines are, and what they say under the cursor; without one, the newest of each.
  read(plot) {
    if (!this.keys) return;
    // The setpoint goes on beyond now; what holds now is meant.
    const now = plot.data[0].findLastIndex((time) => time * 1000 <= this.whole[1]);
    const newest = (column) => column.findLastIndex((value, index) => value !== null && index <= now);
    const at = plot.cursor.idx;
    const entries = plot.series.map((series, index) => ({ series, index })).filter(({ series, index }) => this.key(index) && series.show);
    const time = document.createElement("span");
    const moment = at === null || at === undefined ? null : plot.data[0][at];
    const during = this.events.filter(([from, to]) => moment !== null && from <= moment * 1000 && moment * 1000 < to);
    time.textContent = moment === null ? "" : [plot.series[0].value(plot, moment), ...during.map(([, , text]) => text)].join(" · ");
    const kinds = [["override", this.dataset.overridesName], ["alarm", this.dataset.alarmsName]];
    const happened = kinds.filter(([kind]) => this.events.some(([, , , of]) => of === kind)).map(([kind, name]) => {
      const key = document.createElement("span");
      key.className = `key ${kind}`;
      key.textContent = name;
      return key;
    });
    this.keys.replaceChildren(...entries.map(({ series, index }) => {
      const column = plot.data[index];
      const key = document.createElement("span");
      key.className = `key ${this.key(index)}`;
      const value = document.createElement("strong");
      value.textContent = series.value(plot, column[at ?? newest(column)] ?? null);
      key.append(`${series.label} `, value);
      return key;
    }), ...happened, time);
  }

  // The class of a line's key; lines that only bound others have none.
  key(index) {
    return index < HEATERS ? KEYS[index] : `heater dash-${(index - HEATERS) % DASHES.length}`;
  }

  // Overrides stand above the lines for as long as they held, and below them alarms for as long as they lasted.
  markEvents(plot, fills) {
    const { ctx, bbox } = plot;
    const end = bbox.left + bbox.width;
    const x = (ms) => Math.min(Math.max(plot.valToPos(ms / 1000, "x", true), bbox.left), end);
    ctx.save();
    for (const [from, to, , kind] of this.events) {
      const [top, height] = STRIPS[kind].map((pixels) => pixels * devicePixelRatio);
      if (x(to) <= bbox.left || x(from) >= end) continue;
      ctx.fillStyle = fills[kind];
      ctx.fillRect(x(from), bbox.top + top, Math.max(x(to) - x(from), 2 * devicePixelRatio), height);
    }
    ctx.restore();
  }

  // A strip at the bottom, the darker the more of a step somebody was there.
  markPresent(plot, ink) {
    const { ctx, bbox } = plot;
    const [times, present] = [plot.data[0], plot.data[PRESENT]];
    const height = PRESENT_HEIGHT * devicePixelRatio;
    const x = (index) => plot.valToPos(times[Math.min(index, times.length - 1)], "x", true);
    ctx.save();
    ctx.fillStyle = ink;
    for (let index = 0; index < times.length; index++) {
      if (!present[index]) continue;
      ctx.globalAlpha = Math.min(1, present[index]);
      ctx.fillRect(x(index), bbox.top + bbox.height - height, Math.max(x(index + 1) - x(index), 1), height);
    }
    ctx.restore();
  }

  markNow(plot, ink) {
    const to = this.whole[1] / 1000;
    if (Number(this.dataset.end) / 1000 <= to || plot.scales.x.max <= to) return;
    const x = Math.round(plot.valToPos(to, "x", true));
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = ink;
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
    const gap = 6 * devicePixelRatio;
    const fits = x + gap + ctx.measureText(this.dataset.nowName).width < bbox.left + bbox.width;
    ctx.textAlign = fits ? "left" : "right";
    ctx.fillText(this.dataset.nowName, fits ? x + gap : x - gap, bbox.top + 12 * devicePixelRatio);
    ctx.restore();
  }
}

customElements.define("hypocaust-chart", HypocaustChart);
