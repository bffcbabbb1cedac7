// The panel: where next, what was searched, and how it gets home.
const $ = name => document.getElementById(name);
const say = text => { $("said").textContent = text; };
const el = (tag, text, attributes = {}) => { const found = document.createElement(tag); found.textContent = text; for (const [name, value] of Object.entries(attributes)) found.setAttribute(name, value); return found; };

function isDone(name) { return log.entries.some(entry => !entry.taken_back && entry.segment === name); }
function closedBy(name, day = today()) { return D.closures.find(row => row.segments.includes(name) && row.start <= day && (!row.end || day < row.end)); }
function dangersOf(name) { return D.dangers.filter(row => row.segments.includes(name)).map(row => row.name); }
function planOf(name) {
  const rows = D.plan.filter(row => row.segment === name), now = rows.filter(row => row.date === today());
  return now.length ? now : rows;
}

const order = (() => {
  const day = today(), due = D.plan.some(row => row.date === day);
  const rows = D.plan.filter(row => !due || row.date === day).sort((a, b) => a.rank - b.rank);
  const rest = [...D.plan].sort((a, b) => a.rank - b.rank).map(row => row.segment);
  const likely = [...D.segments].sort((a, b) => b.probability / b.ha - a.probability / a.ha).map(segment => segment.name);
  return [...new Set([...rows.map(row => row.segment), ...rest, ...likely])];
})();

function choose(name) {
  const before = state.next;
  state.next = name;
  for (const one of [before, name]) if (one && shapes.has(one)) shapes.get(one).setStyle(segmentStyle(one));
  shapes.get(name)?.bringToFront();
  $("segment").value = name;
  showNext(); showMe(); showNames();
}

function goOn() { choose(order.find(name => !isDone(name) && !closedBy(name)) ?? order[0]); }

function showNext() {
  const segment = segments.get(state.next);
  if (!segment) return;
  const at = [segment.at[1], segment.at[0]];
  $("next-name").textContent = segment.name;
  const plan = planOf(segment.name), hours = plan.map(row => `${row.hours.toFixed(1)} h with ${row.asset}${row.date === today() ? " today" : row.date ? ` on ${row.date}` : ""}`).slice(0, 3).join("; ");
  $("next-why").textContent = `${per100(segment.probability)} of the probability, ${segment.ha} ha. ${hours ? `Plan: ${hours}.` : D.plan.length && D.plan.every(row => closedBy(row.segment)) ? "All the ground of the plan is closed now." : "Not in the plan."}${isDone(segment.name) ? " Searched from this phone." : ""}`;
  $("next-at").textContent = `Its middle: ${coordinates(at)}`;
  const closed = closedBy(segment.name), bad = dangersOf(segment.name);
  $("next-danger").textContent = bad.length ? `Danger: ${bad.join(", ")}.` : "";
  $("next-closed").textContent = closed ? `Closed: ${closed.name}${closed.end ? `, until ${closed.end}` : ""}.` : "";
  const arrow = $("arrow"), point = shown => arrow.toggleAttribute("hidden", !shown);
  if (!state.here) { $("next-way").textContent = "Show where you are, and this says how far and which way."; point(false); return; }
  if (inside(state.here.at, segment.rings)) { $("next-way").textContent = `You are in ${segment.name}.`; point(false); return; }
  const degrees = bearing(state.here.at, at);
  $("next-way").textContent = `${far(metresBetween(state.here.at, at))} to the ${wind(degrees)} (${Math.round(degrees)}°)`;
  point(true);
  arrow.style.transform = `rotate(${degrees}deg)`;
}

// --- own position ---------------------------------------------------------------------------------------------------
const REFUSED = "This phone does not let the page see where you are. Allow location for the browser in its settings and press the button again, or press “I stand…” and touch the map.";
let watching = null, locked = null;

function watch() {
  if (!navigator.geolocation) { say("This browser knows no positions. Press “I stand…” and touch the map."); return; }
  if (watching !== null) { if (state.here) map.panTo(state.here.at); return; }
  say("Looking for your position …");
  watching = navigator.geolocation.watchPosition(found, lost, { enableHighAccuracy: true, maximumAge: 2000, timeout: 60000 });
}

function found({ coords, timestamp }) {
  const first = !state.here;
  state.here = { at: [coords.latitude, coords.longitude], accuracy: coords.accuracy, by: "phone" };
  if (first) { say(`You are within ${far(coords.accuracy)} of the dot.`); if (HOME.pad(0.5).contains(state.here.at)) bothInSight(); else say("You are off this map."); }
  record(coords, timestamp);
  showMe(); showNext();
}

function lost(error) {
  if (error.code === 1) { navigator.geolocation.clearWatch(watching); watching = null; say(REFUSED); return; }
  say(state.here ? "The position is lost for now: the dot is where you were last." : "No position yet. Go where you see the sky, and wait a little.");
}

function standing(latlng) {
  if (!state.pointing) return false;
  state.pointing = false;
  $("stand").setAttribute("aria-pressed", "false");
  state.here = { at: [latlng.lat, latlng.lng], accuracy: 0, by: "hand" };
  say("You stand where you touched the map. It stays there until you touch again.");
  showMe(); showNext();
  return true;
}
map.on("click", event => standing(event.latlng));

// --- searching ------------------------------------------------------------------------------------------------------
const LEAST_M = 3, LEAST_S = 15;

function record(coords, timestamp) {
  const entry = log.running;
  if (!entry || entry.paused) return;
  const fix = [entry.piece, +coords.longitude.toFixed(7), +coords.latitude.toFixed(7), +(timestamp / 1000).toFixed(1), Math.round(coords.accuracy)];
  const last = state.last;
  if (last && last[0] === fix[0] && fix[3] - last[3] < LEAST_S && metresBetween([last[2], last[1]], [fix[2], fix[1]]) < LEAST_M) return;
  state.last = fix;
  addFix(entry, fix);
  entry.ms += Math.max(0, Date.now() - entry.seen); entry.seen = Date.now();
  save();
  if (!keeps) say("This phone's memory is full or closed to the page. Hand back now: what is new is lost when the page closes.");
  showWalked(); showRunning();
}

function start() {
  log.running = { ...newEntry(state.next), piece: 0, ms: 0, seen: Date.now(), paused: false };
  state.last = null;
  save(); watch(); stayAwake(); showRunning();
  say(`Recording in ${state.next}. Keep the page open and the screen on.`);
}

function resume() { Object.assign(log.running, { piece: log.running.piece + 1, seen: Date.now(), paused: false }); state.last = null; save(); watch(); stayAwake(); showRunning(); }

function stop() {
  const { piece, ms, seen, paused, ...entry } = log.running;
  entry.minutes = Math.min(1440, +((ms + (paused ? 0 : Math.max(0, Date.now() - seen))) / 60000).toFixed(1));
  Object.assign(entry, { asset: log.asset, searchers: log.searchers });
  log.running = null; log.entries.push(entry);
  save(); locked?.release?.(); locked = null;
  say(`${entry.segment || "The search"} is kept on this phone: ${entry.minutes} minutes, ${far(lengthOf(fixesOf(entry)))}. Hand it back when you are home.`);
  goOn(); show();
}

async function stayAwake() { try { locked = await navigator.wakeLock?.request("screen"); } catch { locked = null; } }
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible" && log.running && !log.running.paused) stayAwake(); });

function tell(event) {
  event.preventDefault();
  const minutes = Number($("minutes").value);
  if (!(minutes > 0 && minutes <= 1440)) { say("How many minutes? A number from 1 to 1440."); $("minutes").focus(); return; }
  const entry = { ...newEntry($("segment").value), minutes };
  log.entries.push(entry); save();
  $("minutes").value = "";
  say(`${entry.segment}: ${minutes} minutes with ${entry.asset} are kept on this phone.`);
  goOn(); show();
}

function takeBack(entry) { entry.taken_back = !entry.taken_back; save(); say(entry.taken_back ? `${entry.segment} is taken back.` : `${entry.segment} counts again.`); show(); }

// --- found ----------------------------------------------------------------------------------------------------------
const FOUND = { it: "Found it", other: "Found something else" };

function keepFind(kind) {
  const middle = segments.get(state.next).at, here = state.here;
  const at = here ? here.at : [middle[1], middle[0]];
  log.finds.push({ id: `${log.phone}-${code()}`, kind, segment: state.next, at: at.map(value => +value.toFixed(7)), within_m: here ? Math.round(here.accuracy) : null, date: today(), note: $("note").value.trim(), taken_back: false });
  save();
  $("note").value = "";
  say(`${FOUND[kind]}: kept on this phone at ${coordinates(at)}${here ? "" : `, the middle of ${state.next}, as this phone has no position. Press “I stand…”, touch the map and keep it again if you know better`}. ${kind === "it" ? "Leave it where it is, and call." : "Go on, or call."}`);
  show();
}

function listFinds() {
  const list = $("entries");
  for (const find of log.finds) {
    const row = el("li", ""), words = `${FOUND[find.kind]} in ${find.segment}, ${coordinates(find.at)}${find.note ? `: ${find.note}` : ""}`;
    row.append(el("span", words, find.taken_back ? { class: "gone" } : {}));
    const button = el("button", find.taken_back ? "Keep it" : "Take back", { type: "button", class: "small", "aria-label": `${find.taken_back ? "Keep" : "Take back"}: ${words}` });
    button.addEventListener("click", () => { find.taken_back = !find.taken_back; save(); show(); });
    row.append(button); list.append(row);
  }
}

// --- showing --------------------------------------------------------------------------------------------------------
function showRunning() {
  const entry = log.running;
  $("idle").hidden = Boolean(entry); $("running").hidden = !entry;
  if (!entry) return;
  const ms = entry.ms + (entry.paused ? 0 : Date.now() - entry.seen);
  $("timer").textContent = clock(ms);
  $("walked").textContent = `${far(lengthOf(fixesOf(entry)))} walked in ${entry.segment}${entry.paused ? ", interrupted" : state.here ? "" : ", no position yet"}`;
  $("resume").hidden = !entry.paused;
}

function show() {
  for (const [name, shape] of shapes) shape.setStyle(segmentStyle(name));
  const list = $("entries");
  list.replaceChildren();
  for (const entry of log.entries) {
    const row = el("li", ""), fixes = fixesOf(entry);
    row.append(el("span", `${entry.segment || "track"}: ${entry.minutes} min with ${entry.asset}${entry.searchers > 1 ? ` × ${entry.searchers}` : ""}${fixes.length ? `, ${far(lengthOf(fixes))} walked` : ", told"}, ${entry.date}`, entry.taken_back ? { class: "gone" } : {}));
    const button = el("button", entry.taken_back ? "Count it again" : "Take back", { type: "button", class: "small", "aria-label": `${entry.taken_back ? "Count again" : "Take back"}: ${entry.segment}, ${entry.minutes} minutes` });
    button.addEventListener("click", () => takeBack(entry));
    row.append(button); list.append(row);
  }
  listFinds();
  $("none").hidden = log.entries.length + log.finds.length > 0;
  $("file").disabled = log.entries.length + log.finds.length === 0;
  $("gpx").disabled = log.entries.length === 0;
  $("keeps").hidden = keeps;
  showRunning(); showWalked(); showNext();
}

function download(text, type, ending) {
  const link = el("a", "", { href: URL.createObjectURL(new Blob([text], { type })), download: `trail-${log.phone}.${ending}` });
  document.body.append(link); link.click(); link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  say("Saved among this phone's downloads. Keep the page until the file has arrived; handing it in twice counts once.");
}

function fill() {
  for (const name of order) {
    const segment = segments.get(name);
    $("segment").append(el("option", `${name} · ${per100(segment.probability)}${segment.hours ? ` · ${segment.hours.toFixed(1)} h planned` : ""}`, { value: name }));
  }
  for (const asset of D.assets) $("asset").append(el("option", asset.name, { value: asset.name }));
  $("asset").value = log.asset; $("searchers").value = log.searchers;
}

const LOOKS = { auto: "Look: auto", sun: "Look: sun", night: "Look: night" };
function look(name) {
  log.look = name; document.documentElement.dataset.look = name; $("look").textContent = LOOKS[name];
  repaint(); showWalked();
}

$("locate").addEventListener("click", watch);
$("stand").addEventListener("click", () => { state.pointing = !state.pointing; $("stand").setAttribute("aria-pressed", String(state.pointing)); say(state.pointing ? "Touch the map where you stand (keys: move the map, then Enter puts you in its middle)." : ""); });
$("map").addEventListener("keydown", event => { if (event.key === "Enter" && state.pointing) standing(map.getCenter()); });
$("start").addEventListener("click", start);
$("stop").addEventListener("click", stop);
$("resume").addEventListener("click", resume);
$("found-it").addEventListener("click", () => keepFind("it"));
$("found-other").addEventListener("click", () => keepFind("other"));
$("told").addEventListener("submit", tell);
$("segment").addEventListener("change", event => choose(event.target.value));
$("asset").addEventListener("change", event => { log.asset = event.target.value; save(); });
$("searchers").addEventListener("change", event => { log.searchers = Math.max(1, Math.min(1000, Math.round(Number(event.target.value)) || 1)); event.target.value = log.searchers; save(); });
$("file").addEventListener("click", () => download(JSON.stringify(handBack()), "application/json", "json"));
$("gpx").addEventListener("click", () => download(asGpx(), "application/gpx+xml", "gpx"));
$("forget").addEventListener("click", () => { if (confirm("Forget everything that this page keeps on this phone? What was not handed back is lost.")) { forget(); Object.assign(log, { entries: [], finds: [], running: null, phone: code() }); save(); say("Nothing is kept on this phone any more."); goOn(); show(); } });
$("look").addEventListener("click", () => { const all = Object.keys(LOOKS); look(all[(all.indexOf(log.look) + 1) % all.length]); save(); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { repaint(); showWalked(); });
setInterval(() => { if (log.running) showRunning(); }, 1000);

if (log.running) { log.running.paused = true; say("The page was closed while it recorded. Nothing is lost: go on, or stop and keep it."); }
fill(); look(log.look in LOOKS ? log.look : "auto"); goOn(); show(); save();
navigator.permissions?.query({ name: "geolocation" }).then(answer => { if (answer.state === "granted") watch(); }, () => {});
