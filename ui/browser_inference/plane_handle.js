// A handle over a plotly chart, moved by mouse, finger or arrow keys. It lies above the chart in
// a part of its own, as the marks of plot_marks.js do: the chart is not drawn again.

const EVENTS = ["plotly_afterplot", "plotly_relayout", "plotly_relayouting"];
const REACH = 44; // pixels across that a finger can hit
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };
const SIDE = 28; // pixels of a picture
const PREVIEW = 84; // of the screen that it takes beside the handle
const KNOB = `<svg viewBox="-22 -22 44 44" width="44" height="44" aria-hidden="true">
  <circle r="14.5" fill="#10181c"/>
  <circle r="12" fill="#0f6f6a" stroke="#fff" stroke-width="2.5"/>
  <path d="M-5.5 0h11M0-5.5v11" stroke="#fff" stroke-width="2"/>
  <circle class="focus" r="18.5" fill="none" stroke="#45b8ad" stroke-width="3" opacity="0"/>
</svg>`;

/**
 * `on.move(point)` while it is dragged and where the chart is clicked beside all points,
 * `on.step([right, up], far)` for an arrow key, `on.release(keyboard)` when it is let go.
 */
function createHandle(on) {
  const layer = document.createElement("div");
  layer.className = "plane-handle";
  Object.assign(layer.style, { position: "absolute", overflow: "hidden", pointerEvents: "none" });
  const knob = document.createElement("div");
  knob.setAttribute("role", "slider");
  knob.tabIndex = 0;
  knob.innerHTML = KNOB;
  Object.assign(knob.style, {
    position: "absolute",
    width: `${REACH}px`,
    height: `${REACH}px`,
    margin: `${-REACH / 2}px`,
    cursor: "grab",
    outline: "none",
    pointerEvents: "auto",
    touchAction: "none",
  });
  layer.append(knob);
  const picture = document.createElement("canvas");
  picture.width = picture.height = SIDE;
  picture.setAttribute("aria-hidden", "true"); // the sheet beside the chart shows the same
  Object.assign(picture.style, {
    position: "absolute",
    width: `${PREVIEW}px`,
    height: `${PREVIEW}px`,
    display: "none",
    border: "2px solid #fff",
    borderRadius: "6px",
    boxShadow: "0 2px 12px #0008",
    imageRendering: "pixelated",
    zIndex: 1,
  });
  layer.append(picture);
  const handle = { picture, layer, knob, plot: null, options: null, dragged: null };
  const focus = knob.querySelector(".focus").style;
  knob.onfocus = () => (focus.opacity = knob.matches(":focus-visible") ? 1 : 0);
  knob.onblur = () => {
    focus.opacity = 0;
    picture.style.display = "none";
  };

  knob.onpointerdown = (event) => {
    if (event.button !== 0 || handle.dragged) return;
    event.preventDefault(); // no selection of text; focus is given by hand
    event.stopPropagation();
    knob.focus({ preventScroll: true });
    focus.opacity = 0;
    knob.setPointerCapture(event.pointerId);
    const box = knob.getBoundingClientRect();
    const held = [event.clientX - box.left - REACH / 2, event.clientY - box.top - REACH / 2];
    handle.dragged = { held, moved: false };
    knob.style.cursor = "grabbing";
  };
  knob.onpointermove = (event) => {
    const area = handle.dragged && INTERNALS.plotArea(handle.plot);
    if (!area) return;
    const box = layer.getBoundingClientRect();
    const { held } = handle.dragged;
    const left = Math.min(Math.max(event.clientX - held[0] - box.left, 0), area.width);
    const top = Math.min(Math.max(event.clientY - held[1] - box.top, 0), area.height);
    handle.dragged.moved = true;
    on.move(area.value([left, top]));
  };
  const release = () => {
    if (!handle.dragged) return;
    const { moved } = handle.dragged;
    handle.dragged = null;
    knob.style.cursor = "grab";
    picture.style.display = "none";
    if (moved) on.release(false);
  };
  knob.onpointerup = release;
  knob.onpointercancel = release;
  knob.onlostpointercapture = release;
  knob.onkeydown = (event) => {
    const way = ARROWS[event.key];
    if (!way) return;
    event.preventDefault();
    focus.opacity = 1;
    on.step(way, event.shiftKey);
    on.release(true);
  };

  handle.clicked = ({ points, xvals, yvals }) => {
    if (!handle.options?.anywhere || points?.length || !xvals || !yvals) return;
    on.move([xvals[0], yvals[0]]);
    on.release(false);
  };
  handle.placed = () => placeHandle(handle);
  handle.timer = setInterval(() => attachHandle(handle), 200);
  return handle;
}

/** Puts the knob where its point lies; hidden where a zoomed chart does not show it. */
function placeHandle({ plot, layer, knob, picture, options }) {
  const area = options && INTERNALS.plotArea(plot);
  if (!area) return;
  const frame = plot.querySelector(INTERNALS.chartFrame);
  if (layer.parentNode !== frame) frame.append(layer);
  for (const side of ["left", "top", "width", "height"]) layer.style[side] = `${area[side]}px`;
  const [left, top] = area.place(options.point);
  const seen = left >= 0 && top >= 0 && left <= area.width && top <= area.height;
  knob.style.display = seen ? "" : "none";
  knob.style.left = `${left}px`;
  knob.style.top = `${top}px`;
  // Beside the handle, on the side where there is room, and above a finger.
  const apart = REACH / 2 + 6;
  picture.style.left = `${left > area.width / 2 ? left - apart - PREVIEW : left + apart}px`;
  picture.style.top = `${Math.min(Math.max(top - apart - PREVIEW / 2, 0), area.height - PREVIEW)}px`;
}

/** Shows what the place decodes to beside the handle, while it is dragged or has the focus. */
function previewAtHandle({ picture, knob, dragged }, pixels) {
  if (!dragged && !knob.matches(":focus")) return;
  const image = new ImageData(SIDE, SIDE);
  pixels.forEach((grey, i) => image.data.set([grey, grey, grey, 255], 4 * i));
  picture.getContext("2d").putImageData(image, 0, 0);
  picture.style.display = "block";
}

/** The chart may come after the handle, and comes anew with other points. */
function attachHandle(handle) {
  const { options } = handle;
  if (!options) return;
  const at = `.st-key-${CSS.escape(options.chart)} ${INTERNALS.chart}`;
  const plot = document.querySelector(at);
  if (!plot?.on || (plot === handle.plot && handle.layer.isConnected)) return;
  if (plot !== handle.plot) {
    detachHandle(handle);
    handle.plot = plot;
    for (const name of EVENTS) plot.on(name, handle.placed);
    plot.on("plotly_click", handle.clicked);
  }
  placeHandle(handle);
}

function detachHandle({ plot, placed, clicked }) {
  for (const name of EVENTS) plot?.removeListener?.(name, placed);
  plot?.removeListener?.("plotly_click", clicked);
}

/** `options`: the chart's key, the point, its name and value in words, whether clicks count. */
function updateHandle(handle, options) {
  handle.options = options;
  const { knob } = handle;
  knob.setAttribute("aria-label", options.name);
  knob.setAttribute("aria-valuetext", options.text);
  // Of the first value; the text says both.
  knob.setAttribute("aria-valuenow", String(options.value));
  knob.setAttribute("aria-valuemin", String(-options.limit));
  knob.setAttribute("aria-valuemax", String(options.limit));
  attachHandle(handle);
  placeHandle(handle);
}

function removeHandle(handle) {
  clearInterval(handle.timer);
  detachHandle(handle);
  handle.plot = null;
  handle.layer.remove();
}
