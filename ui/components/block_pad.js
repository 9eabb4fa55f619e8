const SIDE = 28; // pixels of the picture
const SCALE = 8; // of the canvas, for a pixel
const COVER = "rgb(68 119 170 / 0.72)";

const within = (value) => Math.min(Math.max(value, 0), SIDE);

/** The whole pixels between two corners, one at least: [left, right, top, bottom]. */
function spanned([x, y], [u, v]) {
  const along = (a, b) => {
    const from = Math.min(Math.floor(Math.min(a, b)), SIDE - 1);
    return [from, Math.max(Math.ceil(Math.max(a, b)), from + 1)];
  };
  return [...along(x, u), ...along(y, v)];
}

/** A block of the same size around a place, moved back where it would leave the picture. */
function moved([left, right, top, bottom], [x, y]) {
  const along = (size, middle) => {
    const from = Math.round(Math.min(Math.max(middle - size / 2, 0), SIDE - size));
    return [from, from + size];
  };
  const size = [Math.max(right - left, 1), Math.max(bottom - top, 1)];
  return [...along(size[0], x), ...along(size[1], y)];
}

function draw(root) {
  const pen = root.canvas.getContext("2d");
  pen.imageSmoothingEnabled = false;
  pen.drawImage(root.picture, 0, 0, SIDE * SCALE, SIDE * SCALE);
  const [left, right, top, bottom] = root.block;
  const box = [left, top, right - left, bottom - top].map((length) => length * SCALE);
  if (!box[2] || !box[3]) return;
  pen.fillStyle = COVER;
  pen.fillRect(...box);
  pen.strokeStyle = "#fff";
  pen.lineWidth = 2;
  pen.strokeRect(box[0] + 1, box[1] + 1, box[2] - 2, box[3] - 2);
}

function decode(pixels) {
  const grey = Uint8Array.from(atob(pixels), (letter) => letter.charCodeAt(0));
  const image = new ImageData(SIDE, SIDE);
  grey.forEach((value, i) => image.data.set([value, value, value, 255], 4 * i));
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

function build(parent) {
  const root = document.createElement("div");
  root.className = "block-pad";
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE * SCALE;
  canvas.setAttribute("role", "img");
  root.append(canvas);
  parent.append(root);
  root.canvas = canvas;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    const scale = SIDE / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale].map(within);
  };
  let start = null;
  let before = null;
  const drag = (event) => {
    const now = place(event);
    const far = Math.max(Math.abs(now[0] - start[0]), Math.abs(now[1] - start[1]));
    root.block = far < 1 ? moved(before, now) : spanned(start, now);
    draw(root);
  };
  canvas.onpointerdown = (event) => {
    if (start || event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    [start, before] = [place(event), root.block];
    root.busy = true;
  };
  canvas.onpointermove = (event) => {
    if (start) drag(event);
  };
  canvas.onpointerup = (event) => {
    if (!start) return;
    drag(event);
    start = null;
    root.busy = false;
    root.send(root.block);
  };
  canvas.onpointercancel = () => {
    if (!start) return;
    start = null;
    root.busy = false;
    root.block = before;
    draw(root);
  };
  return root;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".block-pad") ?? build(parentElement);
  root.send = (block) => setTriggerValue("block", block);
  root.canvas.setAttribute("aria-label", data.canvas);
  root.picture = decode(data.pixels);
  if (!root.busy) root.block = data.block;
  draw(root);
}
