// What can be dropped or picked, at any time, and what each bad input is answered.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { encrypted, environment, failure, folder, line, migration, panel, verdict, zip, zipFolder } from "./cases.mjs";
import { dragOver, dropPaths, openPage, settled, temporaryFolder } from "./support.mjs";

/** Waits until the drawing, which is measured after the verdict stands, has so many rows, with the merge that is proposed. */
const hasRows = (page, count) =>
  page.waitForFunction((count) => document.querySelectorAll("g.row").length === count, count);
const heading = (page) => page.locator(".verdict .facts b").innerText();

async function isPanel(page) {
  assert.match(await verdict(page), /cannot be deployed/);
  await hasRows(page, 11);
  await page.locator(".chain-head").getByText("3 bases, 5 heads").waitFor();
  assert.match(await page.locator("#finding-0").innerText(), /multiple-roots/);
}

test("a folder is dropped as a folder", async (t) => {
  const { page, problems } = await openPage(t);
  await dropPaths(page, [panel]);
  await isPanel(page);
  assert.equal(await heading(page), "panel");
  assert.equal(await page.locator(".files tbody tr").count(), 10);
  // The folder's own name is no part of any path.
  await page.locator(".files").getByText("migrations/versions/oauth_fields.py", { exact: true }).waitFor();
  assert.deepEqual(problems, []);
});

test("the migrations folder alone is enough", async (t) => {
  const { page } = await openPage(t);
  await dropPaths(page, [join(panel, "migrations")]);
  assert.match(await verdict(page), /cannot be deployed/);
  await hasRows(page, 11);
});

test("a folder is chosen with the button", async (t) => {
  const { page } = await openPage(t);
  const chooser = page.waitForEvent("filechooser");
  await page.locator("#open-folder").click();
  await (await chooser).setFiles(panel);
  await isPanel(page);
  assert.equal(await heading(page), "panel");
  // The same again is a change again.
  const again = page.waitForEvent("filechooser");
  await page.locator("#open-folder").click();
  await (await again).setFiles(panel);
  await isPanel(page);
});

test("a zip is dropped, and chosen with the button, whatever it is called", async (t) => {
  const { page } = await openPage(t);
  await dropPaths(page, [zipFolder(t, panel, "panel.zip")]);
  await isPanel(page);
  const renamed = zipFolder(t, panel, "panel.bin");
  const chooser = page.waitForEvent("filechooser");
  await page.locator("#open-zip").click();
  await (await chooser).setFiles(renamed);
  await page.locator(".facts b", { hasText: "panel.bin" }).waitFor();
  await isPanel(page);
});

test("several files are dropped at once", async (t) => {
  const { page } = await openPage(t);
  const versions = join(panel, "migrations/versions");
  await dropPaths(page, [
    join(versions, "oauth_fields.py"),
    join(versions, "push_notifications.py"),
    join(versions, "2ca607eff9c8_autogen_cms_forum.py"),
  ]);
  assert.match(await verdict(page), /cannot be deployed/);
  await hasRows(page, 4);
});

test("directories with more than a hundred entries are read to the end", async (t) => {
  const { page } = await openPage(t);
  await dropPaths(page, [folder(t, "long", line(330))]);
  assert.match(await verdict(page), /sound/);
  await page.getByText("330 migrations", { exact: true }).first().waitFor();
  await page.locator("g.row").first().waitFor();
  assert.ok((await page.locator("g.row").count()) < 150, "rows far outside the frame are not mounted");
});

test("a second drop cancels the first", async (t) => {
  const { page, problems } = await openPage(t);
  const big = folder(t, "big", line(3000));
  await dropPaths(page, [big]);
  await page.getByRole("heading", { name: /Auditing/ }).waitFor();
  await dropPaths(page, [panel]);
  await isPanel(page);
  assert.equal(page.workers().length, 1, "the first one's worker has ended");
  await settled(page);
  assert.equal(await heading(page), "panel");
  await isPanel(page);
  assert.deepEqual(problems, []);
});

test("reading shows files and bytes, and can be cancelled", async (t) => {
  const { page } = await openPage(t);
  await dropPaths(page, [folder(t, "big", line(3000))]);
  await page.locator(".counts", { hasText: /files · [\d.]+ (kB|MB)/ }).waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("heading", { name: /Drop a project/ }).waitFor();
  await dropPaths(page, [panel]);
  await isPanel(page);
});

test("a drop replaces a result, and what hovers is answered", async (t) => {
  const { page } = await openPage(t);
  await page.getByRole("button", { name: "Sample", exact: true }).click();
  await isPanel(page);
  await dragOver(page, [panel]);
  await page.locator(".overlay.open").waitFor();
  await dropPaths(page, [folder(t, "clean", line(3))]);
  await page.locator(".facts b", { hasText: "clean" }).waitFor();
  assert.match(await verdict(page), /sound/);
  assert.equal(await page.locator(".overlay.open").count(), 0);
});

test("ignored folders are not read, and said to be", async (t) => {
  const files = line(2);
  files["node_modules/x/alembic.ini"] = "[alembic]\nscript_location = y\n";
  files["api/.venv/lib/python3/site-packages/a/env.py"] = "from alembic import context\n";
  files[".git/config"] = "[core]\n";
  files["old.zip"] = "PK";
  const { page } = await openPage(t);
  for (const dropped of ["dropped", "chosen"]) {
    const top = folder(t, dropped, files);
    if (dropped === "dropped") {
      await dropPaths(page, [top]);
    } else {
      const chooser = page.waitForEvent("filechooser");
      await page.locator("#open-folder").click();
      await (await chooser).setFiles(top);
    }
    await page.locator(".facts b", { hasText: dropped }).waitFor();
    assert.match(await verdict(page), /sound/);
    const skipped = page.locator("#skipped");
    await skipped.getByText("node_modules", { exact: true }).waitFor();
    await skipped.getByText("api/.venv", { exact: true }).waitFor();
    await skipped.getByText("archives inside archives are not opened").waitFor();
  }
});

test("where only ignored folders were left out, one quiet line says so", async (t) => {
  const files = line(2);
  files["node_modules/x/index.js"] = "x";
  files[".git/config"] = "[core]\n";
  const { page } = await openPage(t);
  await dropPaths(page, [folder(t, "repository", files)]);
  assert.match(await verdict(page), /sound/);
  assert.match(await page.locator("#skipped").innerText(), /^Not looked into: .git, node_modules\.$/);
  assert.equal(await page.getByRole("heading", { name: /Not read/ }).count(), 0);
});

test("an empty folder, and one without migrations, are answered plainly", async (t) => {
  const { page } = await openPage(t);
  await dropPaths(page, [folder(t, "nothing", {})]);
  assert.match(await failure(page), /folder is empty/);
  await dropPaths(page, [folder(t, "other", { "a.py": "print('hello')\n" })]);
  assert.match(await verdict(page), /No migrations/);
  await dropPaths(page, [panel]);
  await isPanel(page);
});

test("what is not among whole folders is not there, and what is not among single files may be", async (t) => {
  const ini = "[alembic]\nscript_location = %(here)s/migrations\n";
  const top = folder(t, "project", { "alembic.ini": ini });
  const { page } = await openPage(t);
  await dropPaths(page, [top]);
  assert.match(await verdict(page), /stops before it finds a migration/);
  assert.match(await page.locator("#finding-0").innerText(), /script_location .* is not there/);
  // An empty folder is one, and has no env.py.
  mkdirSync(join(top, "migrations"));
  await dropPaths(page, [top]);
  await verdict(page);
  const first = await page.locator("#finding-0").innerText();
  assert.match(first, /env\.py/);
  assert.doesNotMatch(first, /script_location .* is not there/);
  await dropPaths(page, [join(top, "alembic.ini"), join(panel, "alembic/env.py")]);
  assert.doesNotMatch(await verdict(page), /stops before/);
});

test("a file of 50 MB is left out by name and limit, and the rest is audited", async (t) => {
  const top = folder(t, "heavy", environment({ "a.py": migration("aaaaaaaaaaaa", null) }));
  writeFileSync(join(top, "migrations/versions/dump.py"), Buffer.alloc(50_000_000, 35));
  const { page } = await openPage(t);
  await dropPaths(page, [top]);
  await verdict(page);
  const skipped = page.locator("#skipped tr", { hasText: "migrations/versions/dump.py" });
  assert.match(await skipped.innerText(), /50000000 bytes.*limit of 2097152 bytes/s);
});

test("zips that cannot be opened are named with the reason, and the page goes on", async (t) => {
  const { page, problems } = await openPage(t);
  const good = environment({ "a.py": migration("aaaaaaaaaaaa", null) });

  const corrupt = zip(t, "corrupt.zip", good);
  writeFileSync(corrupt, readFileSync(corrupt).subarray(0, 300));
  await dropPaths(page, [corrupt]);
  assert.match(await failure(page), /zip/i);
  assert.equal(await page.locator(".failed h1").innerText(), "corrupt.zip");

  const noise = join(temporaryFolder(t), "noise.zip");
  writeFileSync(noise, "this is text");
  await dropPaths(page, [noise]);
  assert.match(await failure(page), /no zip/i);

  await dropPaths(page, [encrypted(zip(t, "secret.zip", good))]);
  await page.locator("#skipped, .failed").first().waitFor();
  await page.getByText(/encrypted/).first().waitFor();

  await dropPaths(page, [zip(t, "nested.zip", { ...good, "inner.zip": "PK\u0003\u0004" })]);
  await page.locator(".facts b", { hasText: "nested.zip" }).waitFor();
  await page.locator("#skipped tr", { hasText: "inner.zip" }).getByText(/archives inside archives/).waitFor();

  await dropPaths(page, [zip(t, "climbs.zip", { ...good, "../evil.py": "x = 1\n", "/etc/evil.py": "x = 1\n" })]);
  await page.locator(".facts b", { hasText: "climbs.zip" }).waitFor();
  await page.locator("#skipped tr", { hasText: "../evil.py" }).waitFor();
  await page.locator("#skipped tr", { hasText: "/etc/evil.py" }).waitFor();

  const bomb = zip(t, "bomb.zip", { ...good, "migrations/versions/zeros.py": "\0".repeat(30_000_000) });
  await dropPaths(page, [bomb]);
  await page.locator(".facts b", { hasText: "bomb.zip" }).waitFor();
  await page.locator("#skipped tr", { hasText: "zeros.py" }).waitFor();

  await dropPaths(page, [panel]);
  await page.locator(".facts b", { hasText: "panel" }).waitFor();
  await isPanel(page);
  assert.deepEqual(problems, []);
});

test("what the browser cannot read is said to be unreadable", async (t) => {
  const top = folder(t, "broken-link", line(2));
  symlinkSync(join(top, "gone.py"), join(top, "migrations/versions/link.py"));
  assert.ok(!existsSync(join(top, "migrations/versions/link.py")));
  const { page } = await openPage(t);
  await dropPaths(page, [top]);
  assert.match(await verdict(page), /sound/);
});

test("files that are not UTF-8 are read or named, never lost", async (t) => {
  const top = folder(t, "latin", environment({ "a.py": migration("aaaaaaaaaaaa", null) }));
  const text = "# -*- coding: latin-1 -*-\n" + migration("bbbbbbbbbbbb", "aaaaaaaaaaaa", { message: "fa\u00e7ade" });
  writeFileSync(join(top, "migrations/versions/b.py"), Buffer.from(text, "latin1"));
  const { page } = await openPage(t);
  await dropPaths(page, [top]);
  await verdict(page);
  await hasRows(page, 2);
  await page.locator(".files").getByText("fa\u00e7ade").waitFor();
});
