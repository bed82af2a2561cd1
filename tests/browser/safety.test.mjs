// Nothing leaves the tab, and what files say stays text.

import assert from "node:assert/strict";
import { test } from "node:test";
import { environment, folder, migration, panel, verdict, zipFolder } from "./cases.mjs";
import { dropPaths, openPage, settled } from "./support.mjs";

/** Waits until the page has loaded its engine and locked itself. */
const locked = (page) => page.waitForFunction(() => document.querySelectorAll("meta[http-equiv]").length > 1);

test("no request leaves the origin, and none at all is made once the page has loaded", async (t) => {
  const asked = [];
  const prepare = (page) => page.on("request", (request) => asked.push(request.url()));
  const { page, server, problems } = await openPage(t, { prepare });
  await locked(page);
  const loaded = server.requests.length;
  await dropPaths(page, [panel]);
  await verdict(page);
  await page.locator("#finding-0").click();
  await page.keyboard.press("n");
  await dropPaths(page, [zipFolder(t, panel, "panel.zip")]);
  await page.locator(".facts b", { hasText: "panel.zip" }).waitFor();
  await page.goBack();
  await settled(page);
  assert.deepEqual(server.paths(loaded), []);
  assert.ok(asked.length > 0);
  const elsewhere = (url) => !["blob:", "data:", server.url].some((start) => url.startsWith(start));
  assert.deepEqual(asked.filter(elsewhere), []);
  assert.deepEqual(problems, []);
});

test("the lock holds for the page and for its worker", async (t) => {
  const { page, server } = await openPage(t);
  await locked(page);
  await dropPaths(page, [panel]);
  await verdict(page);
  const loaded = server.requests.length;
  const tries = async (address) => {
    const outcomes = [];
    await fetch(`${address}stolen-by-fetch`, { mode: "no-cors" }).then(() => outcomes.push("fetch"), () => {});
    if (typeof importScripts === "function") {
      try {
        importScripts(`${address}stolen-by-script.js`);
        outcomes.push("importScripts");
      } catch { /* as it should be */ }
    } else {
      navigator.sendBeacon(`${address}stolen-by-beacon`, "x");
      const image = new Image();
      image.src = `${address}stolen-by-image.png`;
      const script = document.createElement("script");
      script.src = `${address}stolen-by-script.js`;
      document.head.append(script);
    }
    return outcomes;
  };
  assert.deepEqual(await page.evaluate(tries, server.url), []);
  const [worker] = page.workers();
  assert.ok(worker, "the engine runs in a worker");
  assert.match(worker.url(), /^blob:/);
  assert.deepEqual(await worker.evaluate(tries, server.url), []);
  await settled(page);
  assert.deepEqual(server.paths(loaded), []);
});

test("names, messages and docstrings full of markup stay text", async (t) => {
  const attack = "<img src=x onerror=trap()><script>trap()</script><svg onload=trap()>";
  const id = "\"><img src=x onerror=trap()>";
  const files = environment({
    "a.py": migration("aaaaaaaaaaaa", null, { message: attack }),
    [`<img src=x onerror=trap()>.py`]: migration("bbbbbbbbbbbb", "aaaaaaaaaaaa", { message: "a\u202edrawkcab `x` ${trap()} {{trap()}}" }),
    "c.py": migration(id, "aaaaaaaaaaaa"),
    "d.py": `"""${attack}"""\nthis is <b>no</b> python ' " \`\n`,
  });
  files["<b>folder</b>/<i>x</i>.zip"] = "PK";
  const prepare = (page) =>
    page.addInitScript(() => {
      window.trapped = 0;
      window.trap = () => { window.trapped += 1; };
    });
  const { page, problems } = await openPage(t, { prepare });
  await dropPaths(page, [folder(t, "<h1>hostile<", files)]);
  await verdict(page);
  for (const button of await page.locator(".finding-head").all()) await button.click();
  for (const row of await page.locator("g.row").all()) await row.click({ force: true });
  assert.equal(await page.locator(".facts b").innerText(), "<h1>hostile<");
  const shown = await page.locator("main").innerText();
  assert.ok(shown.includes(attack), "the docstring stands on the page as it is");
  assert.ok(shown.includes("<img src=x onerror=trap()>.py"), "so does the file's name");
  assert.ok(shown.includes("\\u202e"), "what would turn the text round is written out");
  assert.equal(await page.locator("main img, main script, main b b, main iframe").count(), 0);
  assert.equal(await page.evaluate(() => window.trapped), 0);
  assert.deepEqual(problems, []);
});

test("a hostile address is only an address", async (t) => {
  const { page, problems } = await openPage(t, { path: "#revision=%3Cimg%20src%3Dx%20onerror%3Dtrap()%3E&finding=999&plan=%22" });
  await dropPaths(page, [panel]);
  assert.match(await verdict(page), /cannot be deployed/);
  assert.equal(await page.locator("main img").count(), 0);
  assert.deepEqual(problems, []);
});
