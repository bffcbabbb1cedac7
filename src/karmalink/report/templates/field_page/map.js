// What a searcher needs on the ground: probability, segments, closures, dangers, where I am, what was walked.
for (const { shade, rings } of D.shades) paint(L.polygon(rings, { renderer: canvases.probability, interactive: false }), () => ({ stroke: false, fillColor: colour("heat"), fillOpacity: (0.82 * shade) / 8 }));

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

function showNames() {
  const [spoken, others] = placeRows(), next = segments.get(state.next);
  const rows = next ? [{ text: next.name, at: [next.at[1], next.at[0]], as: "here", size: 15 }] : [];
  rows.push(...spoken, ...others.splice(0, 24));
  if (segmentPx() > 46) for (const segment of D.segments) rows.push({ text: segment.name, at: [segment.at[1], segment.at[0]], as: "cut", size: 12 });
  rows.push(...others);
  layNames(rows);
}
map.on("moveend zoomend resize", showNames);
