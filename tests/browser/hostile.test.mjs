// Inputs that are made to hurt, in the real engine: it ends with a result, or says on the page why it did not.
//
// `RECHAIN_SHAPES` is a folder of zips, written by `tests/hostile.rs`, which audits the same ones on the command line.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { panel, verdict } from "./cases.mjs";
import { dropPaths, openPage } from "./support.mjs";

/** In milliseconds, how long one audit may take here, where several browsers and builds may share the machine. */
const LONGEST = 60_000;

/** Why a file could not be audited, in the words of the page; nothing where it was. */
async function failureOf(page, path) {
  await dropPaths(page, [path]);
  const failed = page.locator(".state.failed", { hasText: basename(path) });
  const ready = page.locator(".facts b", { hasText: basename(path) });
  await failed.or(ready).first().waitFor({ timeout: LONGEST });
  return (await failed.count()) > 0 ? failed.innerText() : undefined;
}

test("inputs that are made to hurt end with a result in the page's worker", async (t) => {
  const folder = process.env.RECHAIN_SHAPES;
  if (!folder) return t.skip("RECHAIN_SHAPES names no folder of inputs");
  const { page } = await openPage(t);
  const names = readdirSync(folder).filter((name) => name.endsWith(".zip")).sort();
  assert.ok(names.length > 0, "there are inputs");
  const [died, slow] = [[], []];
  let refused = 0;
  for (const name of names) {
    const began = Date.now();
    try {
      const why = await failureOf(page, join(folder, name));
      if (why !== undefined) refused += 1;
      if (/The audit stopped/.test(why)) died.push(`${name}: ${why}`);
    } catch (error) {
      if (error.name !== "TimeoutError") throw error;
      slow.push(`${name}: nothing after ${Date.now() - began} ms`);
    }
  }
  t.diagnostic(`${names.length} inputs, ${refused} refused with a reason, ${died.length} stopped, ${slow.length} too slow`);
  assert.deepEqual([...died, ...slow], []);
  // Whatever came before, the next drop works.
  await dropPaths(page, [panel]);
  await verdict(page);
});

test("an engine that dies says so, and the next drop works", async (t) => {
  const { page } = await openPage(t);
  await dropPaths(page, [panel]);
  await verdict(page);
  const [worker] = page.workers();
  await worker.evaluate(() => { setTimeout(() => { throw new WebAssembly.RuntimeError("unreachable"); }); });
  const failed = page.locator(".state.failed");
  await failed.waitFor();
  assert.match(await failed.innerText(), /The audit stopped while it was .*this tab has no more memory for it/s);
  await dropPaths(page, [panel]);
  await verdict(page);
  assert.equal(await failed.count(), 0);
});
