"use strict";

/* The latent map: posteriors of the test images as ellipses coloured by class, and three handles on
   top. It knows places in the plane of two axes of the code; what they decode to is not its
   business, nor is the state: it calls on.grab(name), on.move(z_i, z_j) and on.pick(example). */

const MARGIN = { left: 46, right: 10, top: 10, bottom: 46 };
const NEAR_HANDLE = 20, NEAR_EXAMPLE = 9, STILL = 4;            /* pixels */
const HANDLES = ["a", "b", "z"];                                /* the last is on top */

function makeMap(svg, data, on) {
  const { codes, scales, labels, classes, colours, classMeans, named } = data;
  let view = null, places = {};

  /* Both axes have the same scale, so that a circle is a circle. */
  function look([i, j]) {
    const side = Math.max(200, Math.min(svg.parentNode.clientWidth, 640) - MARGIN.left
      - MARGIN.right);
    const [x, y] = [i, j].map((unit) => (unit === null ? { middle: 0, half: 1 } : range(unit)));
    const half = Math.max(x.half, j === null ? 0 : y.half);
    view = { i, j, side, half, low: [x.middle - half, y.middle - half], unit: side / (2 * half) };
  }

  function range(unit) {
    const values = codes.map((code) => code[unit]);
    const low = Math.min(...values), high = Math.max(...values);
    /* A prior N(0, 1) gives the map its middle and at least 3 standard deviations. */
    if (scales) return { middle: 0, half: Math.max(3, 1.06 * Math.max(-low, high)) };
    return { middle: (low + high) / 2, half: Math.max(1e-6, 0.54 * (high - low)) };
  }

  const across = (value) => MARGIN.left + (value - view.low[0]) * view.unit;
  const down = (value) => MARGIN.top + view.side - (value - view.low[1]) * view.unit;

  /* Where a code is drawn; `row` is the height of what has no second axis, from 0 to 1. */
  const place = (code, row = 0.5) => [across(code[view.i]),
    view.j === null ? MARGIN.top + view.side * row : down(code[view.j])];

  const rowOf = (example) => (labels[example] + 0.5 + 0.7 * (((example * 0.618) % 1) - 0.5))
    / classes.length;

  function draw(axes) {
    look(axes);
    const { side } = view, width = side + MARGIN.left + MARGIN.right;
    const height = side + MARGIN.top + MARGIN.bottom;
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    Object.assign(svg.style, { width: `${width}px`, height: `${height}px` });
    const plot = { x: MARGIN.left, y: MARGIN.top, width: side, height: side };
    svg.replaceChildren(
      svgElement("clipPath", { id: "plot" }, svgElement("rect", plot)),
      svgElement("rect", { class: "paper", ...plot }), ...frame(),
      svgElement("g", { "clip-path": "url(#plot)" }, ...prior(), ...examples(), ...names(),
        svgElement("line", { class: "path" })),
      ...HANDLES.map(handle));
    setHandles(places);
  }

  /* ---- what does not move ---------------------------------------------------------------- */

  function frame() {
    const { side, half, low, i, j } = view, right = MARGIN.left + side, bottom = MARGIN.top + side;
    const parts = [];
    const step = niceStep((2 * half) / Math.max(4, Math.min(8, side / 60)));
    const ticks = (from) => {
      const found = [];
      for (let n = Math.ceil(from / step); n * step <= from + 2 * half; n++) found.push(n * step);
      return found;
    };
    for (const value of ticks(low[0]))
      parts.push(svgElement("path", { class: "grid", d: `M${across(value)} ${MARGIN.top}V${bottom}` }),
        text("tick", across(value), bottom + 15, tickText(value, step)));
    if (j === null)
      classes.forEach((name, k) => parts.push(text("tick end", MARGIN.left - 6,
        MARGIN.top + (side * (k + 0.5)) / classes.length + 4, name)));
    else for (const value of ticks(low[1]))
      parts.push(svgElement("path", { class: "grid", d: `M${MARGIN.left} ${down(value)}H${right}` }),
        text("tick end", MARGIN.left - 6, down(value) + 4, tickText(value, step)));
    const title = text("title", 0, 0, j === null ? "class" : titleOf(j));
    title.setAttribute("transform",
      `translate(${13} ${MARGIN.top + side / 2}) rotate(-90)`);
    parts.push(text("title", MARGIN.left + side / 2, bottom + 37, titleOf(i)), title);
    return parts;
  }

  const titleOf = (unit) => nameOf(unit)
    + (scales ? ", in standard deviations of the prior" : ", a number without unit");

  /* Rings of one, two and three standard deviations of p(z) = N(0, I). */
  function prior() {
    if (!scales || view.j === null) return [];
    return [1, 2, 3].map((r) => svgElement("circle", { class: "prior", cx: across(0), cy: down(0),
      r: r * view.unit }));
  }

  /* One standard deviation of q(z|x) each; points, where there is no q. */
  function examples() {
    return codes.map((code, n) => {
      const [cx, cy] = place(code, rowOf(n)), colour = colours[labels[n]];
      if (!scales) return svgElement("circle", { class: "point", cx, cy, r: 3.2, fill: colour });
      const rx = scales[n][view.i] * view.unit;
      const ry = view.j === null ? 2 : scales[n][view.j] * view.unit;
      return svgElement("ellipse", { class: "posterior", cx, cy, rx, ry, fill: colour,
        stroke: colour });
    });
  }

  function names() {
    if (view.j === null || classes.length < 2 || !named) return [];
    return classes.flatMap((name, k) => (Number.isNaN(classMeans[k][view.i]) ? []
      : [text("name", ...place(classMeans[k]), name)]));
  }

  function handle(name) {
    const letter = name === "z" ? "" : name.toUpperCase();
    return svgElement("g", { class: `handle ${name}`, "data-handle": name },
      svgElement("circle", { r: name === "z" ? 9 : 10 }),
      letter ? text("letter", 0, 4, letter) : svgElement("path", { d: "M-15 0h9M6 0h9M0-15v9M0 6v9" }));
  }

  const text = (kind, x, y, content) => svgElement("text", { class: kind, x, y }, content);

  /* ---- what does ------------------------------------------------------------------------- */

  const HEIGHTS = { a: 0.06, b: 0.06, z: 0.5 };                  /* where there is no second axis */

  function setHandles(codesByName, active) {
    places = {};
    for (const [name, code] of Object.entries(codesByName)) {
      places[name] = code;
      const node = svg.querySelector(`[data-handle=${name}]`), [x, y] = place(code, HEIGHTS[name]);
      node.setAttribute("transform", `translate(${x} ${y})`);
      if (active) node.classList.toggle("active", name === active);
    }
    if (!places.a) return;
    const [x1, y1] = place(places.a, HEIGHTS.a), [x2, y2] = place(places.b, HEIGHTS.b);
    for (const [name, value] of Object.entries({ x1, y1, x2, y2 }))
      svg.querySelector(".path").setAttribute(name, value);
  }

  const valueAt = ([x, y]) => [(x - MARGIN.left) / view.unit + view.low[0],
    view.j === null ? null : (MARGIN.top + view.side - y) / view.unit + view.low[1]];

  function nearest(point, candidates, within) {
    let best = null, least = within;
    for (const [key, [x, y]] of candidates) {
      const distance = Math.hypot(x - point[0], y - point[1]);
      if (distance <= least) [best, least] = [key, distance];
    }
    return best;
  }

  let drag = null;
  const position = (event) => {
    const box = svg.getBoundingClientRect(), zoom = svg.viewBox.baseVal.width / box.width;
    return [(event.clientX - box.left) * zoom, (event.clientY - box.top) * zoom];
  };

  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const at = position(event);
    const name = nearest(at, [...HANDLES].reverse().map((n) => [n, place(places[n], HEIGHTS[n])]),
      NEAR_HANDLE);
    const [x, y] = name ? place(places[name], HEIGHTS[name]) : at;
    drag = { at, offset: [x - at[0], y - at[1]], grabbed: name !== null, moved: false };
    svg.setPointerCapture(event.pointerId);
    if (name) on.grab(name);
    else on.move(...valueAt(at));
  });
  svg.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const at = position(event);
    drag.moved ||= Math.hypot(at[0] - drag.at[0], at[1] - drag.at[1]) > STILL;
    if (drag.moved) on.move(...valueAt([at[0] + drag.offset[0], at[1] + drag.offset[1]]));
  });
  svg.addEventListener("pointerup", () => {
    if (drag && !drag.moved && !drag.grabbed) {
      const example = nearest(drag.at, codes.map((code, n) => [n, place(code, rowOf(n))]),
        NEAR_EXAMPLE);
      if (example !== null) on.pick(example);
    }
    drag = null;
  });
  svg.addEventListener("pointercancel", () => { drag = null; });

  return { draw, setHandles, range, bounds: () => ({ ...view, margin: MARGIN }) };
}

/* The least of 1, 2, 5, 10, ... times a power of ten that is at least this. */
function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 2, 5, 10].find((n) => n * power >= least * 0.999);
}

const tickText = (value, step) => textOf(value, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
