// <hypocaust-cursor> around the picture of a room's day: a line across air and power that follows pointer and keys, and
// the values of its moment in the keys below. All of it is in the page; without script the tables have the same.

class HypocaustCursor extends HTMLElement {
  connectedCallback() {
    this.moments = this.dataset.moments.split("\n").map((line) => {
      const [percent, when, ...values] = line.split("|");
      return { percent: Number(percent), when, values };
    });
    this.keys = [...this.closest("section").querySelectorAll(".keys [data-value]")];
    this.rest = this.keys.map((key) => key.textContent);
    this.when = this.closest("section").querySelector(".keys .when");
    this.index = Number(this.dataset.now);
    this.line = this.appendChild(document.createElement("i"));
    this.role = "slider";
    this.tabIndex = 0;
    this.ariaValueMin = 0;
    this.ariaValueMax = this.moments.length - 1;
    this.announce();
    this.leave();
    if (this.isListening) return;
    this.isListening = true;
    this.addEventListener("pointerdown", (event) => this.point(event));
    this.addEventListener("pointermove", (event) => this.point(event));
    this.addEventListener("pointerleave", () => this.leave());
    this.addEventListener("focus", () => this.matches(":focus-visible") && this.read());
    this.addEventListener("blur", () => this.leave());
    this.addEventListener("keydown", (event) => this.press(event));
  }

  disconnectedCallback() {
    this.line.remove();
  }

  point(event) {
    const { left, width } = this.getBoundingClientRect();
    const percent = (event.clientX - left) / width * 100;
    const off = ({ percent: at }) => Math.abs(at - percent);
    this.index = this.moments.reduce((best, moment, index) => (off(moment) < off(this.moments[best]) ? index : best), 0);
    this.read();
  }

  press(event) {
    const last = this.moments.length - 1;
    const to = { ArrowLeft: this.index - 1, ArrowRight: this.index + 1, PageDown: this.index - 6, PageUp: this.index + 6, Home: 0, End: last }[event.key];
    if (event.key === "Escape") this.leave();
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.index = Math.min(last, Math.max(0, to));
    this.read();
  }

  // Shows the line and what holds where it stands.
  read() {
    const { percent, when, values } = this.moments[this.index];
    this.line.hidden = false;
    this.line.style.left = `${percent}%`;
    this.when.textContent = when;
    for (const key of this.keys) key.textContent = values[key.dataset.value];
    this.announce();
  }

  // Nobody points anywhere: the keys say again what they said at first.
  leave() {
    this.line.hidden = true;
    this.when.textContent = "";
    this.keys.forEach((key, index) => { key.textContent = this.rest[index]; });
  }

  announce() {
    const { when, values } = this.moments[this.index];
    const known = this.keys.filter((key) => values[key.dataset.value] !== "–");
    const name = (key) => key.parentElement.firstChild.textContent.trim();
    this.ariaValueNow = this.index;
    this.ariaValueText = [when, ...known.map((key) => `${name(key)} ${values[key.dataset.value]}`)].join(", ");
  }
}

customElements.define("hypocaust-cursor", HypocaustCursor);
