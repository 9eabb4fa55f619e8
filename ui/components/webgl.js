let missing; // asked once a visit: a browser grants few contexts

function ask() {
  const found = document.createElement("canvas").getContext("webgl");
  found?.getExtension("WEBGL_lose_context")?.loseContext();
  return !found;
}

export default function ({ setStateValue }) {
  missing ??= ask();
  if (missing) setStateValue("missing", true);
}
