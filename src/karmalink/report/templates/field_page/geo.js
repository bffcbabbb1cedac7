// Distances and directions on the ground, and the words for them.
const EARTH_M = 6371008.8, RAD = Math.PI / 180;
const WINDS = ["N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"];

function metresBetween(a, b) {
  const dLat = (b[0] - a[0]) * RAD, dLon = (b[1] - a[1]) * RAD;
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(a[0] * RAD) * Math.cos(b[0] * RAD) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

function bearing(a, b) {
  const dLon = (b[1] - a[1]) * RAD, la = a[0] * RAD, lb = b[0] * RAD;
  const y = Math.sin(dLon) * Math.cos(lb), x = Math.cos(la) * Math.sin(lb) - Math.sin(la) * Math.cos(lb) * Math.cos(dLon);
  return (Math.atan2(y, x) / RAD + 360) % 360;
}

const wind = degrees => WINDS[Math.round(degrees / 22.5) % 16];

// Even-odd over all rings: a hole is one more crossing.
function inside(point, rings) {
  let odd = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [yi, xi] = ring[i], [yj, xj] = ring[j];
      if ((yi > point[0]) !== (yj > point[0]) && point[1] < ((xj - xi) * (point[0] - yi)) / (yj - yi) + xi) odd = !odd;
    }
  }
  return odd;
}

function lengthOf(fixes) {
  let total = 0, last = null;
  for (const fix of fixes) {
    const at = [fix[2], fix[1]];
    if (last && last.piece === fix[0]) {
      const step = metresBetween(last.at, at);
      if (step < 5) continue;
      total += step;
    }
    last = { piece: fix[0], at };
  }
  return total;
}

const far = metres => (metres < 1000 ? `${Math.round(metres / 5) * 5} m` : `${(metres / 1000).toFixed(1)} km`);

const coordinates = ([lat, lon]) => `${Math.abs(lat).toFixed(5)} ${lat < 0 ? "S" : "N"}, ${Math.abs(lon).toFixed(5)} ${lon < 0 ? "W" : "E"}`;

// Python rounds a tie to the even digit (12.5 to 12), JavaScript upwards: without this the page and the report would differ.
function rounded(value, digits) {
  const [figures, exponent] = value.toExponential(60).split("e"), kept = figures.slice(0, digits > 1 ? digits + 1 : 1);
  const rest = figures.replace(".", "").slice(digits);
  return /^50*$/.test(rest) && Number(kept.at(-1)) % 2 === 0 ? Number(`${kept}e${exponent}`) : Number(value.toPrecision(digits));
}

const wholeDigits = value => Math.floor(value).toString().length;

// The rule of karmalink.base.wording.percent; a test holds the two together.
const LEAST_PERCENT = 1e-4;
function per100(share) {
  const value = 100 * share;
  if (value === 0 || value === 100) return `${value} %`;
  if (value > 0 && value < 0.995 * LEAST_PERCENT) return `less than ${LEAST_PERCENT.toFixed(4)} %`;
  if (100 - value > 0 && 100 - value < 0.995 * LEAST_PERCENT) return `more than ${(100 - LEAST_PERCENT).toFixed(4)} %`;
  if (value > 99) return `${Number((100 - rounded(100 - value, 2)).toPrecision(10))} %`;
  return value >= 9.5 ? `${rounded(value, wholeDigits(value))} %` : `${rounded(value, 2)} %`;
}

const clock = ms => { const s = Math.floor(ms / 1000), two = n => String(n).padStart(2, "0"); return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`; };
const today = () => { const now = new Date(); return new Date(now - now.getTimezoneOffset() * 60000).toISOString().slice(0, 10); };
