// A picture sheet as one PNG: labels, notes, pictures and captions as they stand on the screen.
// Lengths are in pixels of the pictures; the file has `times` pixels for each of them.
const TIMES = 6;
const TALLEST = 16000; // pixels that every browser gives a canvas
const MARGIN = 4;
const HEAD = 40; // width of labels and notes
const APART = 3; // between rows
const TEXT = { label: [3.75, 600, 1.3], note: [3.25, 400, 1.35], caption: [3, 400, 1.5] };

/** Breaks a text into lines; signs of Chinese and Japanese may part anywhere. */
function broken(pen, text, width) {
  const lines = [""];
  const words = text.match(/[^\s\u3000-\u9fff\uff00-\uffef]+\s*|./gsu) ?? [];
  const fits = (more) => pen.measureText((lines.at(-1) + more).trimEnd()).width <= width;
  for (const word of words) {
    if (fits(word)) lines[lines.length - 1] += word;
    else if (pen.measureText(word.trimEnd()).width <= width) lines.push(word);
    else for (const sign of word) fits(sign) ? (lines[lines.length - 1] += sign) : lines.push(sign);
  }
  return lines.map((line) => line.trim()).filter(Boolean);
}

/** The lines of a text, how high they are, and how to draw them from a place on. */
function writing(pen, kind, text, width, family, times) {
  const [size, weight, spacing] = TEXT[kind];
  const font = `${weight} ${size * times}px ${family}`;
  pen.font = font;
  const lines = broken(pen, text, width * times);
  const draw = (x, y, align) => {
    Object.assign(pen, { font, textAlign: align, textBaseline: "middle" });
    lines.forEach((line, i) => pen.fillText(line, x * times, (y + (i + 0.5) * size * spacing) * times));
  };
  return { height: lines.length * size * spacing, draw };
}

/** What is to be drawn, one function each that takes the pen, and how high it all is. */
function planned(root, pen, times) {
  const style = getComputedStyle(root);
  const family = style.fontFamily;
  const accent = style.getPropertyValue("--st-primary-color") || style.color;
  const left = MARGIN + (root.header.rows.some((row) => row.label || row.note) ? HEAD + APART : 0);
  const acts = [];
  let y = MARGIN;
  let right = left;
  root.header.rows.forEach((row, r) => {
    const { lines } = root.rows[r];
    const label = writing(pen, "label", row.label, HEAD, family, times);
    const note = writing(pen, "note", row.note, HEAD, family, times);
    let bottom = y;
    for (const { first, canvas, cells } of lines) {
      const top = bottom + (first ? GAP : 0);
      acts.push(() => {
        pen.imageSmoothingEnabled = false;
        pen.drawImage(canvas, left * times, top * times, canvas.width * times, SIDE * times);
      });
      right = Math.max(right, left + canvas.width);
      bottom = top + SIDE;
      let under = 0;
      cells.forEach((cell, i) => {
        const x = left + i * (SIDE + GAP);
        const text = row.captions?.[first + i] ?? "";
        const caption = writing(pen, "caption", text, SIDE, family, times);
        acts.push(() => caption.draw(x + SIDE / 2, top + SIDE, "center"));
        under = Math.max(under, caption.height);
        if (!cell.classList.contains("chosen")) return;
        acts.push(() => {
          Object.assign(pen, { strokeStyle: accent, lineWidth: times });
          pen.strokeRect(...[x - 0.5, top - 0.5, SIDE + 1, SIDE + 1].map((at) => at * times));
        });
      });
      bottom += under;
    }
    const head = label.height + note.height;
    const from = y + Math.max(0, bottom - y - head) / 2;
    bottom = Math.max(bottom, y + head);
    const [start, height] = [y, bottom - y];
    acts.push(() => {
      label.draw(MARGIN, from, "left");
      note.draw(MARGIN, from + label.height, "left");
      const ink = pen.fillStyle;
      pen.fillStyle = accent;
      if (row.marked) pen.fillRect(times, start * times, times, height * times);
      pen.fillStyle = ink;
    });
    y = bottom + APART;
  });
  return { acts, width: right + MARGIN, height: y - APART + MARGIN };
}

/** The whole sheet on a canvas, black on white, or white on black where the page is dark. */
function sheetImage(root) {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  let times = TIMES;
  let plan = planned(root, pen, times);
  while (plan.height * times > TALLEST && times > 1) plan = planned(root, pen, --times);
  canvas.width = Math.ceil(plan.width * times);
  canvas.height = Math.ceil(plan.height * times);
  const [red, green, blue] = getComputedStyle(root).color.match(/[\d.]+/g).map(Number);
  const dark = red + green + blue > 384; // the text is light, so the ground is not
  pen.fillStyle = dark ? "#000" : "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = dark ? "#fff" : "#000";
  for (const act of plan.acts) act();
  return canvas;
}

/** Gives the visitor the sheet as a file that is named after the sheet's key. */
function saveSheet(root) {
  const keyed = root.getRootNode().host?.closest('[class*="st-key-"]');
  const key = keyed?.className.match(/st-key-(\S+)/)?.[1] ?? "pictures";
  sheetImage(root).toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${key.replaceAll("_", "-")}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
}
