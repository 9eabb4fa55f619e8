const SIDE = 28;
const GAP = 2; // between pictures, in their own pixels
const SMALLEST = 56; // of a picture on the screen; narrower rows are broken into lines
const HEAD_REM = 10.75; // the column of labels and the gap beside it
// Steps of the enlargement that keep pixels alike; on a fine screen nobody sees a difference.
const STEP = window.devicePixelRatio >= 2 ? 0.125 : 0.5;

function make(tag, className, parent) {
  const element = document.createElement(tag);
  element.className = className;
  parent.append(element);
  return element;
}

/** How many pictures a line holds, and how much each is enlarged. */
function fit(width, count, largest, smallest) {
  const most = Math.max(1, Math.floor((width + 4) / (smallest + 4)));
  const columns = Math.ceil(count / Math.ceil(count / most)); // lines of equal length
  const pixels = columns * SIDE + (columns - 1) * GAP;
  const scale = Math.min(largest / SIDE, width / pixels);
  return { columns, pixels, scale: Math.max(STEP, Math.floor(scale / STEP) * STEP) };
}

/** One canvas a line: a canvas for every picture would be a layer to compose each. */
function build(root, header, columns) {
  root.replaceChildren(root.save);
  root.rows = header.rows.map((row, r) => {
    const group = make("div", "row", root);
    group.setAttribute("role", "group");
    const head = make("div", "head", group);
    const label = make("div", "label", head);
    const note = make("div", "note", head);
    const strip = make("div", "strip", group);
    const lines = [];
    for (let first = 0; first < row.count; first += columns) {
      const line = make("div", "line", strip);
      const canvas = make("canvas", "pictures", line);
      canvas.width = columns * (SIDE + GAP) - GAP;
      canvas.height = SIDE;
      canvas.setAttribute("role", "img");
      const cells = make("div", "cells", line);
      for (let c = first; c < Math.min(first + columns, row.count); c++) {
        const cell = make(header.selectable ? "button" : "div", "cell", cells);
        make("span", "frame", cell);
        make("span", "caption", cell);
        if (!header.selectable) continue;
        cell.type = "button";
        cell.onclick = () => root.choose([r, c]);
      }
      const pen = canvas.getContext("2d", { willReadFrequently: true });
      lines.push({ first, canvas, pen, cells: [...cells.children] });
    }
    return { group, label, note, lines };
  });
}

function paintLine(line, row, pixels, at) {
  const width = line.canvas.width;
  const picture = line.pen.createImageData(width, SIDE);
  const out = new Uint32Array(picture.data.buffer);
  const step = row.channels;
  for (let c = 0; c < line.cells.length; c++) {
    for (let y = 0; y < SIDE; y++) {
      let to = y * width + c * (SIDE + GAP);
      for (let x = 0; x < SIDE; x++, at += step) {
        const red = pixels[at];
        const green = step === 1 ? red : pixels[at + 1];
        const blue = step === 1 ? red : pixels[at + 2];
        out[to++] = 0xff000000 | (blue << 16) | (green << 8) | red;
      }
    }
  }
  line.pen.putImageData(picture, 0, 0);
  return at;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A row of an earlier state than the control's fades, unless its pictures come soon. */
function setStale(group, stale) {
  group.classList.toggle("stale", Boolean(stale));
  group.setAttribute("aria-busy", String(Boolean(stale)));
}

function paint(root, header, pixels) {
  let at = 0;
  header.rows.forEach((row, r) => {
    const parts = root.rows[r];
    parts.group.setAttribute("aria-label", row.label);
    parts.group.classList.toggle("marked", row.marked);
    setStale(parts.group, row.stale);
    setText(parts.label, row.label);
    setText(parts.note, row.note);
    for (const line of parts.lines) {
      at = paintLine(line, row, pixels, at);
      line.canvas.setAttribute("aria-label", row.alt);
      line.cells.forEach((cell, i) => {
        const c = line.first + i;
        const caption = row.captions?.[c] ?? "";
        setText(cell.lastChild, caption);
        const chosen = header.selected?.[0] === r && header.selected[1] === c;
        cell.classList.toggle("chosen", chosen);
        if (!header.selectable) return;
        cell.setAttribute("aria-label", [row.alt, c + 1, caption].filter(Boolean).join(" · "));
        cell.setAttribute("aria-pressed", String(chosen));
      });
    }
  });
}

/** Lays out for the present width and paints; builds anew only where the shape changed. */
function show(root) {
  const { header, pixels } = root;
  if (!header.rows.length) {
    root.shape = "";
    return root.replaceChildren();
  }
  // Sizes are meant for text of 16 pixels; where text is larger, so are pictures.
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
  const narrow = root.clientWidth < 576;
  const width = root.clientWidth - (narrow ? 0 : HEAD_REM * rem);
  const count = Math.max(1, ...header.rows.map((row) => row.count));
  const [largest, smallest] = [header.largest, SMALLEST].map((side) => (side * rem) / 16);
  const { columns, pixels: across, scale } = fit(width, count, largest, smallest);
  const shape = JSON.stringify([header.selectable, columns, header.rows.map((row) => row.count)]);
  if (root.shape !== shape) build(root, header, columns);
  root.shape = shape;
  root.style.setProperty("--scale", `${scale}px`);
  root.style.setProperty("--across", across);
  root.style.setProperty("--columns", columns);
  root.save.title = header.save;
  root.save.setAttribute("aria-label", header.save);
  paint(root, header, pixels);
}

/** Where the pixels of a row begin. */
function rowStart(header, r) {
  return header.rows.slice(0, r).reduce((sum, row) => sum + row.count * row.channels * SIDE ** 2, 0);
}

/**
 * Paints one row anew, in bytes (N × 784) or with its present pictures (null), and with other
 * texts, until the server sends its own. For components that follow a control as it moves.
 */
function repaint(root, r, greys, texts) {
  const row = root.header?.rows[r];
  if (!row || (greys && greys.length !== row.count * row.channels * SIDE ** 2)) return false;
  if (root.message) root.pixels = root.pixels.slice(); // what the server sent is left as it is
  root.message = null; // the same message must be painted again when it comes
  Object.assign(row, texts);
  const parts = root.rows[r];
  setStale(parts.group, row.stale);
  if (texts?.note !== undefined) setText(parts.note, texts.note);
  if (texts?.captions) {
    for (const line of parts.lines)
      line.cells.forEach((cell, i) => setText(cell.lastChild, texts.captions[line.first + i] ?? ""));
  }
  if (!greys) return true;
  root.pixels.set(greys, rowStart(root.header, r));
  let at = rowStart(root.header, r);
  for (const line of parts.lines) at = paintLine(line, row, root.pixels, at);
  count(root);
  return true;
}

/** Read by the benchmark: it grows whenever other pixels have been put on the canvases. */
function count(root) {
  root.dataset.revision = String(Number(root.dataset.revision ?? 0) + 1);
}

/** Shows a message of the server: a JSON header, then raw pixels. */
function receive(root, data) {
  root.message = root.sent = data;
  const length = new DataView(data.buffer, data.byteOffset).getUint32(0, true);
  root.header = JSON.parse(new TextDecoder().decode(data.subarray(4, 4 + length)));
  root.pixels = data.subarray(4 + length);
  root.width = root.clientWidth;
  show(root);
  root.observer.observe(root);
  count(root);
}

/**
 * While a control moves, what the server still sends of an earlier state has to wait. Afterwards
 * the sheet shows what the server sent last, even where that is what it had sent before.
 */
function hold(root, held) {
  const shown = root.later ?? root.sent;
  if (root.held && !held && root.message !== shown) receive(root, shown);
  root.held = held;
  if (!held) root.later = null;
}

const same = (a, b) => a && a.length === b.length && a.every((value, i) => value === b[i]);

export default function ({ data, parentElement, setTriggerValue }) {
  let root = parentElement.querySelector(".sheet");
  if (!root) {
    root = make("div", "sheet", parentElement);
    root.save = make("button", "save", root);
    root.save.type = "button";
    root.save.textContent = "PNG";
    root.save.onclick = () => saveSheet(root);
    root.repaint = (r, greys, texts) => repaint(root, r, greys, texts);
    root.hold = (held) => hold(root, held);
    root.observer = new ResizeObserver(() => {
      if (root.width !== root.clientWidth) show(root);
      root.width = root.clientWidth;
    });
  }
  root.choose = (place) => setTriggerValue("click", place);
  if (root.held) root.later = data;
  else if (!same(root.message, data)) receive(root, data);
  return () => root.observer.disconnect();
}
