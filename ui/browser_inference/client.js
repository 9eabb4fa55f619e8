// Hands requests to the worker, newest first come. A module is evaluated once a tab, so that all
// components of a page share one worker and its models.

import * as ops from "./ops.js";

const SLOW = 20; // ms of a run, from which a request waits for the pointer to rest
const REST = 80; // ms without a quick request
const PATIENCE = 400; // ms after which a slow request runs in any case
const GUESS = 2e-5; // ms a byte of weights, until a graph has been timed

const waiting = new Map(); // consumer -> request
const costs = new Map(); // model and graph -> ms of its last runs
let worker = null;
let broken = null; // the error after which nothing runs in this tab
let running = null;
let lastQuick = -Infinity;
let timer = 0;
let count = 0;

function failure(kind, message) {
  return Object.assign(new Error(message), { kind });
}

function start() {
  if (typeof WebAssembly !== "object" || typeof Worker !== "function") {
    throw failure("runtime", "no WebAssembly or no Worker");
  }
  worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }) => finished(data);
  worker.onerror = (event) => giveUp(failure("runtime", event.message ?? "the worker failed"));
}

function giveUp(error) {
  broken = error;
  worker?.terminate();
  worker = null;
  for (const request of [running, ...waiting.values()]) request?.reject(error);
  running = null;
  waiting.clear();
}

const name = ({ model, graph }) => `${model.key}/${graph}`;
const cost = (request) => costs.get(name(request)) ?? GUESS * request.model.bytes;

function finished({ outputs, ms, kind, message }) {
  const request = running;
  running = null;
  if (kind === "runtime") {
    request?.reject(failure(kind, message));
    return giveUp(failure(kind, message));
  }
  if (kind) request.reject(failure(kind, message));
  else {
    if (ms) costs.set(name(request), costs.has(name(request)) ? (cost(request) + ms) / 2 : ms);
    request.resolve(request.signal?.aborted ? null : outputs);
  }
  next();
}

/** Sends the cheapest waiting request, unless it is slow and the pointer still moves. */
function next() {
  clearTimeout(timer);
  if (running || !waiting.size) return;
  const requests = [...waiting.values()];
  const chosen = requests.reduce((a, b) => (cost(b) < cost(a) ? b : a));
  const now = performance.now();
  if (cost(chosen) <= SLOW) lastQuick = now;
  else {
    const delay = Math.min(lastQuick + REST, chosen.since + PATIENCE) - now;
    if (delay > 0) {
      timer = setTimeout(next, delay);
      return;
    }
  }
  waiting.delete(chosen.consumer);
  running = chosen;
  const { graph, inputs } = chosen;
  worker.postMessage({ id: ++count, model: absolute(chosen.model), graph, inputs });
}

/** A model whose addresses a worker can fetch, under any path that the app is served at. */
function absolute(model) {
  const full = (address) => new URL(address, document.baseURI).href;
  return {
    ...model,
    graphs: Object.fromEntries(Object.entries(model.graphs).map(([g, a]) => [g, full(a)])),
    external: model.external.map(({ path, address }) => ({ path, address: full(address) })),
  };
}

/**
 * Runs a graph of a model. `inputs` maps names to { data, dims }, data a Float32Array, or a
 * BigInt64Array of labels; without inputs the graph is only made ready. See __init__.py.
 */
function run(model, graph, inputs, { consumer = graph, signal } = {}) {
  if (broken) return Promise.reject(broken);
  if (signal?.aborted) return Promise.resolve(null);
  try {
    if (!worker) start();
  } catch (error) {
    broken = error;
    return Promise.reject(error);
  }
  return new Promise((resolve, reject) => {
    const older = waiting.get(consumer);
    older?.resolve(null);
    const since = older?.since ?? performance.now();
    const request = { model, graph, inputs, consumer, signal, resolve, reject, since };
    waiting.set(consumer, request);
    signal?.addEventListener("abort", () => {
      if (waiting.get(consumer) === request) waiting.delete(consumer);
      resolve(null);
    });
    next();
  });
}

export default {
  run,
  prepare: (model, graph) => run(model, graph, null, { consumer: `prepare ${model.key}/${graph}` }),
  ops,
};
