// What the tests drop: folders and zips, good and bad, made anew for each test.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { python, root, temporaryFolder } from "./support.mjs";

/** The sample as a folder. */
export const panel = join(root, "samples", "panel");

/** Writes files, given by path, into a new folder called `name`, and returns it. */
export function folder(t, name, files) {
  const top = join(temporaryFolder(t), name);
  mkdirSync(top, { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(top, path)), { recursive: true });
    writeFileSync(join(top, path), content);
  }
  return top;
}

/** Zips files, given by path; paths are kept as they are, whatever they are. */
export function zip(t, name, files) {
  const path = join(temporaryFolder(t), name);
  const listed = JSON.stringify(Object.entries(files).map(([path, content]) => [path, String(content)]));
  const script = "import json, sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as z:\n"
    + "    for name, content in json.load(sys.stdin):\n        z.writestr(name, content)\n";
  execFileSync(python(), ["-c", script, path], { input: listed });
  return path;
}

/** Zips a folder, its own name on top, as a file manager does. */
export function zipFolder(t, path, name) {
  const target = join(temporaryFolder(t), name);
  const script = "import os, sys, zipfile\ntop = sys.argv[2]\nwith zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as z:\n"
    + "    for folder, _, names in os.walk(top):\n        for name in names:\n            path = os.path.join(folder, name)\n"
    + "            z.write(path, os.path.relpath(path, os.path.dirname(top)))\n";
  execFileSync(python(), ["-c", script, target, path]);
  return target;
}

/** Says of every entry of a zip that it is encrypted. */
export function encrypted(path) {
  const bytes = readFileSync(path);
  for (let at = 0; at < bytes.length - 4; at += 1) {
    const signature = bytes.readUInt32LE(at);
    if (signature === 0x04034b50) bytes[at + 6] |= 1;
    if (signature === 0x02014b50) bytes[at + 8] |= 1;
  }
  writeFileSync(path, bytes);
  return path;
}

/** A migration. */
export function migration(revision, parent, { message = revision, body = "pass" } = {}) {
  const value = parent === null ? "None" : `'${parent}'`;
  return `"""${message}\n\nRevision ID: ${revision}\nRevises: ${parent ?? ""}\nCreate Date: 2025-01-01 10:00:00\n\n"""\n`
    + `from alembic import op\nimport sqlalchemy as sa\n\nrevision = '${revision}'\ndown_revision = ${value}\n`
    + `branch_labels = None\ndepends_on = None\n\n\ndef upgrade():\n    ${body}\n\n\ndef downgrade():\n    ${body}\n`;
}

/** The files of an environment with these migrations. */
export function environment(migrations) {
  const files = {
    "alembic.ini": "[alembic]\nscript_location = migrations\n",
    "models.py": "from sqlalchemy.orm import DeclarativeBase\n\n\nclass Base(DeclarativeBase):\n    pass\n",
    "migrations/env.py":
      "from alembic import context\nfrom models import Base\n\ntarget_metadata = Base.metadata\n\n"
      + "context.configure(url='sqlite://', target_metadata=target_metadata)\n"
      + "with context.begin_transaction():\n    context.run_migrations()\n",
  };
  for (const [name, text] of Object.entries(migrations)) files[`migrations/versions/${name}`] = text;
  return files;
}

/** An environment of `count` migrations in one line. */
export function line(count) {
  const id = (n) => (0xa00000000000 + n * 7919).toString(16);
  const migrations = {};
  for (let n = 0; n < count; n += 1) {
    migrations[`${id(n)}_step_${n}.py`] = migration(id(n), n === 0 ? null : id(n - 1), { message: `step ${n}` });
  }
  return environment(migrations);
}

/** A project of three environments: two broken in different ways, one sound. */
export function three() {
  const files = {};
  const put = (name, migrations) => {
    for (const [path, text] of Object.entries(environment(migrations))) files[`services/${name}/${path}`] = text;
  };
  put("accounts", {
    "a.py": migration("aaaaaaaaaaaa", null),
    "b.py": migration("bbbbbbbbbbbb", "aaaaaaaaaaaa"),
    "c.py": migration("cccccccccccc", "aaaaaaaaaaaa"),
  });
  put("billing", { "d.py": migration("dddddddddddd", null), "e.py": migration("eeeeeeeeeeee", "dddddddddddd") });
  put("a-long-name-for-reporting", {
    "f.py": migration("111111111111", null),
    "g.py": migration("222222222222", "111111111111"),
    "h.py": migration("333333333333", "111111111111"),
  });
  return files;
}

/** Waits for a result and returns its headline. */
export async function verdict(page) {
  await page.locator(".verdict h1").waitFor({ timeout: 60_000 });
  return page.locator(".verdict h1").innerText();
}

/** Waits for a failure and returns its message. */
export async function failure(page) {
  await page.locator(".failed .lead").waitFor({ timeout: 60_000 });
  return page.locator(".failed .lead").innerText();
}
