// Probability by blocks, as it is and as the sliders make it. Numbers arrive as base64 of little-endian binary.
const G = D.grid, COUNT = G.rows * G.cols;
function numbers(text, Kind) { return new Kind(Uint8Array.from(atob(text), letter => letter.charCodeAt(0)).buffer); }

const CELLS = numbers(G.cells, Uint32Array), BASE = numbers(D.probability, Float32Array);
const CLUES = D.clues.map(clue => ({ ...clue, fit: numbers(clue.fit, Int8Array) }));
const WITNESSES = D.witnesses.map(witness => ({ ...witness, settings: witness.settings.map(setting => ({ ...setting, ratio: numbers(setting.ratio, Int16Array) })) }));

// The projection as a polynomial of degree 3 each way, in shares of the grid and of its bounds.
const [WEST0, SOUTH0, WIDE0, TALL0] = G.corner;
const sum = (weights, u, v) => weights.reduce((total, weight, k) => total + weight * u ** G.powers[k][0] * v ** G.powers[k][1], 0);
function onEarth(column, row) {
  const u = column / G.cols, v = row / G.rows;
  return [SOUTH0 + TALL0 * sum(G.to_earth[1], u, v), WEST0 + WIDE0 * sum(G.to_earth[0], u, v)];
}
function blockAt(latlng) {
  const u = (latlng.lng - WEST0) / WIDE0, v = (latlng.lat - SOUTH0) / TALL0;
  const column = Math.floor(G.cols * sum(G.to_grid[0], u, v)), row = Math.floor(G.rows * sum(G.to_grid[1], u, v));
  const block = row * G.cols + column;
  return column >= 0 && row >= 0 && column < G.cols && row < G.rows && CELLS[block] ? block : -1;
}

const now = { probability: BASE, beyond: D.rest_of_world, at: WITNESSES.map(() => null) };

// What a witness at this reliability multiplies a block by: between two settings its logarithm is a straight line.
function between(settings, reliability) {
  let k = 0;
  while (k < settings.length - 2 && settings[k + 1].reliability < reliability) k += 1;
  const low = settings[k], high = settings[Math.min(k + 1, settings.length - 1)];
  const share = high === low ? 0 : Math.min(1, Math.max(0, (reliability - low.reliability) / (high.reliability - low.reliability)));
  return { low, high, share };
}

function mixAgain() {
  const log2 = new Float64Array(COUNT);
  let beyond = Math.log2(Math.max(D.rest_of_world, 1e-300)), moved = false;
  WITNESSES.forEach((witness, number) => {
    if (now.at[number] === null) return;
    moved = true;
    const { low, high, share } = between(witness.settings, now.at[number]);
    for (let block = 0; block < COUNT; block++) log2[block] += D.ratio_step * ((1 - share) * low.ratio[block] + share * high.ratio[block]);
    beyond += (1 - share) * Math.log2(Math.max(low.rest_of_world, 1e-300)) + share * Math.log2(Math.max(high.rest_of_world, 1e-300));
  });
  if (!moved) { now.probability = BASE; now.beyond = D.rest_of_world; return; }
  const found = Float64Array.from(BASE, (value, block) => value * 2 ** log2[block]);
  const outside = D.rest_of_world > 0 ? 2 ** beyond : 0, whole = found.reduce((total, value) => total + value, outside);
  now.probability = found.map(value => value / whole);
  now.beyond = outside / whole;
}

// For each mass the least probable density still inside the smallest ground that holds it, and that ground in km².
function regionsOf(probability, masses) {
  const density = (block) => probability[block] / CELLS[block];
  const order = [...Array(COUNT).keys()].filter(block => CELLS[block]).sort((a, b) => density(b) - density(a));
  const whole = order.reduce((total, block) => total + probability[block], 0);
  return masses.map(mass => {
    let held = 0, cells = 0;
    for (const block of order) {
      held += probability[block]; cells += CELLS[block];
      if (held >= mass * whole) return { mass, least: density(block), km2: (cells * G.cell_m2) / 1e6 };
    }
    return { mass, least: 0, km2: (cells * G.cell_m2) / 1e6 };
  });
}
