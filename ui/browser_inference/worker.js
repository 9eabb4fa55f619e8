// Runs graphs in a thread of its own, so that the page never waits for one. One per tab.
//
// In:  { id, model, graph, inputs }: `model` as BrowserModel in browser_model.py, its addresses
//      absolute; `inputs` maps a name to { data, dims }.
// Out: { id, outputs, ms } with outputs of the same form, or { id, kind, message }.

const LIMIT = 96 * 2 ** 20; // bytes of weights in memory, before the oldest models go
const SLOW = 25; // ms of a run on the processor, from which a GPU is tried
const models = new Map(); // key -> { files, sessions, bytes }, the one used last at the end

class Failure extends Error {
  constructor(kind, error) {
    super(error?.message ?? String(error));
    this.kind = kind;
  }
}

async function load(file) {
  const ort = await import(`./${file}`);
  ort.env.wasm.numThreads = 1; // several need headers that forbid embedding
  ort.env.wasm.proxy = false;
  ort.env.wasm.wasmPaths = new URL("./", import.meta.url).href;
  ort.env.logLevel = "error";
  return ort;
}

const onProcessor = load("ort.wasm.min.mjs");
let onGpu; // asked for by the first slow graph

/** The build that uses WebGPU, or null where there is no real adapter. */
async function gpu() {
  try {
    const adapter = await navigator.gpu?.requestAdapter();
    if (!adapter || adapter.isFallbackAdapter || adapter.info?.isFallbackAdapter) return null;
    return await load("ort.webgpu.min.mjs");
  } catch {
    return null;
  }
}

async function fetched(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${response.status} for ${address}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** A model's entry, now the youngest. Weights are fetched once for all of its graphs. */
function entry(model) {
  const found = models.get(model.key) ?? { weights: new Map(), sessions: new Map(), bytes: 0 };
  models.delete(model.key);
  models.set(model.key, found);
  return found;
}

/** Lets the oldest models go until the rest fits. A session holds its weights in float32. */
async function tidy(kept) {
  const total = () => [...models.values()].reduce((sum, each) => sum + each.bytes, 0);
  for (const [key, { sessions }] of models) {
    if (total() <= LIMIT || key === kept) continue;
    models.delete(key);
    for (const { session } of sessions.values()) await session.release();
  }
}

/** The files that a model's graphs refer to; a failure is tried again. */
function weights(model, { weights: held }) {
  const files = model.external.map(async ({ path, address }) => {
    if (!held.has(address)) held.set(address, fetched(address));
    try {
      return { path, data: await held.get(address) };
    } catch (error) {
      held.delete(address);
      throw error;
    }
  });
  return Promise.all(files);
}

async function open(ort, provider, model, graph, held) {
  const [content, externalData] = await Promise.all([
    fetched(model.graphs[graph]),
    weights(model, held),
  ]);
  return ort.InferenceSession.create(content, {
    executionProviders: [provider],
    graphOptimizationLevel: "all",
    externalData,
  });
}

async function prepared(model, graph) {
  const held = entry(model);
  let found = held.sessions.get(graph);
  if (!found) {
    const ort = await onProcessor.catch((error) => {
      throw new Failure("runtime", error);
    });
    found = { ort, session: await open(ort, "wasm", model, graph, held), runs: 0 };
    held.sessions.set(graph, found);
    held.bytes = model.bytes * (1 + 2 * held.sessions.size);
    await tidy(model.key);
  }
  return found;
}

function tensors(ort, inputs) {
  const type = (data) => (data instanceof BigInt64Array ? "int64" : "float32");
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { data, dims }]) => [
      name,
      new ort.Tensor(type(data), data, dims),
    ]),
  );
}

async function run(found, inputs) {
  const begin = performance.now();
  const outputs = await found.session.run(tensors(found.ort, inputs));
  return { outputs, ms: performance.now() - begin };
}

/** Moves a slow graph to the GPU where that is faster; any failure leaves it where it is. */
async function improve(model, graph, found, inputs, ms) {
  found.tried = true;
  const ort = await (onGpu ??= gpu());
  if (!ort) return;
  try {
    const session = await open(ort, "webgpu", model, graph, entry(model));
    const other = { ort, session, runs: 0, tried: true };
    await run(other, inputs); // compiles
    const { ms: faster } = await run(other, inputs);
    if (faster < ms) [found.ort, found.session] = [ort, session];
    else await session.release();
  } catch {
    // What the processor computes is as good.
  }
}

async function answer({ id, model, graph, inputs }) {
  try {
    const found = await prepared(model, graph);
    if (!inputs) return postMessage({ id, outputs: {}, ms: 0 });
    const { outputs, ms } = await run(found, inputs);
    found.runs += 1;
    const plain = Object.fromEntries(
      Object.entries(outputs).map(([name, { data, dims }]) => [name, { data: data.slice(), dims }]),
    );
    postMessage({ id, outputs: plain, ms });
    if (found.runs > 1 && ms > SLOW && !found.tried) await improve(model, graph, found, inputs, ms);
  } catch (error) {
    postMessage({ id, kind: error.kind ?? "model", message: error.message });
  }
}

let last = Promise.resolve();
onmessage = ({ data }) => {
  last = last.then(() => answer(data));
};
