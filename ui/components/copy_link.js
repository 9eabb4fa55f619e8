const extras = (window.explorerLinkExtras ??= new Map());

function address() {
  const url = new URL(window.location.href);
  url.hash = "";
  for (const [name, value] of extras) url.searchParams.set(name, value);
  return url.toString();
}

function build(parent) {
  const root = document.createElement("div");
  root.className = "copy";
  const button = document.createElement("button");
  button.type = "button";
  const text = document.createElement("span");
  text.setAttribute("role", "status");
  const field = document.createElement("input");
  field.readOnly = true;
  field.hidden = true;
  button.append(text);
  root.append(button, field);
  parent.append(root);
  return Object.assign(root, { button, text, field });
}

export default function ({ data, parentElement }) {
  if (data.name) {
    extras.set(data.name, data.value);
    return () => extras.delete(data.name);
  }
  const root = parentElement.querySelector(".copy") ?? build(parentElement);
  root.text.textContent = data.button;
  root.field.setAttribute("aria-label", data.by_hand);
  root.button.onclick = async () => {
    const link = address();
    root.dataset.link = link;
    try {
      await navigator.clipboard.writeText(link);
      root.text.textContent = data.copied;
      root.field.hidden = true;
      setTimeout(() => (root.text.textContent = data.button), 2000);
    } catch {
      root.text.textContent = data.by_hand;
      root.field.value = link;
      root.field.hidden = false;
      root.field.select();
    }
  };
}
