/* The worker: Python, with every file handed to it and no way to fetch another. */
"use strict";

const PLACE = "https://files.invalid/"; // an address for what was handed over; nothing is asked there
let page;

const nameOf = (address) => String(address.url ?? address).split("/").pop();

const kind = (name) => (name.endsWith(".wasm") ? "application/wasm" : "application/octet-stream");

const serve = (files) => {
  globalThis.fetch = async (address) => {
    const name = nameOf(address);
    if (!files.has(name)) return new Response(null, { status: 404, statusText: `no ${name} here` });
    return new Response(files.get(name), { headers: { "Content-Type": kind(name) } });
  };
};

const module = (content) =>
  import(URL.createObjectURL(new Blob([content], { type: "text/javascript" })));

const start = async ({ files, packages }) => {
  serve(files);
  const text = (name) => new TextDecoder().decode(files.get(name));
  const { loadPyodide } = await module(files.get("pyodide.mjs"));
  const { default: createPyodideModule } = await module(files.get("pyodide.asm.mjs"));
  const pyodide = await loadPyodide({
    indexURL: PLACE,
    packageBaseUrl: PLACE,
    lockFileContents: text("pyodide-lock.json"),
    createPyodideModule,
  });
  await pyodide.loadPackage(packages, { messageCallback: () => {} });
  for (const [name, content] of files) {
    if (name.endsWith(".py")) pyodide.FS.writeFile(name, text(name));
    else if (name.endsWith("-py3-none-any.whl")) pyodide.unpackArchive(content, "wheel");
  }
  page = pyodide.pyimport("page");
};

const answer = async ({ call, given }) =>
  call === "start" ? start(given) : JSON.parse(page[call](JSON.stringify(given)));

self.onmessage = async ({ data }) => {
  try {
    self.postMessage({ id: data.id, value: await answer(data) });
  } catch (error) {
    self.postMessage({ id: data.id, error: String(error.message ?? error) });
  }
};

self.postMessage({}); // it is there
