// What components of this folder share: a control whose moves the browser answers, and whose last
// value the server hears of when it is let go.
//
// A component's element `root` has `data` (with `sheet` and `seq`), `seq`, `idle`, `draw()`, which
// shows controls and pictures of the present values, and `send()`, which tells the server.
// `runtime` is a promise once it is asked for, and `abort` ends what still runs.

const KEYBOARD = 350; // ms after the last key until the server is told

/** Values are stops of the control, so that the server computes exactly what was seen. */
function atStop(value, least, most, step) {
  const within = Math.min(Math.max(value, least), most);
  return Number((Math.round(within / step) * step).toFixed(6));
}

/** A control moves: from now on the browser paints, and the server's older answers wait. */
function controlMoves(root) {
  clearTimeout(root.timer);
  root.timer = 0;
  root.idle = false;
  root.unsent = true;
  holdSheet(root.data.sheet, !root.failed);
  root.draw();
}

/** It was let go. Of a row of keys the server hears once. */
function controlReleased(root, keyboard) {
  clearTimeout(root.timer);
  root.timer = 0;
  if (!root.unsent) return;
  const send = () => {
    root.timer = 0;
    root.unsent = false;
    root.seq += 1;
    root.send();
  };
  if (keyboard) root.timer = setTimeout(send, KEYBOARD);
  else send();
}

/**
 * Whether what the server sent is to be shown: an answer to an earlier move must not take back
 * the present one. `settle` takes over the server's values before its pictures appear.
 */
function serverAnswered(root, settle) {
  if (!root.idle && (root.unsent || root.data.seq !== root.seq)) return;
  root.idle = true;
  settle();
  holdSheet(root.data.sheet, false);
}

/** Opens the runtime and calls `prepare` with it; not earlier than the first picture is there. */
function controlPrepares(root, prepare, fail) {
  root.forget ??= whenIdle(() => {
    root.runtime ??= openRuntime(root.data.client);
    root.runtime.then(prepare).catch(fail);
  });
}

/** The component leaves the page. */
function controlEnds(root) {
  root.forget();
  clearTimeout(root.timer);
  root.abort.abort();
  root.remove();
}
