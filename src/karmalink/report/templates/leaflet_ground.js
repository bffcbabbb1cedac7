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
paint(L.polygon(D.outline, { renderer: canvases.lines, interactive: false }), () => ({ fill: false, color: colour("ink"), weight: 1.5 }));

// Names are HTML, so that the browser shapes Khmer; those that would lie on one another are left out, the nearest stay.
const names = L.layerGroup().addTo(map), KHMER = /[\u1780-\u17ff]/;
const ruler = document.createElement("canvas").getContext("2d");
function widthOf(text, size) { ruler.font = `600 ${size}px sans-serif`; return ruler.measureText(text).width + 4; }


// Rows of { text, at: [lat, lon], as: classes, size: px }, the most important first.
function layNames(rows) {
  names.clearLayers();
  const taken = [], view = map.getBounds().pad(0.05), size = map.getSize();
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

// The places that are spoken of, then those people know their way by.
function placeRows() {
  const row = place => ({ text: place.name, at: [place.at[1], place.at[0]], as: `${place.lines ? "spread" : ""}${place.spoken ? " spoken" : ""}`, size: place.spoken ? 14 : 13 });
  return [D.places.filter(place => place.spoken).map(row), D.places.filter(place => !place.spoken).map(row)];
}
