// What is taken away works: git applies the patch, real Alembic loads the files, the whole tree is whole.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { panel, verdict, zipFolder } from "./cases.mjs";
import { download, dropPaths, openPage, python, temporaryFolder } from "./support.mjs";

async function dropped(t, path) {
  const opened = await openPage(t, { context: { acceptDownloads: true } });
  await dropPaths(opened.page, [path]);
  await verdict(opened.page);
  return opened;
}

const take = (t, page, id) => download(t, page, () => page.locator(`[data-download="${id}"]`).click());

function unzip(path, into) {
  execFileSync(python(), ["-c", "import sys, zipfile\nzipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])", path, into]);
}

function copy(t, from = panel) {
  const into = join(temporaryFolder(t), "project");
  cpSync(from, into, { recursive: true });
  return into;
}

function files(folder, prefix = "") {
  const found = {};
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === ".git" || entry.name === "__pycache__") continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) Object.assign(found, files(path, `${prefix}${entry.name}/`));
    else found[prefix + entry.name] = readFileSync(path).toString("base64");
  }
  return found;
}

/** What real Alembic says of the migrations of a project. */
function alembic(project) {
  const script = [
    "import json, sys",
    "import alembic",
    "from alembic.config import Config",
    "from alembic.script import ScriptDirectory",
    "config = Config(); config.set_main_option('script_location', sys.argv[1] + '/migrations')",
    "script = ScriptDirectory.from_config(config)",
    "print(json.dumps({'version': alembic.__version__, 'heads': script.get_heads(), 'bases': script.get_bases(),",
    "    'history': [r.revision for r in script.walk_revisions()]}))",
  ].join("\n");
  return JSON.parse(execFileSync(python(), ["-B", "-c", script, project], { encoding: "utf8" }));
}

function isRepaired(project) {
  const { version, heads, bases, history } = alembic(project);
  assert.equal(version, "1.20.1");
  assert.deepEqual(heads, ["perf_indexes_001"]);
  assert.deepEqual(bases, ["2ca607eff9c8"]);
  assert.equal(history.length, 10);
}

test("the zip and the patch give the same bytes, and real Alembic loads them", async (t) => {
  const { page, server, problems } = await dropped(t, panel);
  const loaded = server.requests.length;
  await page.getByRole("region", { name: "The drawing" }).getByRole("button", { name: "Single chain", exact: true }).click();
  const zipped = await download(t, page, () => page.getByRole("button", { name: "Download repaired files (4)" }).click());
  const patch = await download(t, page, () => page.getByRole("button", { name: "Patch", exact: true }).click());
  assert.match(zipped.name, /\.zip$/);
  assert.match(patch.name, /\.patch$/);

  const unpacked = copy(t);
  const before = files(unpacked);
  unzip(zipped.path, unpacked);
  isRepaired(unpacked);
  const changed = Object.entries(files(unpacked)).filter(([path, bytes]) => before[path] !== bytes);
  assert.equal(changed.length, 4);

  const applied = copy(t);
  execFileSync("git", ["init", "-q"], { cwd: applied });
  execFileSync("git", ["apply", "--whitespace=error-all", patch.path], { cwd: applied });
  assert.deepEqual(files(applied), files(unpacked));
  isRepaired(applied);
  assert.deepEqual(server.paths(loaded), []);
  assert.deepEqual(problems, []);
});

test("the merge revision is taken at once", async (t) => {
  const { page } = await dropped(t, panel);
  const zipped = await download(t, page, () => page.getByRole("button", { name: "Download repaired files (1)" }).click());
  const project = copy(t);
  unzip(zipped.path, project);
  const { heads, bases, history } = alembic(project);
  assert.equal(heads.length, 1);
  assert.equal(bases.length, 3);
  assert.equal(history.length, 11);
});

for (const kind of ["folder", "zip"]) {
  test(`the whole project is taken patched, with the files that no audit reads, from a ${kind}`, async (t) => {
    const project = copy(t);
    mkdirSync(join(project, "static"));
    writeFileSync(join(project, "static/logo.bin"), Buffer.from([0, 255, 1, 254]));
    writeFileSync(join(project, "README.md"), "# panel\n");
    mkdirSync(join(project, "node_modules/x"), { recursive: true });
    writeFileSync(join(project, "node_modules/x/index.js"), "x");
    const { page } = await dropped(t, kind === "zip" ? zipFolder(t, project, "panel.zip") : project);
    const whole = await take(t, page, "tree-chain");
    const into = temporaryFolder(t);
    unzip(whole.path, into);
    isRepaired(into);
    const [expected, got] = [files(project), files(into)];
    delete expected["node_modules/x/index.js"];
    assert.deepEqual(Object.keys(got).sort(), Object.keys(expected).sort());
    assert.equal(Object.keys(got).filter((path) => got[path] !== expected[path]).length, 4);
  });
}

test("every file on offer is made, under the name it is offered with", async (t) => {
  // A browser asks a person after ten files from one page; so no page is asked for more than eight.
  const first = await dropped(t, panel);
  const ids = await first.page.locator("[data-download]").evaluateAll((all) => all.map((offer) => offer.dataset.download));
  assert.ok(ids.length >= 12);
  for (let from = 0; from < ids.length; from += 8) {
    const { page, problems } = from === 0 ? first : await dropped(t, panel);
    for (const id of ids.slice(from, from + 8)) {
      const name = await page.locator(`[data-download="${id}"] .offer-file`).innerText();
      const made = await take(t, page, id);
      assert.equal(made.name, name);
      assert.ok(made.bytes.length > 60, `${name} is empty`);
      const text = made.bytes.toString();
      if (name.endsWith(".svg")) assert.match(text, /^<\?xml[^]*<svg[^]*<\/svg>\s*$/);
      if (name.endsWith(".json")) assert.equal(JSON.parse(text).verdict, "broken");
      if (name.endsWith(".html")) assert.doesNotMatch(text, /<script|<link/);
    }
    await page.waitForFunction(() => !document.querySelector("[aria-busy=true]"));
    assert.deepEqual(problems, []);
  }
});
