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
const per100 = share => (share >= 0.095 ? `${Math.round(100 * share)} %` : share >= 0.001 ? `${(100 * share).toFixed(1)} %` : "under 0.1 %");
const clock = ms => { const s = Math.floor(ms / 1000), two = n => String(n).padStart(2, "0"); return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`; };
const today = () => { const now = new Date(); return new Date(now - now.getTimezoneOffset() * 60000).toISOString().slice(0, 10); };
