const NAMESPACE = "http://www.w3.org/2000/svg";
const DARK = "#10181c";
const LIGHT = "#ffffff";
const EVENTS = ["plotly_afterplot", "plotly_relayout", "plotly_relayouting"];

function add(parent, tag, attributes) {
  const element = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent.append(element);
  return element;
}

/** Everything is drawn twice, light below dark, to be seen on any ground. */
function drawLine(layer, line, place) {
  const points = line.points.map(place);
  const shape = { points: points.map((at) => at.join()).join(" "), fill: "none" };
  add(layer, "polyline", { ...shape, stroke: LIGHT, "stroke-width": 5, "stroke-opacity": 0.85 });
  const dash = line.dashed ? { "stroke-dasharray": "2 5", "stroke-linecap": "round" } : {};
  add(layer, "polyline", { ...shape, ...dash, stroke: DARK, "stroke-width": 2.25 });
}

function drawMark(layer, mark, place) {
  const [x, y] = place([mark.x, mark.y]);
  if (!mark.letter) {
    const shape = { d: `M${x} ${y - 10}l10 10l-10 10l-10-10z`, "stroke-linejoin": "round" };
    add(layer, "path", { ...shape, fill: DARK, stroke: LIGHT, "stroke-width": 2.5 });
    return;
  }
  const ring = { cx: x, cy: y, r: 10, fill: "none" };
  add(layer, "circle", { ...ring, stroke: LIGHT, "stroke-width": 6 });
  add(layer, "circle", { ...ring, stroke: DARK, "stroke-width": 3 });
  const badge = { cx: x + 17, cy: y - 17, r: 11, fill: DARK, stroke: LIGHT, "stroke-width": 2 };
  add(layer, "circle", badge);
  const text = add(layer, "text", {
    x: x + 17,
    y: y - 12.5,
    fill: LIGHT,
    "text-anchor": "middle",
    style: "font: 700 13px system-ui, sans-serif",
  });
  text.textContent = mark.letter;
}

function draw(state) {
  const { plot, layer, data } = state;
  const area = INTERNALS.plotArea(plot);
  if (!area) return;
  const { place, ...style } = area;
  const frame = plot.querySelector(INTERNALS.chartFrame);
  if (layer.parentNode !== frame) frame.append(layer);
  for (const [name, value] of Object.entries(style)) layer.style[name] = `${value}px`;
  layer.replaceChildren();
  for (const line of data.lines) drawLine(layer, line, place);
  for (const mark of data.marks) drawMark(layer, mark, place);
}

/** On a touch screen one finger scrolls the page; a tap still reaches the chart. */
function letFingersScroll(plot) {
  plot.addEventListener("touchstart", (event) => event.stopPropagation(), { capture: true });
}

function create() {
  const layer = document.createElementNS(NAMESPACE, "svg");
  layer.setAttribute("class", "plot-marks");
  layer.setAttribute("aria-hidden", "true");
  Object.assign(layer.style, { position: "absolute", overflow: "hidden", pointerEvents: "none" });
  return { layer, plot: null };
}

export default function ({ data, parentElement, setTriggerValue }) {
  const state = (parentElement.marks ??= create());
  state.data = data;
  state.redraw = () => draw(state);
  // Where the chart has `clickanywhere`, a click beside all points comes without any.
  state.click = ({ points, xvals, yvals }) => {
    const number = Number([points?.[0]?.customdata].flat()[0]);
    if (state.data.clickable && Number.isInteger(number)) setTriggerValue("click", number);
    if (state.data.anywhere && xvals && yvals) setTriggerValue("place", [xvals[0], yvals[0]]);
  };
  const detach = () => {
    for (const name of EVENTS) state.plot?.removeListener?.(name, state.redrawn);
    state.plot?.removeListener?.("plotly_click", state.clicked);
  };
  // The chart may come after this part, and comes anew with other points.
  const attach = () => {
    const plot = document.querySelector(`.st-key-${CSS.escape(data.chart)} ${INTERNALS.chart}`);
    if (!plot?.on || (plot === state.plot && state.layer.isConnected)) return;
    if (plot !== state.plot) {
      detach();
      state.plot = plot;
      state.redrawn = () => state.redraw();
      state.clicked = (hit) => state.click(hit);
      for (const name of EVENTS) plot.on(name, state.redrawn);
      plot.on("plotly_click", state.clicked);
      if (data.clickable) letFingersScroll(plot);
    }
    state.redraw();
  };
  clearInterval(state.timer);
  state.timer = setInterval(attach, 200);
  attach();
  state.redraw();
  return () => {
    clearInterval(state.timer);
    detach();
    state.plot = null;
    state.layer.remove();
  };
}
