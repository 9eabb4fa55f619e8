// What every component of this folder shares: the runtime, and painting on a picture sheet that
// the server has sent.

/** The runtime of this tab; fetched when a component first asks for it. */
function openRuntime(address) {
  return import(new URL(address, document.baseURI).href).then((module) => module.default);
}

/** Calls back once the page has been painted and rests; gives a function that takes it back. */
function whenIdle(callback) {
  if (!window.requestIdleCallback) {
    const timer = setTimeout(callback, 500); // Safari
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(callback, { timeout: 3000 });
  return () => cancelIdleCallback(handle);
}

/** The sheet `picture_sheet(..., key=key)`, or null while it is not on the page. */
function liveSheet(key) {
  const place = document.querySelector(`.st-key-${CSS.escape(key)}`);
  for (const element of place?.querySelectorAll("*") ?? []) {
    const sheet = element.shadowRoot?.querySelector(".sheet") ?? null;
    if (sheet) return sheet;
  }
  return place?.querySelector(".sheet") ?? null;
}

/** Greys in [0, 1] as bytes, rounded as datasets.to_pixels does. */
function toPixels(greys) {
  return Uint8ClampedArray.from(greys, (grey) => 255 * grey);
}

/**
 * Paints bytes (N × 784), or null for the present pictures, on a row of a sheet. `texts` may hold
 * another `note` under the label, other `captions`, and `stale` where the pictures are those of
 * an earlier state. False where the sheet or the row is not there.
 */
function paintRow(key, row, pixels, texts) {
  return liveSheet(key)?.repaint(row, pixels, texts) ?? false;
}

/** While `held`, a sheet keeps what it shows; then it shows what the server sent meanwhile. */
function holdSheet(key, held) {
  liveSheet(key)?.hold(held);
}

/** The bytes that ui/browser_inference/arrays.py packed. */
function unpackedBytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** The array that ui/browser_inference/arrays.py packed. */
function unpacked(text) {
  return new Float32Array(unpackedBytes(text).buffer);
}
