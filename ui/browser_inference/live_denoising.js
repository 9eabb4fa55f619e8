// Noise of a strength on the pictures of a sheet, and what models make of them, while a slider
// moves. Rows appear as they are ready; the server computes what no model here does.

/** Row r of the sheet is of the present strength: its pictures, and their mean PSNR. */
function showRow(root, r, greys, strength) {
  const decibels = root.psnr(greys, root.x);
  const mean = decibels.reduce((sum, value) => sum + value, 0) / decibels.length;
  const note = root.data.psnr.replace("{psnr:.1f}", mean.toFixed(1));
  const stale = strength !== root.value; // a slower row, while the slider goes on
  if (paintRow(root.data.sheet, r, toPixels(greys), { note, stale })) root.shown[r] = strength;
  noteRows(root);
}

/** Read by tests and the benchmark: the strength, the rows still missing, and who computed. */
function noteRows(root) {
  const { data, value, shown } = root;
  const wanted = [data.noisy, ...data.rows.filter(({ model }) => model).map(({ row }) => row)];
  root.dataset.shown = value;
  root.dataset.missing = root.idle ? 0 : wanted.filter((r) => shown[r] !== value).length;
  root.dataset.by = root.idle ? "server" : "browser";
}

async function draw(root) {
  const { client, noise, noisy, rows } = root.data;
  const strength = root.value;
  try {
    const runtime = await (root.runtime ??= openRuntime(client));
    if (root.idle || strength !== root.value) return; // the slider has gone on meanwhile
    root.psnr = runtime.ops.psnr;
    const greys = runtime.ops.noises[noise](root.x, strength, root.field);
    showRow(root, noisy, greys, strength);
    for (const row of rows) if (row.model) restore(root, runtime, row, greys, strength);
  } catch (error) {
    fail(root, error);
  }
}

async function restore(root, runtime, { row, model, conditional }, greys, strength) {
  const count = greys.length / 784;
  const inputs = { x: { data: greys, dims: [count, 1, 28, 28] } };
  if (conditional) inputs.label = { data: BigInt64Array.from(root.data.labels, BigInt), dims: [count] };
  const { signal } = root.abort;
  const consumer = `${root.data.sheet} ${row}`;
  try {
    const outputs = await runtime.run(model, "reconstruct", inputs, { consumer, signal });
    if (outputs && !root.idle) showRow(root, row, outputs.x_hat.data, strength);
  } catch (error) {
    fail(root, error, model);
  }
}

/** The page is drawn again without this model, or without the runtime. */
function fail(root, error, model) {
  if (root.failed) return;
  console.warn(`The model does not run in this browser: ${error.message}`);
  if (error.kind === "model" && model) {
    if (root.lost.includes(model.key)) return;
    root.lost.push(model.key);
    return root.report({ kind: "model", models: [...root.lost] });
  }
  root.failed = true;
  holdSheet(root.data.sheet, false);
  root.report({ kind: "runtime", models: [] });
}

function showSlider(root) {
  const { label, help, least, limit, step, key_step } = root.data;
  const text = root.value.toFixed(2);
  updateSlider(root.slider, {
    label,
    help,
    value: root.value,
    text,
    spoken: text,
    least,
    most: limit,
    step,
    keyStep: key_step,
  });
}

function build(parent, data) {
  const root = document.createElement("div");
  root.className = "denoising";
  parent.append(root);
  const abort = new AbortController();
  Object.assign(root, { seq: data.seq, idle: true, abort, lost: [], shown: {} });
  root.slider = createSlider({
    move: (value) => {
      const { least, limit, step } = root.data;
      root.value = atStop(value, least, limit, step);
      controlMoves(root);
    },
    release: (keyboard) => controlReleased(root, keyboard),
  });
  root.append(root.slider.element);
  root.draw = () => {
    showSlider(root);
    const { sheet, rows, later } = root.data;
    for (const { row, model } of rows)
      paintRow(sheet, row, null, model ? { stale: true } : { stale: true, note: later });
    noteRows(root);
    draw(root);
  };
  return root;
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".denoising") ?? build(parentElement, data);
  root.send = () => setStateValue("moved", { values: [root.value], seq: root.seq });
  root.report = (failure) => setStateValue("failed", failure);
  root.data = data;
  root.x = Float32Array.from(unpackedBytes(data.pixels), (grey) => grey / 255);
  root.field = unpacked(data.field);
  serverAnswered(root, () => {
    root.value = data.values[0];
    root.shown = {};
  });
  showSlider(root);
  noteRows(root);
  const prepare = (runtime) => {
    for (const { model } of root.data.rows)
      if (model) runtime.prepare(model, "reconstruct").catch((error) => fail(root, error, model));
  };
  controlPrepares(root, prepare, (error) => fail(root, error));
  return () => controlEnds(root);
}
