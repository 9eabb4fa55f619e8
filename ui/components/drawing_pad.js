const SIDE = 280; // drawing surface
const SENT = 56; // what Python gets
const WIDTH = 24; // of a stroke

function decode(ink) {
  const grey = Uint8Array.from(atob(ink), (letter) => letter.charCodeAt(0));
  if (grey.length !== SENT * SENT) return null;
  const picture = new ImageData(SENT, SENT);
  grey.forEach((value, i) => picture.data.set([value, value, value, 255], 4 * i));
  const canvas = new OffscreenCanvas(SENT, SENT);
  canvas.getContext("2d").putImageData(picture, 0, 0);
  return canvas;
}

function encode(canvas) {
  const small = new OffscreenCanvas(SENT, SENT);
  const pen = small.getContext("2d");
  pen.imageSmoothingQuality = "high";
  pen.drawImage(canvas, 0, 0, SENT, SENT);
  const { data } = pen.getImageData(0, 0, SENT, SENT);
  let text = "";
  for (let i = 0; i < data.length; i += 4) text += String.fromCharCode(data[i]);
  return btoa(text);
}

function drawStroke(pen, points) {
  pen.lineWidth = WIDTH;
  pen.lineCap = pen.lineJoin = "round";
  pen.strokeStyle = "#fff";
  pen.beginPath();
  pen.moveTo(...points[0]);
  for (let i = 1; i < points.length - 1; i++) {
    const [x, y] = points[i];
    pen.quadraticCurveTo(x, y, (x + points[i + 1][0]) / 2, (y + points[i + 1][1]) / 2);
  }
  pen.lineTo(...points[points.length - 1]);
  pen.stroke();
}

function build(parent, data) {
  const root = document.createElement("div");
  root.className = "pad";
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  canvas.setAttribute("role", "img");
  const buttons = document.createElement("div");
  buttons.className = "buttons";
  const [undo, clear] = ["undo", "clear"].map((name) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = name;
    buttons.append(button);
    return button;
  });
  root.append(canvas, buttons);
  parent.append(root);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  Object.assign(root, { canvas, undo, clear });
  root.marks = data.ink ? [decode(data.ink)].filter(Boolean) : []; // pictures, strokes, "clear"

  const redraw = () => {
    pen.fillStyle = "#000";
    pen.fillRect(0, 0, SIDE, SIDE);
    for (const mark of root.marks.slice(root.marks.lastIndexOf("clear") + 1)) {
      if (Array.isArray(mark)) drawStroke(pen, mark);
      else pen.drawImage(mark, 0, 0, SIDE, SIDE);
    }
  };
  const empty = () => root.marks.length === 0 || root.marks.at(-1) === "clear";
  const send = () => {
    undo.disabled = root.marks.length === 0;
    clear.disabled = empty();
    root.send(empty() ? "" : encode(canvas));
  };
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    const scale = SIDE / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  };

  let stroke = null;
  canvas.onpointerdown = (event) => {
    if (stroke || event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    stroke = [place(event)];
    root.marks.push(stroke);
    redraw();
  };
  canvas.onpointermove = (event) => {
    if (!stroke) return;
    for (const part of event.getCoalescedEvents?.() ?? [event]) stroke.push(place(part));
    redraw();
  };
  canvas.onpointerup = canvas.onpointercancel = () => {
    if (!stroke) return;
    stroke = null;
    send();
  };
  undo.onclick = () => {
    root.marks.pop();
    redraw();
    send();
  };
  clear.onclick = () => {
    root.marks.push("clear");
    redraw();
    send();
  };
  undo.disabled = clear.disabled = root.marks.length === 0;
  redraw();
  return root;
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".pad") ?? build(parentElement, data);
  root.send = (ink) => setStateValue("ink", ink);
  root.canvas.setAttribute("aria-label", data.canvas);
  root.undo.textContent = data.undo;
  root.clear.textContent = data.clear;
}
