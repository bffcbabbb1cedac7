// What was searched, kept on the phone at every step: a page that dies loses at most the fix it was about to write.
const PREFIX = `karmalink-trail:${D.key}:`, CHUNK = 200;
const memory = {};
let keeps = true;

function put(name, value) {
  const text = JSON.stringify(value);
  memory[name] = text;
  try { localStorage.setItem(PREFIX + name, text); return true; } catch { keeps = false; return false; }
}

function get(name, other) {
  let text = memory[name];
  try { text = localStorage.getItem(PREFIX + name) ?? text; } catch { keeps = false; }
  try { return text == null ? other : JSON.parse(text); } catch { return other; }
}

function forget() {
  try { for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key); } catch { keeps = false; }
  for (const key of Object.keys(memory)) delete memory[key];
}

function code() {
  const bytes = crypto.getRandomValues(new Uint8Array(6));
  return Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join("");
}

const log = Object.assign({ phone: code(), entries: [], finds: [], running: null, asset: D.assets[0]?.name ?? "", searchers: 1, look: "auto" }, get("log", {}));
const save = () => put("log", log);

// A track is kept in pieces of 200 fixes, so that each new fix rewrites some kilobytes and not the day.
function fixesOf(entry) {
  const found = [];
  for (let k = 0; k < (entry.chunks ?? 0); k++) found.push(...get(`t:${entry.id}:${k}`, []));
  return found;
}

function addFix(entry, fix) {
  const last = Math.max(0, (entry.chunks ?? 0) - 1);
  let chunk = entry.chunks ? get(`t:${entry.id}:${last}`, []) : [], at = last;
  if (chunk.length >= CHUNK) { chunk = []; at = last + 1; }
  chunk.push(fix);
  put(`t:${entry.id}:${at}`, chunk);
  if (at + 1 !== entry.chunks) { entry.chunks = at + 1; save(); }
}

const newEntry = segment => ({ id: `${log.phone}-${code()}`, segment, asset: log.asset, searchers: log.searchers, minutes: 0, date: today(), chunks: 0, taken_back: false });

function handBack() {
  return {
    format: "karmalink-trail-log", version: 1, case: D.name, key: D.key, phone: log.phone, made: new Date().toISOString(),
    searches: log.entries.map(({ chunks, ...entry }) => ({ ...entry, fixes: fixesOf({ ...entry, chunks }) })),
    finds: log.finds,
  };
}

function asGpx() {
  const iso = seconds => new Date(1000 * seconds).toISOString();
  const tracks = log.entries.filter(entry => !entry.taken_back && entry.chunks).map(entry => {
    const pieces = new Map();
    for (const [piece, lon, lat, seconds] of fixesOf(entry)) {
      if (!pieces.has(piece)) pieces.set(piece, []);
      pieces.get(piece).push(`<trkpt lat="${lat}" lon="${lon}"><time>${iso(seconds)}</time></trkpt>`);
    }
    return `<trk>${[...pieces.values()].map(points => `<trkseg>${points.join("")}</trkseg>`).join("")}</trk>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="1.1" creator="Karmalink" xmlns="http://www.topografix.com/GPX/1/1">${tracks.join("")}</gpx>\n`;
}
