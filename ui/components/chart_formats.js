/** Plotly's own camera saves what its options name at the moment of the click. */
function save(plot, camera, format) {
  const options = plot._context.toImageButtonOptions;
  const usual = options.format;
  options.format = format;
  camera.click();
  options.format = usual;
}

/** Plotly builds the bar anew when it likes, so this looks again and again. */
function complete(plot, names) {
  const camera = plot.querySelector('.modebar-btn[data-title*="PNG"]');
  if (!camera || plot.querySelector(".explorer-svg")) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "modebar-btn explorer-svg";
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
    for (const plot of document.querySelectorAll(".js-plotly-plot"))
      if (plot._context?.toImageButtonOptions) complete(plot, data);
  };
  const timer = setInterval(look, 400);
  look();
  return () => clearInterval(timer);
}
