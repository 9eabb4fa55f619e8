const SIDE = 28;
const SHOWN = 112;

function bubble() {
  const root = document.createElement("div");
  Object.assign(root.style, {
    position: "fixed",
    zIndex: 1000,
    display: "none",
    padding: "6px",
    borderRadius: "8px",
    background: "#10181c",
    color: "#fff",
    boxShadow: "0 4px 16px #0006",
    pointerEvents: "none",
    font: "600 13px system-ui, sans-serif",
    textAlign: "center",
  });
  root.className = "hover-picture";
  root.setAttribute("aria-hidden", "true");
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  Object.assign(canvas.style, { display: "block", width: `${SHOWN}px`, imageRendering: "pixelated" });
  const caption = document.createElement("div");
  root.append(canvas, caption);
  document.body.append(root);
  return { root, caption, pen: canvas.getContext("2d") };
}

export default function ({ data, parentElement }) {
  const state = (parentElement.hover ??= { ...bubble(), sprite: new Image(), plot: null });
  const address = new URL(data.sheet, document.baseURI).href;
  if (state.sprite.src !== address) state.sprite.src = address;
  const hide = () => (state.root.style.display = "none");
  state.show = ({ points, event }) => {
    const id = [points[0].customdata].flat();
    const number = Number(id[0]);
    if (!Number.isInteger(number) || number < 0 || !state.sprite.complete) return;
    const x = (number % data.columns) * SIDE;
    const y = Math.floor(number / data.columns) * SIDE;
    state.pen.clearRect(0, 0, SIDE, SIDE);
    if (state.sprite.naturalWidth) state.pen.drawImage(state.sprite, x, y, SIDE, SIDE, 0, 0, SIDE, SIDE);
    state.caption.textContent = id[1] ?? `${points[0].data.name ?? ""} · #${number}`;
    const box = SHOWN + 40;
    const left = event.clientX + 18 + box > innerWidth ? event.clientX - box : event.clientX + 18;
    const top = Math.min(event.clientY + 18, innerHeight - box - 20);
    Object.assign(state.root.style, { display: "block", left: `${left}px`, top: `${top}px` });
  };
  // The chart may come after this part, and comes anew with other data.
  const attach = () => {
    const plot = document.querySelector(`.st-key-${CSS.escape(data.chart)} ${INTERNALS.chart}`);
    if (!plot?.on || plot === state.plot) return;
    state.plot = plot;
    hide();
    plot.on("plotly_hover", (hit) => state.show(hit));
    plot.on("plotly_unhover", hide);
  };
  clearInterval(state.timer);
  state.timer = setInterval(attach, 400);
  attach();
  return () => {
    clearInterval(state.timer);
    state.root.remove();
  };
}
