// A slider of a component: its label and value above it, an arrow key moves it by one step.

const SLIDER_KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };

/**
 * `move(value)` is called while the slider moves, with a value that is on no stop yet, and
 * `release(keyboard)` when it is let go. Show it by `updateSlider`.
 */
function createSlider({ move, release }) {
  const element = document.createElement("div");
  element.className = "slider";
  const [label, output, input] = ["span", "output", "input"].map((tag) => {
    element.append(document.createElement(tag));
    return element.lastChild;
  });
  output.setAttribute("aria-hidden", "true"); // the slider itself says its value
  input.type = "range";
  const slider = { element, label, output, input, value: 0, keyStep: 1 };
  let keyboard = false;
  input.onkeydown = (event) => {
    keyboard = true;
    const sign = SLIDER_KEYS[event.key];
    if (!sign || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault(); // the browser's own step is that of the pointer
    move(slider.value + sign * slider.keyStep * (event.shiftKey ? 10 : 1));
    release(true);
  };
  input.onpointerdown = () => {
    keyboard = false;
    // No change event comes where the pointer has returned to where it began.
    const end = () => {
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
      setTimeout(() => release(false)); // after the slider's own last event
    };
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
  };
  input.oninput = () => move(Number(input.value));
  input.onchange = () => release(keyboard);
  return slider;
}

/** `text` is the shown value, `spoken` what a screen reader hears, `help` a longer explanation. */
function updateSlider(slider, { label, value, text, spoken, least, most, step, keyStep, help }) {
  const { input } = slider;
  Object.assign(slider, { value, keyStep });
  Object.assign(input, { min: least, max: most, step });
  if (Number(input.value) !== value) input.value = value;
  input.setAttribute("aria-label", label);
  input.setAttribute("aria-valuetext", spoken);
  if (help) input.setAttribute("aria-description", help);
  slider.element.title = help ?? "";
  slider.label.textContent = label;
  slider.output.textContent = text;
}
