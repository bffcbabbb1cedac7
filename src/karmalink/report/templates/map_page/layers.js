// What lies on the map: the blocks in one tint, the regions' edges, clues by witness, searches, plan, closures and dangers.
const CORNERS = Array.from({ length: (G.rows + 1) * (G.cols + 1) }, (_, k) => onEarth(k % (G.cols + 1), Math.floor(k / (G.cols + 1))));
const corner = (row, column) => row * (G.cols + 1) + column;
const REGION_LINES = [[0.5, 2.4, []], [0.8, 1.6, [7, 4]], [0.95, 1.2, [2, 4]]];
let regions = regionsOf(BASE, REGION_LINES.map(([mass]) => mass));

// One canvas for all blocks: polygons of Leaflet's own would be twelve thousand objects.
const Blocks = L.Layer.extend({
  onAdd(on) {
    this.canvas = L.DomUtil.create("canvas", "leaflet-zoom-hide", on.getPane("probability"));
    on.on("moveend zoomend resize", this.draw, this);
    this.draw();
  },
  onRemove(on) { this.canvas.remove(); on.off("moveend zoomend resize", this.draw, this); },
  draw() {
    const size = map.getSize(), sharp = window.devicePixelRatio || 1, pen = this.canvas.getContext("2d");
    L.DomUtil.setPosition(this.canvas, map.containerPointToLayerPoint([0, 0]));
    Object.assign(this.canvas, { width: size.x * sharp, height: size.y * sharp });
    Object.assign(this.canvas.style, { width: `${size.x}px`, height: `${size.y}px` });
    pen.scale(sharp, sharp);
    const points = CORNERS.map(at => map.latLngToContainerPoint(at));
    const density = Float64Array.from(now.probability, (value, block) => (CELLS[block] ? value / CELLS[block] : 0));
    if (shown.has("probability")) this.fill(pen, points, density);
    if (shown.has("regions")) this.edges(pen, points, density);
  },
  fill(pen, points, density) {
    const top = density.reduce((most, value) => Math.max(most, value), 0);
    pen.fillStyle = colour("heat");
    for (let block = 0; block < COUNT; block++) {
      const shade = Math.sqrt(density[block] / top);
      if (!(shade > 0.06)) continue; // the faintest are most of the map and say nothing
      pen.globalAlpha = 0.85 * shade;
      const row = Math.floor(block / G.cols), column = block % G.cols;
      pen.beginPath();
      for (const k of [corner(row, column), corner(row, column + 1), corner(row + 1, column + 1), corner(row + 1, column)]) pen.lineTo(points[k].x, points[k].y);
      pen.fill();
    }
    pen.globalAlpha = 1;
  },
  edges(pen, points, density) {
    pen.strokeStyle = colour("ink");
    regions.forEach(({ least }, k) => {
      const within = (row, column) => row >= 0 && column >= 0 && row < G.rows && column < G.cols && CELLS[row * G.cols + column] > 0 && density[row * G.cols + column] >= least;
      pen.lineWidth = REGION_LINES[k][1];
      pen.setLineDash(REGION_LINES[k][2]);
      pen.beginPath();
      const line = (a, b) => { pen.moveTo(points[a].x, points[a].y); pen.lineTo(points[b].x, points[b].y); };
      for (let row = 0; row <= G.rows; row++) for (let column = 0; column <= G.cols; column++) {
        if (within(row, column) !== within(row - 1, column)) line(corner(row, column), corner(row, column + 1));
        if (within(row, column) !== within(row, column - 1)) line(corner(row, column), corner(row + 1, column));
      }
      pen.stroke();
    });
    pen.setLineDash([]);
  },
});

const shown = new Set([...document.querySelectorAll("[data-layer]")].filter(box => box.checked).map(box => box.dataset.layer));
paint(L.polygon(D.outline, { renderer: canvases.lines, interactive: false }), () => ({ fill: false, color: colour("ink"), weight: 1.5 }));
const blocks = new Blocks().addTo(map);

const groups = Object.fromEntries(["searched", "closed", "danger", "plan", "best", "last_known"].map(name => [name, L.layerGroup()]));
const hatched = (rows, group, kind, ink) => rows.forEach(row => { if (row.rings.length) paint(L.polygon(row.rings, { renderer: svg, interactive: false, className: `hatch ${kind}` }), () => ({ color: colour(ink), weight: 1.4, fillOpacity: 0.7 })).remove().addTo(groups[group]); });
hatched(D.searched, "searched", "searched", "rice");
hatched(D.closures, "closed", "closed", "stone");
hatched(D.dangers, "danger", "danger", "lotus");
for (const row of D.plan) {
  paint(L.polygon(row.rings, { renderer: svg, interactive: false }), () => ({ color: colour("saffron-text"), weight: 2.4, fill: false })).remove().addTo(groups.plan);
}
for (const line of D.tracks) paint(L.polyline(line, { renderer: canvases.walked, interactive: false }), () => ({ color: colour("rice"), weight: 2 })).remove().addTo(groups.searched);
if (D.best) paint(L.circleMarker(D.best, { radius: 6, interactive: false, renderer: svg }), () => ({ color: colour("ink"), weight: 2, fillColor: colour("saffron"), fillOpacity: 1 })).remove().addTo(groups.best);

if (D.last_known) paint(L.circleMarker(D.last_known.at, { radius: 8, interactive: false, renderer: svg }), () => ({ color: colour("lotus"), weight: 3, fill: false })).remove().addTo(groups.last_known);

const outlines = CLUES.map(clue => {
  const { ink, dash } = D.inks[clue.witness];
  return paint(L.polygon(clue.rings, { renderer: svg, interactive: false }), () => ({ color: colour(ink), weight: 2.6, dashArray: dash === "none" ? null : dash, fill: false })).remove();
});

function layer(name, on) {
  if (on) shown.add(name); else shown.delete(name);
  if (name in groups) { if (on) groups[name].addTo(map); else groups[name].remove(); }
  if (name === "names" || name === "plan") showNames();
  if (name === "probability" || name === "regions") blocks.draw();
}

function showNames() {
  const [spoken, others] = shown.has("names") ? placeRows() : [[], []];
  const order = shown.has("plan") ? D.plan.map(row => ({ text: String(row.rank), at: row.at, as: "cut", size: 12 })) : [];
  layNames([...spoken, ...order, ...others]);
}
map.on("moveend zoomend resize", showNames);
