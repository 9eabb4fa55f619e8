const SIDE = 28;

function make(tag, className, parent) {
  const element = document.createElement(tag);
  element.className = className;
  parent.append(element);
  return element;
}

function build(parent) {
  const root = make("div", "animation", parent);
  const canvas = make("canvas", "frame", root);
  canvas.width = canvas.height = SIDE;
  canvas.setAttribute("role", "img");
  const bar = make("div", "bar", root);
  const button = make("button", "play", bar);
  button.type = "button";
  const seek = make("input", "seek", bar);
  seek.type = "range";
  seek.min = "0";
  Object.assign(root, { canvas, button, seek, frame: 0, timer: 0 });
  root.pen = canvas.getContext("2d", { willReadFrequently: true });
  root.playing = !window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  button.onclick = () => {
    root.playing = !root.playing;
    run(root);
  };
  seek.oninput = () => {
    root.playing = false;
    root.frame = Number(seek.value);
    run(root);
  };
  return root;
}

function paint(root) {
  const picture = root.pen.createImageData(SIDE, SIDE);
  const out = new Uint32Array(picture.data.buffer);
  const at = root.frame * SIDE * SIDE;
  for (let i = 0; i < out.length; i++) out[i] = 0xff000000 | (root.pixels[at + i] * 0x010101);
  root.pen.putImageData(picture, 0, 0);
  root.seek.value = String(root.frame);
  root.seek.setAttribute("aria-valuetext", `${root.frame + 1} / ${root.count}`);
}

/** Paints the present frame, and after its time the next one while the animation plays. */
function run(root) {
  clearTimeout(root.timer);
  const { header, playing } = root;
  root.button.textContent = playing ? header.pause : header.play;
  paint(root);
  if (!playing || root.count < 2) return;
  root.timer = setTimeout(() => {
    root.frame = (root.frame + 1) % root.count;
    run(root);
  }, header.milliseconds[root.frame]);
}

const same = (a, b) => a && a.length === b.length && a.every((value, i) => value === b[i]);

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".animation") ?? build(parentElement);
  if (!same(root.message, data)) {
    root.message = data;
    const length = new DataView(data.buffer, data.byteOffset).getUint32(0, true);
    root.header = JSON.parse(new TextDecoder().decode(data.subarray(4, 4 + length)));
    root.pixels = data.subarray(4 + length);
    root.count = root.header.milliseconds.length;
    root.frame %= root.count;
    root.seek.max = String(root.count - 1);
    root.canvas.setAttribute("aria-label", root.header.alt);
    root.seek.setAttribute("aria-label", root.header.seek);
    root.dataset.frames = String(root.count); // read by the tests
  }
  run(root);
  return () => clearTimeout(root.timer);
}
