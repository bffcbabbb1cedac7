// The map: everything on it is in this file; there are no tiles and nothing is fetched.
const [WEST, SOUTH, EAST, NORTH] = D.bounds;
const HOME = L.latLngBounds([SOUTH, WEST], [NORTH, EAST]);
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
const map = L.map("map", { attributionControl: false, zoomSnap: 0.25, zoomDelta: 0.5, maxZoom: 21, maxBounds: HOME.pad(0.6), zoomAnimation: !still, fadeAnimation: !still, inertia: !still });
map.fitBounds(HOME, { animate: false });
map.setMinZoom(map.getZoom() - 0.5);
L.control.scale({ imperial: false, maxWidth: 110, position: "bottomright" }).addTo(map);
for (const [name, z] of [["base", 210], ["probability", 220], ["lines", 230], ["ground", 240], ["walked", 250]]) map.createPane(name).style.zIndex = z;
const canvases = Object.fromEntries(["base", "probability", "lines", "walked"].map(pane => [pane, L.canvas({ pane, padding: 0.3 })]));
const svg = L.svg({ pane: "ground", padding: 0.3 });
const painted = [];
const colour = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

// A layer keeps its style as a function: light, dark and sun change it.
function paint(layer, style) { painted.push([layer, style]); layer.setStyle(style()); return layer.addTo(map); }
function repaint() { for (const [layer, style] of painted) layer.setStyle(style()); }

const KINDS = {
  water: ["water", "lake", "pond", "sea", "reservoir"], stream: ["river", "stream", "canal", "waterway", "ditch"], rail: ["rail", "railway", "tram", "light_rail", "subway"],
  road: ["road", "street", "highway", "dyke"], path: ["path", "track"], field: ["field", "fields", "paddy", "orchard", "park", "forest", "wood", "grove", "grass"],
};
const kindOf = place => Object.keys(KINDS).find(name => KINDS[name].includes(place.kind)) ?? "other";

function drawPlace(place) {
  if (!place.lines) return;
  const kind = kindOf(place);
  if (place.surface) {
    const fill = kind === "water" || kind === "stream" ? "water" : kind === "field" ? "field" : "";
    paint(L.polygon(place.lines, { renderer: canvases.base, interactive: false }), () => ({ stroke: !fill, weight: 1, color: colour("line"), fill: Boolean(fill), fillColor: fill && colour(fill), fillOpacity: 1 }));
    return;
  }
  const line = (ink, weight, dash) => paint(L.polyline(place.lines, { renderer: kind === "stream" ? canvases.base : canvases.lines, interactive: false }), () => ({ color: colour(ink), weight, dashArray: dash, opacity: 1 }));
  if (kind === "stream") line("water", 6);
  else if (kind === "rail") { line("ink", 3.4); line("raised", 1.6, "7 7"); }
  else if (kind === "road") { line("stone", 3.6); line("raised", 2); }
  else line("stone", 1.4, kind === "path" ? "4 4" : "2 4");
}

paint(L.polygon([[[SOUTH - 5, WEST - 5], [SOUTH - 5, EAST + 5], [NORTH + 5, EAST + 5], [NORTH + 5, WEST - 5]], ...D.outline], { renderer: canvases.base, interactive: false }), () => ({ stroke: false, fillColor: colour("faint"), fillOpacity: 0.7 }));
D.places.forEach(drawPlace);
for (const { shade, rings } of D.shades) paint(L.polygon(rings, { renderer: canvases.probability, interactive: false }), () => ({ stroke: false, fillColor: colour("heat"), fillOpacity: (0.82 * shade) / 8 }));
paint(L.polygon(D.outline, { renderer: canvases.lines, interactive: false }), () => ({ fill: false, color: colour("ink"), weight: 1.5 }));

const segments = new Map(D.segments.map(segment => [segment.name, segment]));
const segmentPx = () => { const xs = (segments.get(D.segments[0].name).rings[0] ?? []).map(point => map.latLngToContainerPoint(point).x); return Math.max(...xs) - Math.min(...xs); };
// Hundreds of small segments would veil the tint with their lines: from afar they are faint.
const FINE_PX = 28;
let fine = segmentPx() < FINE_PX;
map.on("zoomend", () => { if (fine !== segmentPx() < FINE_PX) { fine = !fine; repaint(); } });
const shapes = new Map();
for (const segment of D.segments) {
  const shape = L.polygon(segment.rings, { renderer: svg, className: "segment" });
  shape.on("click", event => { L.DomEvent.stopPropagation(event); if (!standing(event.latlng)) choose(segment.name); });
  shapes.set(segment.name, paint(shape, () => segmentStyle(segment.name)));
}
for (const [what, rows] of [["closed", D.closures], ["danger", D.dangers]]) {
  for (const row of rows) if (row.rings.length) paint(L.polygon(row.rings, { renderer: svg, interactive: false, className: `hatch ${what}` }), () => ({ color: colour(what === "danger" ? "lotus" : "stone"), weight: what === "danger" ? 2 : 1.2, fillOpacity: 0.7 }));
}

function segmentStyle(name) {
  const chosen = name === state.next, done = isDone(name);
  return { color: colour(chosen ? "saffron-text" : "ink"), weight: chosen ? 4 : 0.7, opacity: chosen ? 1 : fine ? 0.12 : 0.32, fillColor: colour(done ? "rice" : "raised"), fillOpacity: done ? 0.32 : 0.01 };
}

const me = { dot: L.circleMarker([0, 0], { radius: 8, weight: 3, interactive: false, renderer: svg }), ring: L.circle([0, 0], { weight: 1, interactive: false, renderer: svg }), way: L.polyline([], { weight: 2.5, dashArray: "3 7", interactive: false, renderer: svg }) };
painted.push([me.dot, () => ({ color: colour("raised"), fillColor: colour("lotus"), fillOpacity: 1, opacity: 1 })], [me.ring, () => ({ color: colour("lotus"), fillColor: colour("lotus"), fillOpacity: 0.1 })], [me.way, () => ({ color: colour("ink") })]);

function showMe() {
  if (!state.here) return;
  me.ring.setLatLng(state.here.at).setRadius(Math.min(state.here.accuracy ?? 0, 500)).addTo(map);
  const next = segments.get(state.next);
  me.way.setLatLngs(next && !inside(state.here.at, next.rings) ? [state.here.at, [next.at[1], next.at[0]]] : []).addTo(map);
  me.dot.setLatLng(state.here.at).addTo(map).bringToFront();
  for (const [layer, style] of painted.slice(-9)) if (Object.values(me).includes(layer)) layer.setStyle(style());
}

// At the first fix: the searcher and the next segment on one screen, without zooming in farther than that.
function bothInSight() {
  const next = segments.get(state.next), view = L.latLngBounds([state.here.at, state.here.at]);
  if (next) next.rings.flat().forEach(point => view.extend(point));
  if (!map.getBounds().contains(view)) map.fitBounds(view.pad(0.15), { maxZoom: map.getZoom() });
}

const walked = L.layerGroup().addTo(map);
function showWalked() {
  walked.clearLayers();
  const rows = [...log.entries.filter(entry => !entry.taken_back), ...(log.running ? [log.running] : [])];
  for (const entry of rows) {
    const pieces = new Map();
    for (const fix of fixesOf(entry)) { if (!pieces.has(fix[0])) pieces.set(fix[0], []); pieces.get(fix[0]).push([fix[2], fix[1]]); }
    for (const points of pieces.values()) L.polyline(points, { renderer: canvases.walked, interactive: false, color: colour(entry === log.running ? "lotus" : "ink"), weight: entry === log.running ? 4 : 2.5, opacity: 0.9 }).addTo(walked);
  }
}

// Names are HTML, so that the browser shapes Khmer; those that would lie on one another are left out, the nearest stay.
const names = L.layerGroup().addTo(map), KHMER = /[\u1780-\u17ff]/;
const ruler = document.createElement("canvas").getContext("2d");
function widthOf(text, size) { ruler.font = `600 ${size}px sans-serif`; return ruler.measureText(text).width + 4; }

function showNames() {
  names.clearLayers();
  const taken = [], view = map.getBounds().pad(0.05), size = map.getSize();
  const rows = [];
  const next = segments.get(state.next);
  if (next) rows.push({ text: next.name, at: [next.at[1], next.at[0]], as: "here", size: 15 });
  for (const place of D.places) if (place.spoken) rows.push({ text: place.name, at: [place.at[1], place.at[0]], as: place.lines ? "spread spoken" : "spoken", size: 14 });
  const others = D.places.filter(place => !place.spoken).map(place => ({ text: place.name, at: [place.at[1], place.at[0]], as: place.lines ? "spread" : "", size: 13 }));
  rows.push(...others.splice(0, 24));
  if (segmentPx() > 46) for (const segment of D.segments) rows.push({ text: segment.name, at: [segment.at[1], segment.at[0]], as: "cut", size: 12 });
  rows.push(...others);
  let shown = 0;
  for (const row of rows) {
    if (shown > 150) break;
    if (!view.contains(row.at)) continue;
    const point = map.latLngToContainerPoint(row.at), tall = KHMER.test(row.text) ? 26 : 18, wide = widthOf(row.text, row.size);
    const onIt = /here|cut|spread/.test(row.as), free = left => left >= 2 && left + wide <= size.x - 2 && !taken.some(other => left < other[2] && other[0] < left + wide && point.y - tall / 2 < other[3] && other[1] < point.y + tall / 2);
    // A long name near the right edge, or with another name in its way, stands to the left of its dot.
    const left = (onIt ? [point.x - wide / 2] : [point.x + 8, point.x - 8 - wide]).find(free);
    if (left === undefined) continue;
    taken.push([onIt ? left : Math.min(left, point.x - 6), point.y - tall / 2, onIt ? left + wide : Math.max(left + wide, point.x + 6), point.y + tall / 2]);
    const span = document.createElement("span");
    span.textContent = row.text;
    if (KHMER.test(row.text)) span.lang = "km";
    const icon = L.divIcon({ className: `name ${row.as}${onIt ? " on" : left < point.x ? " before" : ""}`, html: span, iconSize: null });
    L.marker(row.at, { icon, interactive: false, keyboard: false }).addTo(names);
    shown += 1;
  }
}
map.on("moveend zoomend resize", showNames);
