const extras = (window.explorerLinkExtras ??= new Map());

function address() {
  const url = new URL(window.location.href);
  url.hash = "";
  for (const [name, value] of extras) url.searchParams.set(name, value);
  return url.toString();
}

// Streamlit keeps the held parameters when a page link is clicked, but does not write them
// into its address, which counts for a new tab and for "copy link address".
function completeLink(event) {
  const link = event.target.closest?.(INTERNALS.pageLink);
  if (!link || link.target === "_blank") return;
  const url = new URL(link.href);
  const here = new URLSearchParams(window.location.search);
  for (const name of window.explorerHeld) {
    url.searchParams.delete(name);
    if (here.has(name)) url.searchParams.set(name, here.get(name));
  }
  link.href = url.toString();
}

function build(parent) {
  for (const kind of ["pointerover", "pointerdown", "focusin"])
    document.addEventListener(kind, completeLink, { passive: true });
  const root = document.createElement("div");
  root.className = "copy";
  const button = document.createElement("button");
  button.type = "button";
  const status = document.createElement("span"); // for those who hear the page
  status.className = "heard";
  status.setAttribute("role", "status");
  const field = document.createElement("input");
  field.readOnly = true;
  field.hidden = true;
  root.append(button, field, status);
  parent.append(root);
  const say = (text) => (button.textContent = status.textContent = text);
  return Object.assign(root, { button, field, say });
}

export default function ({ data, parentElement }) {
  if (data.name) {
    extras.set(data.name, data.value);
    return () => extras.delete(data.name);
  }
  window.explorerHeld = data.held.split(" ");
  const root = parentElement.querySelector(".copy") ?? build(parentElement);
  root.button.textContent = data.button;
  root.field.setAttribute("aria-label", data.by_hand);
  root.button.onclick = async () => {
    const link = address();
    root.dataset.link = link;
    try {
      await navigator.clipboard.writeText(link);
      root.say(data.copied);
      root.field.hidden = true;
      setTimeout(() => (root.button.textContent = data.button), 2000);
    } catch {
      root.say(data.by_hand);
      root.field.value = link;
      root.field.hidden = false;
      root.field.select();
    }
  };
}
