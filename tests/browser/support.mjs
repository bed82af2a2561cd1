// What every browser test stands on: a server that counts requests, a browser, and a person's gestures.
//
// `cargo xtask test --browser` sets the variables below and runs every `*.test.mjs` of this folder.
//
//   import { test } from "node:test";
//   import { openPage } from "./support.mjs";
//   test("…", async (t) => {
//     const { page, server } = await openPage(t);   // closed by itself when the test ends
//     await dropPaths(page, ["/an/absolute/folder"]);
//   });

import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

function variable(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests with \`cargo xtask test --browser\``);
  return value;
}

/** The repository. */
export const root = fileURLToPath(new URL("../..", import.meta.url));
/** Whether the slow suites run in full. */
export const full = process.env.RECHAIN_FULL === "1";
/** The built page. */
export const dist = () => variable("RECHAIN_DIST");
/** A Python with the real Alembic. */
export const python = () => variable("RECHAIN_PYTHON");
/** The built command line. */
export const bin = () => variable("RECHAIN_BIN");

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

/**
 * Serves a folder on this machine and remembers every request.
 *
 * `prefix` is the path that the page lives under, as on a host of many pages: "/some/where".
 * `requests` grows with each request, whether it is answered or not: { method, path, type }.
 */
export async function startServer({ folder = dist(), prefix = "" } = {}) {
  const requests = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    requests.push({ method: request.method, path, type: request.headers["sec-fetch-dest"] ?? "" });
    const inside = path.startsWith(`${prefix}/`) ? decodeURIComponent(path.slice(prefix.length + 1)) : undefined;
    let file = inside === undefined ? undefined : normalize(join(folder, inside || "index.html"));
    if (file !== undefined && !file.startsWith(normalize(folder + sep))) file = undefined;
    try {
      const body = readFileSync(file);
      response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" }).end(body);
    } catch {
      response.writeHead(404, { "content-type": "text/plain" }).end("no such file");
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}${prefix}/`,
    requests,
    /** The paths asked for since the page began, or since `from` requests. */
    paths: (from = 0) => requests.slice(from).map((request) => request.path),
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

/** Starts a browser with a profile of its own. */
export async function startBrowser(options = {}) {
  return chromium.launch({
    executablePath: variable("RECHAIN_CHROMIUM"),
    headless: true,
    // As root, which a container's only user is, Chromium starts without its sandbox or not at all.
    // The rest keeps it from asking its maker's servers for anything while requests are counted.
    args: [
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-dev-shm-usage",
    ],
    ...options,
  });
}

/**
 * Opens the page in a new browser, waits until it has started, and closes all when the test `t` ends.
 *
 * Options: `path` is put after the page's address (a hash, for one); `context` goes to the browser's
 * context (viewport, colorScheme, reducedMotion, javaScriptEnabled, …); `folder` and `prefix` to the server;
 * `prepare(page)` is called before the page is loaded; `starts: false` does not wait.
 *
 * `problems` collects what went wrong by itself: errors in the console, uncaught ones, failed requests,
 * and what the page's policy forbade.
 *
 * Once in some hundred starts Chromium itself, not the page in it, dies within its first second. That is
 * said and tried once more; a page that does not start, or a browser that dies later, is a failure.
 */
export async function openPage(t, options = {}) {
  try {
    return await openOnce(t, options);
  } catch (error) {
    if (!(error instanceof BrowserDied)) throw error;
    t.diagnostic(`${error.message}; once more`);
    return openOnce(t, options);
  }
}

class BrowserDied extends Error {}

async function openOnce(t, { path = "", context: contextOptions = {}, prepare, starts = true, ...serverOptions }) {
  const server = await startServer(serverOptions);
  t.after(() => server.close());
  const browser = await startBrowser();
  t.after(() => browser.close());
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...contextOptions });
    const page = await context.newPage();
    const problems = watch(page);
    await prepare?.(page);
    await page.goto(server.url + path);
    if (starts) await started(page);
    return { page, context, browser, server, problems };
  } catch (error) {
    const reason = error.message.split("\n", 1)[0];
    throw browser.isConnected() ? error : new BrowserDied(`the browser died while it started: ${reason}`);
  }
}

/** Collects what goes wrong in a page without anybody asking. */
export function watch(page) {
  const problems = [];
  page.on("console", (message) => {
    // A favicon that is not there is the browser's own wish, not the page's.
    const favicon = message.location().url.endsWith("/favicon.ico");
    if ((message.type() === "error" || message.type() === "warning") && !favicon) {
      problems.push(`console ${message.type()}: ${message.text()}`);
    }
  });
  page.on("pageerror", (error) => problems.push(`uncaught: ${error.stack ?? error}`));
  page.on("requestfailed", (request) => problems.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
  return problems;
}

/** Waits until the page's own program has started: what said that it was loading is gone. */
export async function started(page) {
  await page.waitForFunction(() => !document.querySelector("[data-boot]"));
}

/** Waits until the page has nothing left to do: what it would have asked for by itself, it has asked for. */
export async function settled(page) {
  for (let turn = 0; turn < 3; turn += 1) {
    await page.evaluate(() => new Promise((done) => requestIdleCallback(() => setTimeout(done))));
  }
}

/**
 * Drops files and folders of this machine on the page, as a person does from the file manager.
 *
 * The browser itself makes the data of the drop, so the page reads real folders.
 * `at` is the place in the window, by default its middle.
 */
export async function dropPaths(page, paths, { at } = {}) {
  for (const path of paths) statSync(path);
  const size = page.viewportSize();
  const { x, y } = at ?? { x: Math.round(size.width / 2), y: Math.round(size.height / 2) };
  const devtools = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"]) {
    await devtools.send("Input.dispatchDragEvent", { type, x, y, data });
  }
  await devtools.detach();
}

/** Drags over the page and leaves it again, or stays: to see what a page shows before the drop. */
export async function dragOver(page, paths, { leave = false } = {}) {
  const size = page.viewportSize();
  const place = { x: Math.round(size.width / 2), y: Math.round(size.height / 2) };
  const devtools = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", ...(leave ? ["dragCancel"] : [])]) {
    await devtools.send("Input.dispatchDragEvent", { type, ...place, data });
  }
  await devtools.detach();
}

/** Does what starts a download, and returns its name, its path on this machine and its bytes. */
export async function download(t, page, action) {
  const [started] = await Promise.all([page.waitForEvent("download"), action()]);
  const name = started.suggestedFilename();
  const path = join(temporaryFolder(t), name);
  await started.saveAs(path);
  return { name, path, bytes: readFileSync(path) };
}

/** A folder that is removed when the test ends. */
export function temporaryFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), "rechain-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Keeps a picture of the page in target/screenshots/, for a person to look at. */
export async function screenshot(page, name, options = {}) {
  const folder = join(root, "target", "screenshots");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.png`);
  await page.screenshot({ path, ...options });
  return path;
}
