const STORE = "explorer-job-secrets"; // pairs of id and secret, the latest last
const MOST = 8;

function stored() {
  try {
    return new Map(JSON.parse(localStorage.getItem(STORE) ?? "[]"));
  } catch {
    return new Map(); // no storage in this frame, or not what we wrote
  }
}

export default function ({ data, setStateValue }) {
  const secrets = stored();
  if (!data.secret) {
    if (secrets.has(data.id)) setStateValue("secret", secrets.get(data.id));
    return;
  }
  if (secrets.get(data.id) === data.secret) return;
  secrets.delete(data.id);
  secrets.set(data.id, data.secret);
  try {
    localStorage.setItem(STORE, JSON.stringify([...secrets].slice(-MOST)));
  } catch {
    // the session alone keeps it
  }
}
