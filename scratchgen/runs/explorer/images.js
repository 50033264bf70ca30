"use strict";

/* Images on canvases, and the numbers that arrive as text. */

function bytesOf(base64) {
  const text = atob(base64), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

const floatsOf = (base64) => new Float32Array(bytesOf(base64).buffer);

/* Rows of a matrix as views of it. */
const rowsOf = (values, width) => Array.from({ length: values.length / width },
  (_, i) => values.subarray(i * width, (i + 1) * width));

const squaredDistance = (one, other) => one.reduce(
  (sum, value, j) => sum + (value - other[j]) ** 2, 0);

const NOT_A_NUMBER = [231, 99, 0];      /* a NaN is shown, never hidden */

/* The image (H, W, C), whose pixels go from black at 0 to white at `white`, on this canvas. */
function paint(canvas, pixels, [height, width, channels], white = 1) {
  if (canvas.width !== width || canvas.height !== height)
    Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d"), data = context.createImageData(width, height);
  for (let i = 0; i < height * width; i++)
    for (let c = 0; c < 3; c++) {
      const value = pixels[i * channels + (channels === 3 ? c : 0)];
      data.data[4 * i + c] = Number.isNaN(value) ? NOT_A_NUMBER[c] : (255 * value) / white;
      data.data[4 * i + 3] = 255;
    }
  context.putImageData(data, 0, 0);
  return canvas;
}

/* <name attributes>content</name>; an attribute that is null is left out. */
function element(name, attributes = {}, ...content) {
  return dressed(document.createElement(name), attributes, content);
}

function svgElement(name, attributes = {}, ...content) {
  return dressed(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, content);
}

function dressed(node, attributes, content) {
  for (const [key, value] of Object.entries(attributes))
    if (value !== null) node.setAttribute(key, value);
  node.append(...content);
  return node;
}

const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";

/* 0 -> z₁, as the mathematics counts */
const nameOf = (unit) => "z" + String(unit + 1).replace(/\d/g, (d) => SUBSCRIPTS[d]);

const textOf = (value, digits = 2) => {
  const text = value.toFixed(digits);
  return Number(text) < 0 ? "\u2212" + text.slice(1) : text.replace("-", "");
};
