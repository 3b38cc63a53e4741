// Shows one floor after another where a building has several. Without script all of them stand below each other, and so they do
// for whoever wants no motion. A touch or a key holds the floor that is shown, another one goes on.

const EVERY_MS = 15_000;
const floors = document.querySelector(".floors");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let shown = 0;
let held = false;

function show() {
  const all = [...floors.children];
  all.forEach((floor, index) => { floor.hidden = !calm.matches && index !== shown % all.length; });
}
// The page's words are made on the server, and replaced now and then: the new floors are hidden before they are painted.
new MutationObserver(show).observe(floors, { childList: true });
calm.addEventListener("change", show);
for (const event of ["pointerdown", "keydown"]) addEventListener(event, () => { held = !held; });
setInterval(() => {
  if (held || document.hidden) return;
  shown += 1;
  show();
}, EVERY_MS);
show();
