// Arithmetic of ae_models on flat Float32Arrays, for what a browser computes beside a model.
// tests/browser/test_browser_inference.py compares each with the function that it mirrors.

/** Every value within [0, 1]. */
const clipped = (value) => Math.min(Math.max(value, 0), 1);

/**
 * Noise of ae_models/images/noise.py from the random fields of a seed, a value a pixel: normal
 * ones for "Gaussian" and "speckle", uniform ones for "salt & pepper" and "masking". For "block"
 * `field` has two uniform values an image. Greys x are in [0, 1]; strength 0 changes nothing.
 */
export const noises = {
  Gaussian: (x, strength, field) => x.map((grey, i) => clipped(grey + strength * field[i])),
  speckle: (x, strength, field) => x.map((grey, i) => clipped(grey * (1 + strength * field[i]))),
  masking: (x, strength, field) => x.map((grey, i) => (field[i] < strength ? 0 : grey)),
  "salt & pepper": (x, strength, field) =>
    x.map((grey, i) => (field[i] < strength / 2 ? 0 : field[i] < strength ? 1 : grey)),
  block: (x, strength, field) => {
    const side = Math.round(28 * Math.sqrt(clipped(strength)));
    const out = x.slice();
    for (let n = 0; n < x.length / 784; n++) {
      const [top, left] = [0, 1].map((axis) => Math.floor(field[2 * n + axis] * (29 - side)));
      for (let row = top; row < top + side; row++) {
        const from = n * 784 + row * 28 + left;
        out.fill(0, from, from + side);
      }
    }
    return out;
  },
};

/** Linear interpolation between two codes, t in [0, 1]. */
export function linear(start, end, t) {
  return start.map((value, i) => (1 - t) * value + t * end[i]);
}

/** Spherical interpolation (Shoemake 1985); linear where the codes are (anti)parallel. */
export function spherical(start, end, t) {
  const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  const length = Math.sqrt(dot(start, start) * dot(end, end));
  const cosine = length > 0 ? dot(start, end) / length : 1;
  if (Math.abs(cosine) > 0.9999) return linear(start, end, t);
  const angle = Math.acos(cosine);
  const [a, b] = [1 - t, t].map((part) => Math.sin(part * angle) / Math.sin(angle));
  return start.map((value, i) => a * value + b * end[i]);
}

/** A code moved along directions (K rows of D) by `steps` (K). */
export function along(start, directions, steps) {
  const size = start.length;
  return start.map((value, d) =>
    steps.reduce((sum, step, k) => sum + step * directions[k * size + d], value),
  );
}

/** PSNR in dB of each image against its original, for a peak of 1: as metrics.psnr. */
export function psnr(x_hat, x) {
  return Array.from({ length: x.length / 784 }, (_, n) => {
    let sum = 0;
    for (let i = 784 * n; i < 784 * (n + 1); i++) sum += (x_hat[i] - x[i]) ** 2;
    return -10 * Math.log10(Math.max(sum / 784, 1e-10));
  });
}
