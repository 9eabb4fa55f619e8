"""Models that run in the visitor's browser, so that pictures follow a control as it moves.

The server stays the reference. It computes what a page shows first and what it shows after a
control is let go; in between the browser paints over the same picture sheets, without a message
to the server. Where a browser cannot do this, the page works as it does without this folder.

**Python face.** A page asks `browser_model(dataset, name, "decode")` for the addresses of a graph
and its weights. The answer is None where the server has to compute each step, and `note()` then
says why in one quiet line. A component of this folder takes that answer in its data and reports
the values of a control that was let go to a callback; the page writes them into the session,
where its controls have them bound to the address. A component that cannot go on reports its
failure to `on_failure`, and the page is drawn again without it.

    answer = browser_model(dataset, name, "decode")
    picture_sheet([row], key="traversal")              # the server's picture, in any case
    if answer.model is not None:
        latent_traversal("moved", answer.model, …, sheet="traversal", on_move=…, …)

**JavaScript face.** A component's script stands behind `live_sheet.js` (give the file's name to
`register`), which offers the runtime and
the picture sheets of the page:

    const runtime = await openRuntime(data.client);    // lazily: when the first control is touched
    const outputs = await runtime.run(model, "decode", { z: { data, dims: [1, 16] } },
                                      { consumer: "a name for this row" });
    if (outputs) paintRow("traversal", 0, toPixels(outputs.x_hat.data));

`run` resolves to null where a newer request of the same consumer has taken the place of this one,
or where its `signal` was aborted. It rejects with an error whose `kind` is "runtime" or "model".
A consumer has at most one request waiting; quick graphs come first, and one that takes longer than
a frame runs when the pointer rests, or after a while. `runtime.ops` has noise from random fields
that the server sent, interpolation and PSNR (`ops.js`), equal to the functions of `ae_models`.

A control that is answered so stands behind `live_control.js` (`*LIVE_SLIDER` of live_control.py,
with `createSlider` of `live_slider.js`): it tells the server once when it is let go, and passes
over answers to its earlier moves. `latent_traversal` moves a code, `live_denoising` the strength
of noise.

**Files.** npm installs onnxruntime-web (`python -m ui.browser_inference.install`); `routes.py`
serves what a browser needs of it, and graphs and weights of checkpoints, each at an address that
holds its version or sha256. One worker a tab (`worker.js`) keeps models within a memory limit.
"""
