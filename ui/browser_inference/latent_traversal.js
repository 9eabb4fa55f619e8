// A code moved along directions, by sliders, by a handle on its map, or both; the decoded picture
// follows on a sheet of the page. The server hears of it when a control is let go.

const KEYBOARD = 350; // ms after the last key until the server is told

const rounded = (value, step) => Number((Math.round(value / step) * step).toFixed(6));

/** Values are stops of the control, so that the server computes exactly what was seen. */
function setValue(root, k, value) {
  const { limit, step } = root.data;
  root.values[k] = rounded(Math.min(Math.max(value, -limit), limit), step);
}

function inWords(value) {
  return value.toFixed(2).replace("-", "−");
}

function showControls(root) {
  const { data, values } = root;
  root.rows.forEach(({ input, output }, k) => {
    if (Number(input.value) !== values[k]) input.value = values[k];
    input.setAttribute("aria-valuetext", data.unit.replace("{value}", inWords(values[k])));
    output.textContent = inWords(values[k]);
  });
  if (!root.handle) return;
  const { chart, base, scale, name, names, anywhere } = data.handle;
  const point = base.map((start, axis) => start + scale[axis] * values[axis]);
  const text = names.map((axis, k) => `${axis}: ${inWords(values[k])}`).join(", ");
  updateHandle(root.handle, { chart, point, name, text, anywhere, value: values[0], limit: data.limit });
}

/** Decodes what the controls say. Newest first: an older answer may be passed over. */
async function draw(root) {
  const { model, sheet, shape, label, client } = root.data;
  const values = [...root.values];
  try {
    const runtime = await (root.runtime ??= openRuntime(client));
    const z = runtime.ops.along(root.origin, root.directions, values);
    const inputs = { z: { data: z, dims: [1, ...shape] } };
    if (label !== null) inputs.label = { data: BigInt64Array.of(BigInt(label)), dims: [1] };
    const { signal } = root.abort;
    const outputs = await runtime.run(model, "decode", inputs, { consumer: sheet, signal });
    if (!outputs || root.idle) return;
    const pixels = toPixels(outputs.x_hat.data);
    if (root.handle) previewAtHandle(root.handle, pixels);
    if (paintRow(sheet, 0, pixels)) note(root, values, "browser");
  } catch (error) {
    fail(root, error);
  }
}

/** Read by tests and the benchmark: which values the picture shows, and who computed it. */
function note(root, values, by) {
  root.dataset.shown = JSON.stringify(values);
  root.dataset.by = by;
}

function fail(root, error) {
  if (root.failed) return;
  root.failed = true;
  console.warn(`The model does not run in this browser: ${error.message}`);
  holdSheet(root.data.sheet, false);
  root.report(error.kind === "model" ? "model" : "runtime");
}

/** A control moves: from now on the browser paints, and the server's older answers wait. */
function moving(root) {
  clearTimeout(root.timer);
  root.timer = 0;
  root.idle = false;
  holdSheet(root.data.sheet, !root.failed);
  showControls(root);
  draw(root);
}

function released(root, keyboard) {
  clearTimeout(root.timer);
  if (root.idle) return;
  const send = () => {
    root.timer = 0;
    root.seq += 1;
    root.send({ values: root.values, seq: root.seq });
  };
  if (keyboard) root.timer = setTimeout(send, KEYBOARD);
  else send();
}

function sliderRow(root, k) {
  const row = document.createElement("div");
  row.className = "slider";
  const [text, output, input] = ["span", "output", "input"].map((tag) => {
    row.append(document.createElement(tag));
    return row.lastChild;
  });
  output.setAttribute("aria-hidden", "true"); // the slider itself says its value
  input.type = "range";
  let keyboard = false;
  input.onkeydown = (event) => {
    keyboard = true;
    const sign = ARROWS[event.key]?.find((part) => part); // right and up are more
    if (!sign) return;
    event.preventDefault(); // the browser's own step is that of the pointer
    setValue(root, k, root.values[k] + sign * root.data.key_step * (event.shiftKey ? 10 : 1));
    moving(root);
    released(root, true);
  };
  input.onpointerdown = () => (keyboard = false);
  input.oninput = () => {
    setValue(root, k, Number(input.value));
    moving(root);
  };
  input.onchange = () => released(root, keyboard);
  return { row, text, output, input };
}

function build(root, data) {
  root.rows = (data.sliders ?? []).map((_, k) => sliderRow(root, k));
  root.replaceChildren(...root.rows.map(({ row }) => row));
  if (root.handle) removeHandle(root.handle);
  root.handle = data.handle && createHandle({
    move: (point) => {
      const { base, scale } = root.data.handle;
      point.forEach((at, axis) => setValue(root, axis, (at - base[axis]) / scale[axis]));
      moving(root);
    },
    step: (way, far) => {
      const { scale } = root.data.handle;
      const step = root.data.key_step * (far ? 10 : 1);
      way.forEach((sign, axis) =>
        setValue(root, axis, root.values[axis] + sign * step * Math.sign(scale[axis])),
      );
      moving(root);
    },
    release: (keyboard) => released(root, keyboard),
  });
}

export default function ({ data, parentElement, setStateValue }) {
  let root = parentElement.querySelector(".traversal");
  if (!root) {
    root = document.createElement("div");
    root.className = "traversal";
    parentElement.append(root);
    Object.assign(root, { seq: data.seq, idle: true, abort: new AbortController() });
  }
  root.send = (moved) => setStateValue("moved", moved);
  root.report = (kind) => setStateValue("failed", kind);
  const shape = JSON.stringify([data.sliders?.length, Boolean(data.handle)]);
  if (root.shape !== shape) build(root, data);
  root.shape = shape;
  root.data = data;
  [root.origin, root.directions] = [data.origin, data.directions].map(unpacked);
  root.rows.forEach(({ text, input }, k) => {
    text.textContent = data.sliders[k];
    input.setAttribute("aria-label", data.sliders[k]);
    Object.assign(input, { min: -data.limit, max: data.limit, step: data.step });
  });
  // An answer to an earlier move must not take back the present one.
  const dragged = root.handle?.dragged || root.timer;
  if (root.idle || (!dragged && data.seq === root.seq)) {
    root.idle = true;
    root.values = [...data.values];
    holdSheet(data.sheet, false);
    note(root, root.values, "server");
  }
  showControls(root);
  // Not earlier: the first picture has the processor until then.
  root.forget ??= whenIdle(() => {
    root.runtime ??= openRuntime(root.data.client);
    root.runtime
      .then((runtime) => runtime.prepare(root.data.model, "decode"))
      .catch((error) => fail(root, error));
  });
  return () => {
    root.forget();
    clearTimeout(root.timer);
    root.abort.abort();
    if (root.handle) removeHandle(root.handle);
    root.remove();
  };
}
