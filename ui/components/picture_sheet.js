const SIDE = 28;
const PIXELS = SIDE * SIDE;

function make(tag, className, parent) {
  const element = document.createElement(tag);
  element.className = className;
  parent.append(element);
  return element;
}

function build(root, header) {
  root.replaceChildren();
  root.rows = header.rows.map((row, r) => {
    const group = make("div", "row", root);
    group.setAttribute("role", "group");
    const head = make("div", "head", group);
    const label = make("div", "label", head);
    const note = make("div", "note", head);
    const frame = make("div", "frame", group);
    const strip = make("div", "strip", frame);
    strip.style.setProperty("--count", row.count);
    const cells = Array.from({ length: row.count }, (_, c) => {
      const cell = make(header.selectable ? "button" : "div", "cell", strip);
      if (header.selectable) {
        cell.type = "button";
        cell.onclick = () => root.choose([r, c]);
      }
      const canvas = make("canvas", "picture", cell);
      canvas.width = canvas.height = SIDE;
      canvas.setAttribute("role", "img");
      const pen = canvas.getContext("2d", { willReadFrequently: true });
      return { cell, canvas, pen, caption: row.captions ? make("span", "caption", cell) : null };
    });
    return { group, label, note, cells };
  });
}

function paint(root, header, pixels) {
  const picture = new ImageData(SIDE, SIDE);
  const out = new Uint32Array(picture.data.buffer);
  let at = 0;
  header.rows.forEach((row, r) => {
    const parts = root.rows[r];
    parts.group.setAttribute("aria-label", row.label);
    parts.label.textContent = row.label;
    parts.note.textContent = row.note;
    parts.cells.forEach((part, c) => {
      for (let i = 0; i < PIXELS; i++) {
        const red = pixels[at];
        const grey = row.channels === 1;
        const green = grey ? red : pixels[at + 1];
        const blue = grey ? red : pixels[at + 2];
        out[i] = 0xff000000 | (blue << 16) | (green << 8) | red;
        at += row.channels;
      }
      part.pen.putImageData(picture, 0, 0);
      const caption = row.captions ? row.captions[c] : "";
      if (part.caption) part.caption.textContent = caption;
      part.canvas.setAttribute("aria-label", [row.alt, c + 1, caption].filter(Boolean).join(" · "));
      const chosen = header.selected && header.selected[0] === r && header.selected[1] === c;
      part.cell.classList.toggle("chosen", Boolean(chosen));
      if (header.selectable) part.cell.setAttribute("aria-pressed", String(Boolean(chosen)));
    });
  });
}

const same = (a, b) => a && a.length === b.length && a.every((value, i) => value === b[i]);

export default function ({ data, parentElement, setTriggerValue }) {
  let root = parentElement.querySelector(".sheet");
  if (!root) root = make("div", "sheet", parentElement);
  root.choose = (place) => setTriggerValue("click", place);
  if (same(root.message, data)) return;
  root.message = data;
  const length = new DataView(data.buffer, data.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(data.subarray(4, 4 + length)));
  const shape = JSON.stringify([
    header.selectable,
    header.rows.map((row) => [row.count, Boolean(row.captions)]),
  ]);
  if (root.shape !== shape) build(root, header);
  root.shape = shape;
  root.style.setProperty("--largest", `${header.largest}px`);
  paint(root, header, data.subarray(4 + length));
  // Read by the benchmark: it grows whenever other pixels have been put on the canvases.
  root.dataset.revision = String(Number(root.dataset.revision ?? 0) + 1);
}
