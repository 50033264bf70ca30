"use strict";

/* The state of the page and what the controls do to it. A code is a Float64Array of Z numbers;
   there are three: the point z, and the two ends a and b of a path. */

window.explorer = (function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { latent, classes, shape, labels, order } = data, $ = (id) => document.getElementById(id);
  const codes = rowsOf(floatsOf(data.codes), latent);
  const scales = data.scales && rowsOf(floatsOf(data.scales), latent);
  const classMeans = rowsOf(floatsOf(data.classMeans), latent);
  const attributes = rowsOf(floatsOf(data.attributes), latent);
  const images = rowsOf(bytesOf(data.images), size(shape));
  const decode = makeDecoder(data.layers, floatsOf(data.weights), data.mean);

  const [a, b] = ends();
  const state = {
    codes: { z: middle(), a: copy(codes[a]), b: copy(codes[b]) },
    active: "z", axes: latent > 2 ? order.slice(0, 2) : [0, latent > 1 ? 1 : null],
    label: labels[a],
    before: null,                       /* the point before it was moved towards a class */
  };
  state.before = copy(state.codes.z);

  function copy(code) { return Float64Array.from(code); }

  function middle() {
    const sum = new Float64Array(latent);
    if (!scales) codes.forEach((code) => code.forEach((value, j) => { sum[j] += value; }));
    return sum.map((value) => value / codes.length);
  }

  /* Typical test images of the two classes whose mean codes are farthest apart; where a code need
     not tell the class, the first and last along the number that says most. */
  function ends() {
    if (data.condition) {
      const along = [...codes.keys()].sort((m, n) => codes[m][order[0]] - codes[n][order[0]]);
      return [along[0], along.at(-1)];
    }
    let best = [0, codes.length - 1], most = -1;
    for (const one of classMeans)
      for (const other of classMeans) {
        const distance = squaredDistance(one, other);
        if (distance > most) [best, most] = [[one, other], distance];
      }
    return most < 0 ? best : best.map((mean) => nearestExample(mean).example);
  }

  const label = () => (data.condition ? classes.map((_, k) => Number(k === state.label)) : []);
  const imageOf = (code) => decode([...code, ...label()]);

  /* ---- drawing, at most once a frame ------------------------------------------------------- */

  const waiting = new Set();

  function redraw(...parts) {
    if (!waiting.size) requestAnimationFrame(() => {
      const now = [...waiting];
      waiting.clear();
      now.forEach((part) => PARTS[part]());
    });
    parts.forEach((part) => waiting.add(part));
  }

  const PARTS = { point: drawPoint, path: drawPath, tiles: () => tiles.start(), sliders: drawSliders,
    map: () => { map.draw(state.axes); map.setHandles(state.codes, state.active); } };

  function drawPoint() {
    paint($("image"), imageOf(state.codes.z), shape);
    map.setHandles(state.codes, state.active);
    $("coordinates").textContent = textOfCode(state.codes.z);
    const near = nearestExample(state.codes.z);
    paint($("nearest"), images[near.example], shape, 255);
    $("nearest-text").textContent = `class ${classes[labels[near.example]]}, `
      + `${textOf(near.distance)} away`;
    speak();
  }

  function textOfCode(code) {
    const shown = latent > 4 ? state.axes : [...code.keys()];
    const parts = shown.map((j) => `${nameOf(j)} = ${textOf(code[j])}`);
    return parts.join(", ") + (latent > 4 ? `, and ${latent - 2} more` : "");
  }

  function nearestExample(code) {
    let example = 0, least = Infinity;
    codes.forEach((other, n) => {
      const distance = squaredDistance(code, other);
      if (distance < least) [example, least] = [n, distance];
    });
    return { example, distance: Math.sqrt(least) };
  }

  let silence = 0;
  function speak() {                    /* for screen readers, once the point is at rest */
    clearTimeout(silence);
    silence = setTimeout(() => {
      const said = `Decoded image at ${textOfCode(state.codes.z)}. Nearest test image: `
        + $("nearest-text").textContent;
      $("image").setAttribute("aria-label", said);
      $("spoken").textContent = said;
    }, 400);
  }

  /* ---- the path from a to b ---------------------------------------------------------------- */

  const STEPS = 9;
  const between = (t) => state.codes.a.map((value, j) => (1 - t) * value + t * state.codes.b[j]);

  const strip = Array.from({ length: STEPS }, (_, n) => {
    const t = n / (STEPS - 1), canvas = element("canvas");
    const says = `t = ${textOf(t, 3)}: move the point here`;
    const button = element("button", { type: "button", "aria-label": says, title: says }, canvas,
      element("span", {}, n === 0 ? "A" : n === STEPS - 1 ? "B" : textOf(t, 2)));
    button.addEventListener("click", () => set("z", between(t)));
    $("strip").append(button);
    return { t, canvas };
  });

  function drawPath() {
    for (const { t, canvas } of strip) paint(canvas, imageOf(between(t)), shape);
  }

  /* ---- moving ------------------------------------------------------------------------------ */

  /* Give a handle this code. What moved the point along a class starts anew, unless it was that. */
  function set(name, code, along = false) {
    const other = state.codes[name].some((v, j) => v !== code[j] && !state.axes.includes(j));
    state.codes[name] = copy(code);
    if (name === "z" && !along) {
      state.before = copy(code);
      $("amount").value = 0;
      $("amount-text").textContent = textOf(0);
    }
    redraw("point", "sliders", ...(name === "z" ? [] : ["path"]), ...(other ? ["tiles"] : []));
  }

  function moveActive(...values) {
    const code = copy(state.codes[state.active]);
    state.axes.forEach((axis, n) => { if (axis !== null) code[axis] = values[n]; });
    set(state.active, code);
  }

  /* To the code of a test image, and to its class where the decoder is told one. */
  function pick(example) {
    choose(labels[example]);
    set(state.active, codes[example]);
  }

  function choose(k) {
    if (!data.condition || k === state.label) return;
    state.label = k;
    $("label").value = k;
    redraw("point", "path", "tiles");
  }

  function activate(name) {
    state.active = name;
    $(`handle-${name}`).checked = true;
    redraw("point", "sliders");
  }

  const map = makeMap($("map"), { codes, scales, labels, classes, classMeans, latent,
    colours: data.colours, named: !data.condition },
    { grab: activate, move: moveActive, pick });

  const tiles = makeTiles($("tiles"), map, () => ({ code: state.codes.z, axes: state.axes, shape,
    imageOf, wanted: $("tiled").checked && latent > 1 }));

  $("map").addEventListener("keydown", (event) => {
    const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const letter = { z: "z", a: "a", b: "b" }[event.key.toLowerCase()];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Home") set(state.active, middle());
    else if (letter) activate(letter);
    else if (event.key in direction) {
      const step = (map.bounds().half / 50) * (event.shiftKey ? 5 : 1);
      moveActive(...state.axes.map((axis, n) => (axis === null ? null
        : state.codes[state.active][axis] + step * direction[event.key][n])));
    } else return;
    event.preventDefault();
  });

  for (const name of ["z", "a", "b"])
    $(`handle-${name}`).addEventListener("change", () => activate(name));

  /* ---- the numbers of the code -------------------------------------------------------------- */

  const worthOf = (unit) => `${textOf(data.worth[unit])} ${scales ? "nats" : "variance"}`;

  const sliders = order.map((unit) => {
    const { middle: centre, half } = map.range(unit), id = `unit-${unit}`;
    const input = element("input", { type: "range", id, min: centre - half, max: centre + half,
      step: half / 200 });
    const output = element("output", { for: id });
    $("units").append(element("label", { for: id }, nameOf(unit), element("small", {},
      worthOf(unit))), input, output);
    input.addEventListener("input", () => {
      const code = copy(state.codes[state.active]);
      code[unit] = Number(input.value);
      set(state.active, code);
    });
    return { unit, input, output };
  });

  function drawSliders() {
    const code = state.codes[state.active];
    $("whose").textContent = { z: "the point", a: "end A", b: "end B" }[state.active];
    for (const { unit, input, output } of sliders) {
      if (document.activeElement !== input || Number(input.value) !== code[unit])
        input.value = code[unit];
      output.textContent = textOf(code[unit]);
    }
  }

  [0, 1].forEach((n) => {
    const chosen = $(["axis-x", "axis-y"][n]);
    for (const unit of order)
      chosen.append(element("option", { value: unit }, `${nameOf(unit)}, ${worthOf(unit)}`));
    chosen.value = state.axes[n];
    chosen.addEventListener("change", () => {
      const other = 1 - n, unit = Number(chosen.value);
      if (state.axes[other] === unit) state.axes[other] = state.axes[n];
      state.axes[n] = unit;
      $(["axis-x", "axis-y"][other]).value = state.axes[other];
      redraw("map", "point", "tiles");
    });
  });

  /* ---- classes ------------------------------------------------------------------------------ */

  classes.forEach((name, k) => {
    $("legend").append(element("li", { style: `--colour: ${data.colours[k]}` }, name));
    if (!Number.isNaN(classMeans[k][0])) $("class").append(element("option", { value: k }, name));
    $("label").append(element("option", { value: k }, name));
  });

  /* alter: z + alpha (mean code of the class - z); attribute: z + alpha (that mean - the mean of
     all others), as LatentModel's methods of these names do. */
  function moveAlong() {
    const alpha = Number($("amount").value), k = Number($("class").value);
    const alter = $("way").value === "alter", from = state.before;
    $("way-text").textContent = `z + α (mean code of class ${classes[k]} − `
      + (alter ? "z): at α = 1 it is that mean, whatever z was."
        : "mean code of all others): what sets the class apart is added.");
    $("amount-text").textContent = textOf(alpha);
    set("z", from.map((value, j) => value
      + alpha * (alter ? classMeans[k][j] - value : attributes[k][j])), true);
  }

  for (const id of ["amount", "class", "way"]) $(id).addEventListener("input", moveAlong);
  $("label").value = state.label;
  $("label").addEventListener("input", () => choose(Number($("label").value)));
  $("tiled").addEventListener("change", () => redraw("tiles"));

  /* ---- test images to start from ------------------------------------------------------------- */

  classes.forEach((name, k) => {
    const examples = [...labels.keys()].filter((n) => labels[n] === k).slice(0, 2);
    for (const n of examples) {
      const says = `Test image ${n + 1}, class ${name}: move there`;
      const button = element("button", { type: "button", "aria-label": says, title: says,
        style: `--colour: ${data.colours[k]}` }, paint(element("canvas"), images[n], shape, 255));
      button.addEventListener("click", () => pick(n));
      $("examples").append(button);
    }
  });

  $("axes").hidden = latent < 3;
  $("tiled").parentNode.hidden = latent < 2;
  $("about-class").hidden = Boolean(data.condition);
  $("about-label").hidden = !data.condition;
  $("shown").textContent = `${codes.length} of ${data.total}`;
  new ResizeObserver(() => redraw("map", "tiles")).observe($("map").parentNode);
  map.draw(state.axes);
  moveAlong();
  redraw("point", "path", "sliders", "tiles");

  return { imageOf, state, codes, labels, map };
})();
