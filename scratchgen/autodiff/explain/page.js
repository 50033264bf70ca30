// Steps a backward pass.  Nothing is computed here: each number was written by the engine.
for (const root of document.querySelectorAll(".sg-explain:not([data-ready])")) {
  root.dataset.ready = "";
  const { loss, tensors, steps, groups, seed, root: top } =
    JSON.parse(root.querySelector("script[type='application/json']").textContent);
  const find = (selector) => root.querySelector(selector);
  const all = (selector) => [...root.querySelectorAll(selector)];
  const slider = find("input"), graph = find(".graph"), views = all("svg");
  const change = (t) => /\W/.test(tensors[t].short) ? `d(${tensors[t].short})`
    : "d" + tensors[t].short;
  const d = (t) => "dL/" + change(t);

  let step = 0, selected = null, view = 0;

  // What each tensor has received after step k, and what it will have received in the end.
  const gives = tensors.map(() => []);
  steps.forEach(({ x }, k) => gives[x].push(k + 1));
  const received = (t) => gives[t].filter((k) => k <= step);
  const gradient = (t, key) => {
    if (t === top) return key === "sum" ? seed[0] : seed[1];
    const k = received(t).pop();
    return k === undefined ? null : steps[k - 1][key];
  };

  // The box that stands for a tensor in the picture that is shown: its own, or that of a group.
  const boxOf = (t) => {
    if (views[view].querySelector(`[data-tensor="${t}"]`)) return "t" + t;
    let g = tensors[t].group;
    while (g !== null && groups[g].parent !== view) g = groups[g].parent;
    return g === null ? null : "g" + g;
  };
  const element = (id) => id && views[view].querySelector(
    id[0] === "t" ? `[data-tensor="${id.slice(1)}"]` : `[data-group="${id.slice(1)}"]`);

  const make = (tag, text, className) => {
    const e = document.createElement(tag);
    if (text !== undefined) e.textContent = text;
    if (className) e.className = className;
    return e;
  };
  const link = (text, action) => {
    const e = make("button", text, "link");
    e.type = "button";
    e.addEventListener("click", action);
    return e;
  };
  const list = (pairs) => {
    const dl = make("dl");
    for (const [term, content] of pairs) {
      const dd = make("dd");
      for (const part of [content].flat()) {
        dd.append(typeof part === "string" ? make("code", part) : part);
      }
      dl.append(make("dt", term), dd);
    }
    return dl;
  };

  // ---- the cards -------------------------------------------------------------------------------

  function describeStep() {
    const card = find(".now");
    const title = make("h2", step ? `Step ${step} of ${steps.length}` : "Before the first step");
    if (!step) {
      const start = make("p", "A change of the loss changes the loss by as much: ");
      start.append(make("code", `${d(top)} = ${seed[0]}`));
      card.replaceChildren(title, start,
        make("p", "Each step takes one rule from a node to one of its inputs.", "soft"));
      return;
    }
    const { y, x, row, rule, input, part, sum } = steps[step - 1];
    const [, formula, , shapes, local, upstream, , how] = row;
    const [first, ...summed] = how.split(", ");
    const dy = d(y), dydx = `${change(y)}/${change(x)}`;
    const before = received(x).slice(-2, -1).map((k) => steps[k - 1].sum)[0];
    const pairs = [
      ["arrives", `${dy} = ${upstream}`],
      ["times", local === "J" ? `${dydx}, a Jacobian that is never formed` : `${dydx} = ${local}`],
      ["gives", `${part} to ${d(x)}`],
      [first === "first" ? "the first" : "+=", first === "first" ? `${d(x)} = ${sum}`
        : before.startsWith("|") || before.startsWith("[") ? `${d(x)} is now ${sum}`
          : `${d(x)} = ${before} + ${part.replace(/^-.*/, "($&)")} = ${sum}`],
      ["rule", [`dL/d${input} = ${rule}`,
        make("p", `g is dL/dy; as in the source of ${tensors[y].about}`, "soft")]],
    ];
    if (shapes !== "()") pairs.push(["shapes", shapes]);
    if (summed.length) {
      pairs.push(["summed", `axis ${summed.join(", ").replace("sum ", "")}, along which `
        + `${tensors[x].short} was broadcast`]);
    }
    const parts = [title, make("p"), list(pairs)];
    parts[1].append(make("code", formula));
    if (!element(boxOf(y)) || boxOf(y) === boxOf(x)) {
      const inside = groups[tensors[y].group];
      const p = make("p", "This happens inside ", "soft");
      p.append(link(inside.parent === null ? "the whole graph" : inside.name,
        () => open(tensors[y].group)));
      parts.push(p);
    }
    card.replaceChildren(...parts);
  }

  function describeTensor() {
    const card = find(".about"), t = selected ?? (step ? steps[step - 1].x : top);
    const { name, kind, shape, dtype, entries, formula, about, set, terms } = tensors[t];
    const title = make("h2", name);
    const kinds = { leaf: "a leaf", constant: "a constant", node: "made by the graph" };
    const size = shape === "()" ? "a number" : shape;
    const parts = [title, make("p", `${kinds[kind]}, ${size}, ${dtype}`, "soft")];
    const pairs = [];
    const more = set && !formula.includes(set) ? `  ${set}` : "";
    if (formula) pairs.push(["formula", formula + more]);
    if (about) pairs.push(["op", about]);
    pairs.push(["value", make("pre", entries)]);
    if (kind === "constant") {
      pairs.push(["gradient", make("span", "none is asked for", "soft")]);
    } else {
      const g = gradient(t, "all"), n = gives[t].length, m = received(t).length;
      pairs.push([d(t).length > 14 ? "gradient" : d(t),
        g === null ? make("span", "not reached yet", "soft") : make("pre", g)]);
      if (g !== null && m < n) pairs.push(["", make("span", `${m} of ${n} parts so far`, "soft")]);
    }
    if (gives[t].length) {
      const parts = make("ul");
      for (const k of gives[t]) {
        const li = make("li", undefined, k <= step ? "" : "waiting");
        li.append(make("code", `${steps[k - 1].part} from ${tensors[steps[k - 1].y].short}, `),
          link(`step ${k}`, () => go(k)));
        parts.append(li);
      }
      pairs.push([gives[t].length > 1 ? "the sum of" : "which is", parts]);
    }
    if (terms?.length) {
      const paths = make("ul");
      for (const [way, factors, value] of terms) {
        paths.append(make("li"));
        paths.lastChild.append(make("code", `${way}   ${factors ? factors + " = " : ""}${value}`));
      }
      pairs.push([terms.length > 1 ? "over paths" : "path", paths]);
    }
    parts.push(list(pairs));
    if (selected !== null) parts.push(link("follow the steps", () => select(null)));
    card.replaceChildren(...parts);
  }

  function describeWhere() {
    const where = find(".where");
    if (!where) return;
    const chain = [];
    for (let g = view; g !== null; g = groups[g].parent) chain.unshift(g);
    where.replaceChildren(...chain.flatMap((g, k) => [
      ...(k ? [" \u203a "] : []),
      g === view ? make("strong", g ? groups[g].name : "the whole graph")
        : link(g ? groups[g].name : "the whole graph", () => open(g))]));
  }

  // ---- the picture -----------------------------------------------------------------------------

  function paint() {
    const now = step ? steps[step - 1] : null;
    const from = now && boxOf(now.y), to = now && boxOf(now.x);
    for (const box of views[view].querySelectorAll(".box")) {
      const t = box.dataset.tensor, lines = [...box.querySelectorAll("text")];
      box.classList.toggle("from", box === element(from));
      box.classList.toggle("to", box === element(to));
      if (t === undefined) continue;
      const n = gives[t].length, m = received(+t).length, g = gradient(+t, "sum");
      box.classList.toggle("partial", m > 0 && m < n);
      box.classList.toggle("done", g !== null && m === n);
      box.classList.toggle("selected", +t === selected);
      if (lines[2]) lines[2].textContent = g === null ? "" : `grad ${g}${m < n ? " \u2026" : ""}`;
      const said = lines.slice(0, 2).map((e) => e.textContent).join(", value ");
      box.setAttribute("aria-label", tensors[t].kind === "constant" ? said + ", a constant"
        : said + (g === null ? ", gradient not reached yet"
          : `, gradient ${g}${m < n ? `, ${m} of ${n} parts` : ""}`));
      box.setAttribute("aria-pressed", String(+t === selected));
    }
    const past = new Set(steps.slice(0, step).map(({ y, x }) => boxOf(y) + " " + boxOf(x)));
    for (const edge of views[view].querySelectorAll(".edge")) {
      edge.classList.toggle("past", past.has(edge.dataset.edge));
      edge.classList.toggle("hot", edge.dataset.edge === from + " " + to);
    }
    keepInSight(...(now ? [element(from), element(to)] : [element(boxOf(top))]));
  }

  // Scrolls the picture alone, never the page around it; where not all fit, to the last of them.
  function keepInSight(...boxes) {
    const frame = graph.getBoundingClientRect(), margin = 20;
    for (const box of boxes) {
      if (!box) continue;
      const r = box.getBoundingClientRect();
      if (r.top < frame.top + margin) graph.scrollTop += r.top - frame.top - margin;
      if (r.bottom > frame.bottom - margin) graph.scrollTop += r.bottom - frame.bottom + margin;
      if (r.left < frame.left + margin || r.right > frame.right - margin) {
        graph.scrollLeft += (r.left + r.right - frame.left - frame.right) / 2;
      }
    }
  }

  // Also where the room was found out or changed later: a phone turned, a notebook unfolded.
  let room = 0;
  new ResizeObserver(() => {
    if (graph.clientWidth === room) return;
    room = graph.clientWidth;
    paint();
  }).observe(graph);

  // ---- what the reader does --------------------------------------------------------------------

  // What is written anew takes the focus with it: give it to what says the same now, so that the
  // keyboard goes on from there.
  function draw() {
    const held = root.contains(document.activeElement) ? document.activeElement : null;
    slider.value = step;
    slider.setAttribute("aria-valuetext", `step ${step} of ${steps.length}`);
    find("output").textContent = `${step} / ${steps.length}`;
    all("[data-go]").forEach((b) => {
      b.disabled = step === ({ first: 0, back: 0 }[b.dataset.go] ?? steps.length);
    });
    all("tbody tr").forEach((tr, k) => tr.classList.toggle("here", k + 1 === step));
    describeStep();
    describeTensor();
    describeWhere();
    paint();
    if (held && (held.disabled || !held.isConnected)) {
      const same = all("section .link").find((b) => b.textContent === held.textContent);
      (same ?? slider).focus({ preventScroll: true });
    }
  }
  function go(k) {
    step = Math.max(0, Math.min(steps.length, k));
    draw();
  }
  function select(t) {
    selected = t;
    draw();
  }
  // Down into a picture the focus goes to its first box, back up to the box that was left.
  function open(g) {
    const inside = root.contains(document.activeElement);
    let left = view;
    while (left !== null && groups[left].parent !== g) left = groups[left].parent;
    view = g;
    views.forEach((svg, k) => svg.toggleAttribute("hidden", k !== view));
    graph.scrollTo(0, 0);
    draw();
    const box = left === null ? views[view].querySelector(".box") : element("g" + left);
    if (inside) box.focus({ preventScroll: true });
  }
  function choose(box) {
    if (box.dataset.group !== undefined) return open(+box.dataset.group);
    const t = +box.dataset.tensor;
    select(t === selected ? null : t);
  }

  const moves = { first: () => 0, back: () => step - 1, next: () => step + 1,
    last: () => steps.length };
  all("[data-go]").forEach((b) => b.addEventListener("click", () => go(moves[b.dataset.go]())));
  all("[data-step]").forEach((b) => b.addEventListener("click", () => go(+b.dataset.step)));
  slider.addEventListener("input", () => go(+slider.value));
  graph.addEventListener("click", (event) => {
    const box = event.target.closest(".box");
    if (box) choose(box);
  });
  graph.addEventListener("keydown", (event) => {
    const box = event.target.closest(".box");
    if (!box || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    choose(box);
  });
  // On a page of its own the arrows work wherever one is; among others, inside this one.
  (root.dataset.alone === undefined ? root : document).addEventListener("keydown", (event) => {
    const key = { ArrowRight: "next", ArrowLeft: "back", Home: "first", End: "last" }[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.key === "Escape") {
      if (selected !== null) select(null);
      else if (groups[view].parent !== null) open(groups[view].parent);
    } else if (key) {
      event.preventDefault();
      go(moves[key]());
    }
  });
  find(".bar").hidden = false;
  draw();
}
