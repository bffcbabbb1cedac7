// What the reader does: point at a spot, move a witness, turn layers on and off.
const area = km2 => (km2 >= 1 ? `${Number(km2.toPrecision(3))} km²` : `${Number((100 * km2).toPrecision(3))} ha`);
const size = metres => (metres >= 1000 ? `${Number((metres / 1000).toPrecision(3))} km` : `${Number(metres.toPrecision(3))} m`);
const times = factor => (factor >= 9.95 ? String(Math.round(factor)) : String(Number(factor.toPrecision(2))));

function readSpot(latlng) {
  const block = blockAt(latlng), table = $("behind");
  $("spot").textContent = block < 0 ? "outside the map" : per100(now.probability[block]);
  if (block < 0) { $("here").textContent = "Outside the map."; table.hidden = true; return; }
  const spot = `${latlng.lat.toFixed(5)}, ${latlng.lng.toFixed(5)}`;
  $("here").textContent = `${spot}: it lies within this block of ${size(G.block_m)} with ${per100(now.probability[block])} probability.`;
  const rows = CLUES.filter(clue => !clue.repeats).map(clue => ({ clue, log2: D.fit_step * clue.fit[block] })).filter(row => Math.abs(row.log2) >= 0.25);
  rows.sort((a, b) => b.log2 - a.log2);
  table.tBodies[0].replaceChildren(...rows.map(({ clue, log2 }) => {
    const row = document.createElement("tr"), head = document.createElement("th"), cell = document.createElement("td");
    head.scope = "row";
    head.textContent = `${clue.says} (${D.names[clue.witness]})`;
    cell.className = "number";
    cell.textContent = log2 > 0 ? `${times(2 ** log2)} × likelier` : log2 <= -15 ? "hardly possible" : `${times(2 ** -log2)} × less likely`;
    row.append(head, cell);
    return row;
  }));
  table.hidden = !rows.length;
}

function showMoved() {
  mixAgain();
  const isMoved = now.at.some(value => value !== null);
  regions = regionsOf(now.probability, REGION_LINES.map(([mass]) => mass));
  document.querySelectorAll("[data-mass]").forEach((cell, k) => { cell.textContent = isMoved ? area(regions[k].km2) : D.said.regions[k]; });
  $("beyond").textContent = isMoved ? per100(now.beyond) : D.said.beyond;
  const shift = 0.5 * (Math.abs(now.beyond - D.rest_of_world) + BASE.reduce((total, value, block) => total + Math.abs(value - now.probability[block]), 0));
  $("moved").hidden = !isMoved;
  $("moved").textContent = isMoved ? `Moved by hand: ${per100(shift)} of the probability lies elsewhere than in the case.` : "";
  $("reset").disabled = !isMoved;
  blocks.draw();
}

document.querySelectorAll(".witness input").forEach((input, number) => {
  const said = input.parentElement.querySelector("output"), start = [input.value, said.textContent];
  input.addEventListener("input", () => { now.at[number] = Number(input.value) / 100; said.textContent = `${input.value} %`; showMoved(); });
  input.addEventListener("reset", () => { [input.value, said.textContent] = start; });
});
$("reset")?.addEventListener("click", () => {
  now.at.fill(null);
  document.querySelectorAll(".witness input").forEach(input => input.dispatchEvent(new Event("reset")));
  showMoved();
});
document.querySelectorAll("[data-layer]").forEach(box => { box.addEventListener("change", () => layer(box.dataset.layer, box.checked)); layer(box.dataset.layer, box.checked); });
document.querySelectorAll("[data-clue]").forEach(box => box.addEventListener("change", () => { const outline = outlines[Number(box.dataset.clue)]; if (box.checked) outline.addTo(map); else outline.remove(); }));
map.on("mousemove click", event => readSpot(event.latlng));
$("map").addEventListener("keydown", event => { if (event.key === "Enter") readSpot(map.getCenter()); });

const LOOKS = ["auto", "day", "night", "sun"];
let looks = 0;
function look(name) {
  if (name === "auto") delete document.documentElement.dataset.look; else document.documentElement.dataset.look = name;
  $("look").textContent = `Look: ${name}`;
  repaint(); blocks.draw();
}
$("look").addEventListener("click", () => { looks = (looks + 1) % LOOKS.length; look(LOOKS[looks]); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { repaint(); blocks.draw(); });
addEventListener("beforeprint", () => { map.invalidateSize(); map.fitBounds(HOME, { animate: false }); });
look("auto"); showNames();
