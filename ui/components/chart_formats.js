/** Plotly's own camera saves what its options name at the moment of the click. */
function save(plot, camera, format) {
  const options = INTERNALS.imageOptions(plot);
  const usual = options.format;
  options.format = format;
  camera.click();
  options.format = usual;
}

/** Plotly builds the bar anew when it likes, so this looks again and again. */
function complete(plot, names) {
  const camera = plot.querySelector(`.${INTERNALS.chartButton}[data-title*="PNG"]`);
  if (!camera || plot.querySelector(".explorer-svg")) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = `${INTERNALS.chartButton} explorer-svg`;
  button.textContent = "SVG";
  button.onclick = () => save(plot, camera, "svg");
  for (const [element, name] of [
    [camera, names.png],
    [button, names.svg],
  ]) {
    element.dataset.title = name;
    element.setAttribute("aria-label", name);
  }
  camera.after(button);
}

export default function ({ data }) {
  const look = () => {
    for (const plot of document.querySelectorAll(INTERNALS.chart))
      if (INTERNALS.imageOptions(plot)) complete(plot, data);
  };
  const timer = setInterval(look, 400);
  look();
  return () => clearInterval(timer);
}
