// <hypocaust-chart>: a temperature with its setpoint above, a power below, on one time axis.

const language = document.documentElement.lang;
const HEIGHT = 328;
const POINTS = 480;
// The lower part of the picture belongs to the power.
const POWER_PART = 0.26;
// Longer than this without a reading is shown as a gap.
const BRIDGED_MS = 20 * 60_000;

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

class HypocaustChart extends HTMLElement {
  connectedCallback() {
    this.draw().catch((error) => {
      console.error("the chart could not be drawn", error);
      this.say(this.dataset.broken);
    });
  }

  disconnectedCallback() {
    this.observer?.disconnect();
    this.plot?.destroy();
  }

  say(text) {
    const line = document.createElement("p");
    line.className = "blank";
    line.textContent = text;
    this.replaceChildren(line);
  }

  async series(metric) {
    const { site, room, heater, from, to } = this.dataset;
    const query = new URLSearchParams({ site, metric, from, to, points: POINTS });
    query.set(room ? "room" : "heater", room ?? heater);
    const answer = await fetch(`/api/v1/series?${query}`);
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  async draw() {
    const [first, second] = await Promise.all(this.dataset.metrics.split(",").map((metric) => this.series(metric)));
    if (first.points.length + second.points.length === 0) return this.say(this.dataset.nothing);
    const data = this.lay(first, second);
    this.replaceChildren();
    this.plot = new uPlot(this.options(data), data, this);
    this.keys = document.createElement("p");
    this.keys.className = "keys";
    this.append(this.keys);
    this.read(this.plot);
    this.observer = new ResizeObserver(() => this.plot.setSize({ width: this.clientWidth, height: HEIGHT }));
    this.observer.observe(this);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", () => location.reload(), { once: true });
  }

  // All series on the steps of the first, and the setpoint on to the end of the picture.
  lay(first, second) {
    const { step_ms: step, from_ms: from } = first;
    const end = Number(this.dataset.end);
    const count = Math.ceil((end - from) / step);
    const column = (points) => {
      const values = new Array(count).fill(null);
      for (const point of points) values[Math.floor((point.at_ms - from) / step)] = point.mean;
      return bridged(values, Math.ceil(BRIDGED_MS / step));
    };
    const [upper, lower] = [column(first.points), column(second.points)];
    const steps = this.dataset.setpoints.split(" ").filter(Boolean).map((text) => text.split(":").map(Number));
    const times = upper.map((_, index) => (from + index * step) / 1000);
    const setpoint = times.map((time) => steps.findLast(([at]) => at <= time * 1000)?.[1] ?? null);
    const shifted = (by) => setpoint.map((value) => (value === null ? null : value + by));
    return [times, shifted(0.5), shifted(-0.5), setpoint, upper, lower];
  }

  options(data) {
    const { zone } = this.dataset;
    const [upperName, lowerName] = this.dataset.names.split("|");
    const number = (digits) => new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    const [tenths, whole] = [number(1), number(0)];
    const long = (Number(this.dataset.to) - Number(this.dataset.from)) > 2 * 86_400_000;
    const day = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", timeZone: zone });
    const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", timeZone: zone, hourCycle: "h23" });
    const moment = new Intl.DateTimeFormat(language, { weekday: "short", hour: "2-digit", minute: "2-digit", timeZone: zone, hourCycle: "h23" });
    const [ink, line, ember, good, cool] = ["muted", "line", "ember", "good", "cool"].map(colour);
    const known = (...columns) => columns.flat().filter((value) => value !== null);
    const temperatures = known(data[3], data[4]);
    const [low, high] = temperatures.length ? [Math.floor(Math.min(...temperatures) - 0.5), Math.ceil(Math.max(...temperatures) + 0.5)] : [0, 1];
    const most = Math.max(100, ...known(data[5]));
    const room = (high - low) * POWER_PART / (1 - POWER_PART - 0.04);
    const degrees = (_, value) => (value === null ? "–" : `${tenths.format(value)} °C`);
    const watts = (_, value) => (value === null ? "–" : `${whole.format(value)} W`);
    const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
    const hidden = { scale: "y", stroke: "transparent", width: 0, points: { show: false }, };
    const stepped = uPlot.paths.stepped({ align: 1 });
    return {
      width: this.clientWidth,
      height: HEIGHT,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
      padding: [12, 4, 0, 0],
      scales: {
        x: { time: true },
        y: { range: [low - room, high] },
        power: { range: [0, most / POWER_PART] },
      },
      axes: [
        { ...axis, size: 32, space: long ? 90 : 64, grid: { show: false }, values: (_, ticks) => ticks.map((at) => (long ? day : clock).format(at * 1000)) },
        { ...axis, scale: "y", size: 56, incrs: [1, 2, 5, 10, 20, 50], filter: (_, ticks) => ticks.map((value) => (value < low ? null : value)), values: (_, ticks) => ticks.map((value) => (value === null ? "" : `${whole.format(value)} °C`)) },
        { ...axis, scale: "power", side: 1, size: 60, grid: { show: false }, filter: (_, ticks) => ticks.map((value) => (value > most * 1.1 ? null : value)), values: (_, ticks) => ticks.map((value) => (value === null ? "" : `${whole.format(value)} W`)) },
      ],
      series: [
        { value: (_, at) => (at === null ? "–" : moment.format(at * 1000)), label: "\u200b" },
        { ...hidden, paths: stepped },
        { ...hidden, paths: stepped },
        { label: this.dataset.setpointName, scale: "y", stroke: good, width: 1.5, dash: [4, 4], paths: stepped, points: { show: false }, value: degrees, show: temperatures.length > 0 && Boolean(this.dataset.setpointName) },
        { label: upperName, scale: "y", stroke: ember, width: 2, points: { show: false }, value: degrees, spanGaps: false },
        { label: lowerName, scale: "power", stroke: faded(cool, 0.7), fill: faded(cool, 0.22), width: 1, paths: stepped, points: { show: false }, value: watts },
      ],
      bands: [{ series: [1, 2], fill: faded(good, 0.12) }],
      legend: { show: false },
      cursor: { drag: { x: true, y: false } },
      hooks: { draw: [(plot) => this.markNow(plot, ink)], setCursor: [(plot) => this.read(plot)] },
    };
  }

  // What the lines are, and what they say under the cursor; without one, the newest of each.
  read(plot) {
    if (!this.keys) return;
    // The setpoint goes on beyond now; what holds now is meant.
    const now = plot.data[0].findLastIndex((time) => time * 1000 <= Number(this.dataset.to));
    const newest = (column) => column.findLastIndex((value, index) => value !== null && index <= now);
    const at = plot.cursor.idx;
    const entries = plot.series.map((series, index) => ({ series, index })).filter(({ series, index }) => index > 2 && series.show);
    const time = document.createElement("span");
    time.textContent = at === null || at === undefined ? "" : plot.series[0].value(plot, plot.data[0][at]);
    this.keys.replaceChildren(...entries.map(({ series, index }) => {
      const column = plot.data[index];
      const key = document.createElement("span");
      key.className = `key ${["", "", "", "setpoint", "heat", "compute"][index]}`;
      const value = document.createElement("strong");
      value.textContent = series.value(plot, column[at ?? newest(column)] ?? null);
      key.append(`${series.label} `, value);
      return key;
    }), time);
  }

  markNow(plot, ink) {
    const to = Number(this.dataset.to) / 1000;
    if (Number(this.dataset.end) / 1000 <= to) return;
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
