// A code moved along directions, by sliders, by a handle on its map, or both; the decoded picture
// follows on a sheet of the page. The server hears of it when a control is let go.

function setValue(root, k, value) {
  const { least, limit, step } = root.data;
  root.values[k] = atStop(value, least, limit, step);
}

function inWords(value) {
  return value.toFixed(2).replace("-", "−");
}

function showControls(root) {
  const { data, values } = root;
  root.rows.forEach((slider, k) => {
    const text = inWords(values[k]);
    updateSlider(slider, {
      label: data.sliders[k],
      value: values[k],
      text,
      spoken: data.unit.replace("{value}", text),
      least: data.least,
      most: data.limit,
      step: data.step,
      keyStep: data.key_step,
    });
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

function build(root, data) {
  const release = (keyboard) => controlReleased(root, keyboard);
  root.rows = (data.sliders ?? []).map((_, k) =>
    createSlider({
      move: (value) => {
        setValue(root, k, value);
        controlMoves(root);
      },
      release,
    }),
  );
  root.replaceChildren(...root.rows.map(({ element }) => element));
  if (root.handle) removeHandle(root.handle);
  root.handle = data.handle && createHandle({
    move: (point) => {
      const { base, scale } = root.data.handle;
      point.forEach((at, axis) => setValue(root, axis, (at - base[axis]) / scale[axis]));
      controlMoves(root);
    },
    step: (way, far) => {
      const { scale } = root.data.handle;
      const step = root.data.key_step * (far ? 10 : 1);
      way.forEach((sign, axis) =>
        setValue(root, axis, root.values[axis] + sign * step * Math.sign(scale[axis])),
      );
      controlMoves(root);
    },
    release,
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
  root.draw = () => {
    showControls(root);
    draw(root);
  };
  root.send = () => setStateValue("moved", { values: root.values, seq: root.seq });
  root.report = (kind) => setStateValue("failed", kind);
  const shape = JSON.stringify([data.sliders?.length, Boolean(data.handle)]);
  if (root.shape !== shape) build(root, data);
  root.shape = shape;
  root.data = data;
  [root.origin, root.directions] = [data.origin, data.directions].map(unpacked);
  serverAnswered(root, () => {
    root.values = [...data.values];
    note(root, root.values, "server");
  });
  showControls(root);
  controlPrepares(
    root,
    (runtime) => runtime.prepare(root.data.model, "decode"),
    (error) => fail(root, error),
  );
  return () => {
    if (root.handle) removeHandle(root.handle);
    controlEnds(root);
  };
}
