// What each way presses, the first that can be pressed.
const FORWARD = [`.st-key-next ${INTERNALS.button}`, ".st-key-step_forward a"];
const BACK = [`.st-key-back ${INTERNALS.button}`, ".st-key-step_back a"];
const ALWAYS = { PageDown: FORWARD, PageUp: BACK };
const WHILE_FREE = { ArrowRight: FORWARD, ArrowLeft: BACK };
const CONTROLS = `input, textarea, select, button, summary, canvas, iframe, [contenteditable],
  ${["slider", "combobox", "listbox", "option", "tab", "radio", "switch", "grid", "spinbutton"]
    .map((role) => `[role=${role}]`)
    .join()}`;

/** The control that has the focus, also inside of other components. */
function control() {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element?.closest(CONTROLS);
}

function press(selectors) {
  for (const selector of selectors) {
    const found = document.querySelector(selector);
    if (!found || found.disabled) continue;
    found.click();
    document.querySelector(INTERNALS.main)?.scrollTo(0, 0);
    return;
  }
}

/** First out of the control, so that arrows step again; then out of presenting. */
function escape() {
  if ([...document.querySelectorAll(INTERNALS.open)].some((element) => element.checkVisibility())) return;
  const focused = control();
  if (focused) focused.blur();
  else press([`.st-key-leave ${INTERNALS.button}`]);
}

function onKey(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.key === "Escape") return escape();
  const selectors = ALWAYS[event.key] ?? (control() ? undefined : WHILE_FREE[event.key]);
  if (!selectors) return;
  event.preventDefault();
  event.stopPropagation();
  if (!event.repeat) press(selectors);
}

export default function () {
  window.addEventListener("keydown", onKey, { capture: true });
  document.documentElement.dataset.stepping = "true"; // read by the tests
  return () => {
    window.removeEventListener("keydown", onKey, { capture: true });
    delete document.documentElement.dataset.stepping;
  };
}
