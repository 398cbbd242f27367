/* Python for a page: fetched when it is first asked for, every file checked, run in a worker.

   From a file:// address a page may load scripts and nothing else. So what the site holds itself
   comes as scripts, each of which hands its content over by calling pageFile. */
"use strict";

const pagePython = (() => {
  const root = new URL(document.documentElement.dataset.content_root || "./", location.href);
  const awaited = new Map(); // files that scripts will hand over, by name
  let fetched; // all of them, once and for all
  let worker, started;
  let calls = new Map(); // that the worker has not answered, by number
  let count = 0;
  let sessions = 0;
  let stops = 0;

  window.pageFile = (name, base64) =>
    awaited.get(name)(`data:application/octet-stream;base64,${base64}`);

  const held = (name, version) =>
    new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = new URL(`_static/run/${name}.js?${version}`, root);
      awaited.set(name, resolve);
      script.addEventListener("load", () => script.remove());
      script.addEventListener("error", () => reject(new Error(`${script.src} could not be loaded`)));
      document.head.append(script);
    });

  const fetchFile = async (file, list) => {
    const address = file.held
      ? await held(file.name, encodeURIComponent(file.integrity.slice(7, 15)))
      : list.from + file.name;
    try {
      const response = await fetch(address, { integrity: file.integrity });
      if (!response.ok) throw new Error(`status ${response.status}`);
      return await response.arrayBuffer();
    } catch (error) {
      const source = file.held ? "this site" : list.from;
      throw new Error(
        `${file.name} could not be fetched from ${source}, or is not the file that this site names`,
        { cause: error },
      );
    }
  };

  const listOfFiles = async () => {
    const response = await fetch(await held("files.json", Date.now()));
    return response.json();
  };

  /* A package's file and digest stand in Pyodide's lock. One that can't be had is told of, and no
     more: blocks that don't need it still run. */
  const fetchPackages = async (list, files) => {
    const lock = JSON.parse(new TextDecoder().decode(files.get("pyodide-lock.json")));
    const lacking = [];
    const fetchOne = async (name) => {
      const { file_name, sha256 } = lock.packages[name];
      if (files.has(file_name)) return;
      try {
        if (!list.from) throw new Error(`${file_name} was not given to this site when it was made`);
        const bytes = sha256.match(/../g).map((digits) => parseInt(digits, 16));
        const integrity = `sha256-${btoa(String.fromCharCode(...bytes))}`;
        files.set(file_name, await fetchFile({ name: file_name, integrity }, list));
      } catch (error) {
        lacking.push({ name, why: error.message });
      }
    };
    await Promise.all(list.packages.map(fetchOne));
    return lacking;
  };

  const fetchAll = async (report) => {
    const list = await listOfFiles();
    const files = new Map();
    const total = list.files.reduce((sum, file) => sum + file.bytes, 0);
    let bytes = 0;
    report({ bytes, total });
    const fetchOne = async (file) => {
      files.set(file.name, await fetchFile(file, list));
      report({ bytes: (bytes += file.bytes), total });
    };
    await Promise.all(list.files.map(fetchOne)).catch((error) => {
      report = () => {}; // the files still on their way have nothing more to tell
      throw error;
    });
    const lacking = await fetchPackages(list, files);
    const named = new Set(lacking.map(({ name }) => name));
    return { files, lacking, packages: list.packages.filter((name) => !named.has(name)) };
  };

  const failAll = (error) => {
    for (const { reject } of calls.values()) reject(error);
    calls = new Map();
  };

  const send = (call, given) =>
    new Promise((resolve, reject) => {
      const id = (count += 1);
      calls.set(id, { resolve, reject });
      worker.postMessage({ id, call, given });
    });

  /* A worker at an address, once it has said that it is there. */
  const workerAt = (address) =>
    new Promise((resolve, reject) => {
      const made = new Worker(address, { type: "module" });
      made.onmessage = () => resolve(made);
      made.onerror = (event) => {
        reject(new Error(event.message || "this browser can't start a worker with modules"));
      };
    });

  /* From a data: address, a worker starts on a page from a folder too; and it has an origin of its
     own, so that nothing of this site's, in storage or elsewhere, is within its reach. A browser
     that refuses such an address may take a blob: one. */
  const anyWorker = (source) => {
    const blob = () => URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    return workerAt(`data:text/javascript,${encodeURIComponent(source)}`).catch(() => workerAt(blob()));
  };

  const startWorker = async (files) => {
    const before = stops;
    const made = await anyWorker(new TextDecoder().decode(files.get("worker.js")));
    if (stops !== before) {
      made.terminate();
      throw stopped();
    }
    worker = made;
    sessions += 1;
    worker.onerror = (event) => {
      failAll(new Error(event.message || "Python's worker has ended"));
      stop();
    };
    worker.onmessage = ({ data }) => {
      const call = calls.get(data.id);
      calls.delete(data.id);
      if (data.error === undefined) call?.resolve(data.value);
      else call?.reject(new Error(data.error));
    };
  };

  /* Start Python unless it runs; tell report what is fetched meanwhile. */
  const start = async (report) => {
    fetched ??= fetchAll(report).catch((error) => {
      fetched = undefined; // the next press tries again
      throw error;
    });
    const before = stops;
    const { files, packages } = await fetched;
    if (stops !== before) throw stopped();
    report({});
    await startWorker(files);
    await send("start", { files, packages });
  };

  const ensure = (report) =>
    (started ??= start(report).catch((error) => {
      started = undefined;
      throw error;
    }));

  const stopped = () => Object.assign(new Error("stopped"), { stopped: true });

  /* Python can't be interrupted without headers that few hosts send, so it goes, and its names. */
  const stop = () => {
    stops += 1;
    worker?.terminate();
    worker = started = undefined;
    failAll(stopped());
  };

  const lacking = async () => (fetched ? (await fetched).lacking : []);

  return { ensure, call: send, stop, lacking, session: () => sessions };
})();
