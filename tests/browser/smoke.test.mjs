// The page starts: from any folder of any host, silently, and out of the files that were built.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { sizes } from "../../xtask/sizes.mjs";
import { dist, openPage, screenshot } from "./support.mjs";

for (const prefix of ["", "/some/where"]) {
  test(`the page starts under "${prefix}/" without a word in the console`, async (t) => {
    const { page, server, problems } = await openPage(t, { prefix });
    assert.notEqual((await page.locator("body").innerText()).trim(), "", "the page is empty");
    assert.deepEqual(problems, []);
    const elsewhere = server.paths().filter((path) => !path.startsWith(`${prefix}/`) && path !== "/favicon.ico");
    assert.deepEqual(elsewhere, []);
    if (prefix === "") await screenshot(page, "start");
  });
}

test("nothing of a start is fetched twice", async (t) => {
  const { page, server } = await openPage(t);
  const paths = server.paths();
  assert.deepEqual(paths, [...new Set(paths)]);
});

test("a page that cannot start says so", async (t) => {
  const prepare = (page) => page.route("**/*_bg.wasm", (route) => route.fulfill({ status: 404, body: "" }));
  const { page } = await openPage(t, { prepare, starts: false });
  await page.getByRole("alert").filter({ hasText: "could not start" }).waitFor();
});

test("a browser that dies while it starts is tried once more, and no more", async (t) => {
  let starts = 0;
  const dies = (times) => async (page) => {
    starts += 1;
    if (starts > times) return;
    const devtools = await page.context().browser().newBrowserCDPSession();
    devtools.send("Browser.crash").catch(() => {});
  };
  const { page } = await openPage(t, { prepare: dies(1) });
  assert.equal(starts, 2);
  assert.ok(await page.locator("body").innerText());
  starts = 0;
  await assert.rejects(openPage(t, { prepare: dies(2) }), /the browser died while it started/);
  assert.equal(starts, 2);
});

test("the built files carry no hash and no address of elsewhere", () => {
  const names = sizes(dist()).map((file) => file.name);
  for (const name of [
    "boot.js",
    "index.html",
    "rechain-engine.js",
    "rechain-engine_bg.wasm",
    "rechain-web.js",
    "rechain-web_bg.wasm",
  ]) {
    assert.ok(names.includes(name), `${name} is missing`);
  }
  const html = readFileSync(`${dist()}/index.html`, "utf8");
  for (const [, address] of html.matchAll(/(?:href|src)="([^"]*)"/g)) {
    assert.match(address, /^(\.\/|#|https:\/\/)/, `${address} depends on where the page lives`);
  }
  assert.doesNotMatch(html, /data-trunk|<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/, "the policy forbids this");
  assert.match(html, /Content-Security-Policy/);
});

test("the modules keep to their budgets", () => {
  const modules = sizes(dist()).filter((file) => file.name.endsWith(".wasm"));
  for (const { name, raw, budget } of modules) {
    assert.ok(budget, `xtask/budget.json has no budget for ${name}`);
    assert.ok(raw <= budget, `${name} has ${raw} bytes, over its budget of ${budget}: see xtask/budget.json`);
  }
});
