"use strict";

/* The whole map decoded, tile by tile, behind it: n x n images at the codes of their middles. */

function makeTiles(canvas, map, ask) {
  const ACROSS = 15, GAP = 0.08;        /* of a tile, between two */
  const BUDGET = 12;                    /* milliseconds of work before the page may answer again */
  let run = 0;

  function start() {
    const { code, axes: [i, j], shape, imageOf, wanted } = ask(), mine = ++run;
    canvas.hidden = !wanted;
    canvas.setAttribute("aria-busy", wanted);
    canvas.parentNode.classList.toggle("tiled", wanted);
    if (!wanted) return;
    const { side, half, low, margin } = map.bounds(), step = (2 * half) / ACROSS;
    const pixels = Math.ceil((side * devicePixelRatio) / ACROSS), small = element("canvas");
    const gap = Math.round((pixels * GAP) / 2), inside = pixels - 2 * gap;
    Object.assign(canvas, { width: pixels * ACROSS, height: pixels * ACROSS });
    Object.assign(canvas.style, { left: `${margin.left}px`, top: `${margin.top}px`,
      width: `${side}px`, height: `${side}px` });
    const context = canvas.getContext("2d"), at = Float64Array.from(code);
    context.imageSmoothingEnabled = false;
    let n = 0;
    (function work() {
      if (mine !== run) return;
      const end = performance.now() + BUDGET;
      for (; n < ACROSS * ACROSS && performance.now() < end; n++) {
        const row = Math.floor(n / ACROSS), column = n % ACROSS;
        at[i] = low[0] + (column + 0.5) * step;
        at[j] = low[1] + (ACROSS - row - 0.5) * step;
        paint(small, imageOf(at), shape);
        context.drawImage(small, column * pixels + gap, row * pixels + gap, inside, inside);
      }
      if (n < ACROSS * ACROSS) requestAnimationFrame(work);
      else canvas.setAttribute("aria-busy", false);
    })();
  }

  return { start };
}
