"use strict";

/* The decoder: layers applied one after the other to one code, a row of numbers, in double
   precision. An image in between is (H, W, C) with channels last, row by row. */

const ACTIVATIONS = {
  relu: (x) => Math.max(x, 0),
  leaky_relu: (x) => (x > 0 ? x : 0.2 * x),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  silu: (x) => x * sigmoid(x),
  gelu: (x) => x * normalBelow(x),
  tanh: Math.tanh,
  sigmoid,
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  tilted_mean: tiltedMean,
};

function sigmoid(x) {
  const e = Math.exp(-Math.abs(x));
  return (x >= 0 ? 1 : e) / (1 + e);
}

/* The mean of a continuous Bernoulli: 1 / (1 - exp(-u)) - 1 / u, and its series where that is
   0 / 0. */
function tiltedMean(u) {
  return Math.abs(u) < 0.01 ? 0.5 + u / 12 - u ** 3 / 720 : -1 / Math.expm1(-u) - 1 / u;
}

/* P(N(0, 1) < x): the series x + x^3 / 3 + x^5 / (3 5) + ... times the density. Marsaglia (2004),
   "Evaluating the Normal Distribution". */
function normalBelow(x) {
  if (Math.abs(x) > 7) return x > 0 ? 1 : 0;
  let term = x, sum = x;
  for (let n = 3; Math.abs(term) > 1e-17 * Math.abs(sum); n += 2) sum += term *= (x * x) / n;
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

const LAYERS = {
  linear(x, { rows, inputs, outputs, weight, bias }) {
    const y = startingAt(bias, rows * outputs);
    for (let row = 0; row < rows; row++)
      for (let i = 0; i < inputs; i++) {
        const value = x[row * inputs + i];
        if (value === 0) continue;                      /* half of what a relu lets through */
        addScaled(y, row * outputs, value, weight, i * outputs, outputs);
      }
    return y;
  },

  conv2d(x, { input, output, weight, bias, ...form }) {
    const y = startingAt(bias, size(output)), [, , inputs] = input, [, , outputs] = output;
    taps(output, input, form, (out, cell, tap) => {
      for (let c = 0; c < inputs; c++)
        addScaled(y, out * outputs, x[cell * inputs + c], weight, (tap * inputs + c) * outputs,
          outputs);
    });
    return y;
  },

  /* The adjoint of conv2d: what was gathered there is handed back here. */
  conv_transpose2d(x, { input, output, weight, bias, ...form }) {
    const y = startingAt(bias, size(output)), [, , inputs] = input, [, , outputs] = output;
    taps(input, output, form, (cell, out, tap) => {
      for (let o = 0; o < outputs; o++) {
        let sum = 0;
        const from = (tap * outputs + o) * inputs;
        for (let c = 0; c < inputs; c++) sum += x[cell * inputs + c] * weight[from + c];
        y[out * outputs + o] += sum;
      }
    });
    return y;
  },

  affine: (x, { channels, scale, shift }) =>
    x.map((value, i) => scale[i % channels] * value + shift[i % channels]),
};

for (const [name, f] of Object.entries(ACTIVATIONS)) LAYERS[name] = (x) => x.map(f);
LAYERS.identity = (x) => x;

/* visit(window, cell, tap) for each cell that each window of a convolution sees, by which of its
   kernel's places: cell (i S - P + k D, j S - P + m D) of the larger image, for window (i, j) and
   place (k, m). */
function taps([rows, columns], [height, width], { kernel, stride, padding, dilation }, visit) {
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < kernel[0]; k++) {
      const row = i * stride[0] - padding[0] + k * dilation[0];
      if (row < 0 || row >= height) continue;
      for (let j = 0; j < columns; j++)
        for (let m = 0; m < kernel[1]; m++) {
          const column = j * stride[1] - padding[1] + m * dilation[1];
          if (column < 0 || column >= width) continue;
          visit(i * columns + j, row * width + column, k * kernel[1] + m);
        }
    }
}

function addScaled(y, at, factor, weight, from, count) {
  for (let o = 0; o < count; o++) y[at + o] += factor * weight[from + o];
}

function startingAt(bias, length) {
  const y = new Float64Array(length);
  if (bias) for (let i = 0; i < length; i++) y[i] = bias[i % bias.length];
  return y;
}

const size = (shape) => shape.reduce((a, b) => a * b, 1);

/* code -> the mean of each pixel. Layers name places in the row of weights; here they become the
   weights themselves. */
function makeDecoder(description, weights, mean) {
  const layers = [...description, { kind: mean }].map((layer) => {
    const bound = { ...layer };
    for (const name of ["weight", "bias", "scale", "shift"])
      if (layer[name]) bound[name] = weights.subarray(...layer[name]);
    return bound;
  });
  return (code) => layers.reduce((x, layer) => LAYERS[layer.kind](x, layer),
    Float64Array.from(code));
}
