// The other half of `chromium.mjs`: clients in a worker, and what Node tells them to do.

// A worker of a page takes no app secret; this one is to run what servers run.
globalThis.importScripts = undefined;
// Messages that come while a module is waiting for another are lost: who listens comes first.
const loading = import("/larkspur/browser.mjs");
const clients = new Map();
const retries = new Map();

globalThis.onmessage = async ({ data: [number, id, text] }) => {
  const answer = await obey(id, text).then(
    (value) => ({ value }),
    (error) => ({ error: told(error) }),
  );
  const seen = retries.get(id)?.splice(0) ?? [];
  globalThis.postMessage([number, JSON.stringify({ ...answer, retries: seen }, packed)]);
};

async function obey(id, text) {
  const { Client, message } = await loading;
  const { about, make, close, view, path, way, args } = JSON.parse(text, (_, value) => unpacked(value, message));
  if (about) return (await import("/larkspur/about.mjs"))[about](...args);
  if (make) {
    retries.set(id, []);
    clients.set(id, new Client({ ...make, onRetry: (event) => retries.get(id).push(event) }));
    return undefined;
  }
  const client = clients.get(id);
  if (close) return client.close();
  const own = view.length > 0 ? client[view[0]](view[1]) : client;
  if (way === "token") return own.token();
  const target = path.reduce((at, name) => at[name], own);
  if (way === "call") return download(await target(...args));
  return way === "raw" ? target.raw(...args) : walked(target[way](...args));
}

async function walked(walk) {
  const found = [];
  try {
    for await (const part of walk) found.push(part);
    return { found };
  } catch (error) {
    return { found, error: told(error) };
  }
}

async function download(file) {
  const { fileName, contentType, size, status, headers, logId } = file;
  return { $download: { fileName, contentType, size, status, headers, logId, content: await file.bytes() } };
}

/** Errors keep what can be read of them. */
function told(error) {
  return { name: error.name, message: error.message, ...error };
}

function packed(_, value) {
  if (!(value instanceof Uint8Array)) return value;
  return { $bytes: btoa(Array.from(value, (byte) => String.fromCharCode(byte)).join("")) };
}

function unpacked(value, message) {
  if (value?.$bytes !== undefined) return Uint8Array.from(atob(value.$bytes), (letter) => letter.charCodeAt(0));
  if (value?.$message) return message[value.$message[0]](...value.$message[1]);
  return value;
}
