// The question about the databases, the matrix that follows, and parents that are chosen by hand.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { environment, folder, migration, verdict } from "./cases.mjs";
import { download, dropPaths, openPage, python, temporaryFolder } from "./support.mjs";

/** A history that forks: b on one side, c on the other. */
const fork = environment({ "a.py": migration("a", null), "b.py": migration("b", "a"), "c.py": migration("c", "a") });

/** A line of four, which is whole. */
const line = environment({
  "a.py": migration("a", null),
  "b.py": migration("b", "a"),
  "c.py": migration("c", "b"),
  "d.py": migration("d", "c"),
});

async function dropped(t, files, options) {
  const opened = await openPage(t, options);
  await dropPaths(opened.page, [folder(t, "shop", files)]);
  await verdict(opened.page);
  return opened;
}

/** The words of a zip's files, by path. */
function unzipped(t, bytes) {
  const path = join(temporaryFolder(t), "taken.zip");
  writeFileSync(path, bytes);
  const script = "import json, sys, zipfile\nwith zipfile.ZipFile(sys.argv[1]) as z:\n"
    + "    print(json.dumps({n: z.read(n).decode() for n in z.namelist()}))\n";
  return JSON.parse(execFileSync(python(), ["-c", script, path], { encoding: "utf8" }));
}

const primary = (page) => page.locator(".take .button.primary").first();
const drawn = (page) => page.locator(".plan-head [aria-pressed=true]");
/** The row of the drawing whose id is this one. */
async function row(page, id) {
  const rows = page.locator("g.row");
  for (let at = 0; at < (await rows.count()); at += 1) {
    const text = await rows.nth(at).locator("text.id").first().evaluate((text) => text.firstChild.textContent);
    if (text === id) return rows.nth(at);
  }
  throw new Error(`no row ${id}`);
}

test("the question is answered each way, and the primary button is the plan that is right for it", async (t) => {
  const { page, problems } = await dropped(t, fork);
  const question = page.getByRole("group", { name: "Has any database run these revisions?" });
  await question.waitFor();
  const taken = async () => (await download(t, page, () => primary(page).click())).name;
  assert.equal(await taken(), "repaired-merge.zip", "what is safe is taken where nothing is known");
  for (const [answer, plan, told] of [
    ["No, none has", "chain", "Single chain is right for that."],
    ["Only up to b", "merge", "Merge revision is right for that."],
    ["Only up to c", "merge", "Merge revision is right for that."],
    ["No, none has", "chain", "Single chain is right for that."],
    ["Both, or different databases", "merge", "Merge revision is right for that."],
    ["No, none has", "chain", "Single chain is right for that."],
    ["I don\u2019t know", "merge", undefined],
  ]) {
    await question.getByLabel(answer, { exact: true }).check();
    if (told === undefined) await page.locator("#told").waitFor({ state: "detached" });
    else await page.locator("#told", { hasText: told }).waitFor();
    assert.equal(await taken(), `repaired-${plan}.zip`, answer);
    assert.ok(await question.getByLabel(answer, { exact: true }).isChecked(), answer);
  }
  await question.getByLabel("Paste what alembic current prints").check();
  await page.locator("#printed").fill("INFO  [alembic.runtime.migration] Context impl SQLiteImpl.\nc (head)\n");
  await question.getByRole("button", { name: "Try it" }).click();
  await page.locator(".stamped h3", { hasText: "A database at c" }).waitFor();
  assert.equal(await taken(), "repaired-merge.zip");
  // What is no answer is said, and the last one stands.
  await page.locator("#printed").fill("what is this");
  await question.getByRole("button", { name: "Try it" }).click();
  await page.getByRole("alert").getByText("what is this").waitFor();
  assert.equal(await page.locator("#told").count(), 0, "what cannot be read has no right repair");
  await page.locator(".stamped h3", { hasText: "A database at c" }).waitFor();
  // A revision that nobody declares is served by no repair, and that is said.
  await page.locator("#printed").fill("gone");
  await question.getByRole("button", { name: "Try it" }).click();
  await page.locator("#told.breaks").waitFor();
  assert.deepEqual(problems, []);
});

test("the matrix has a column for each plan, the worst states first", async (t) => {
  const { page } = await dropped(t, fork);
  const matrix = page.locator("table.matrix");
  await matrix.waitFor();
  assert.deepEqual(await matrix.locator("thead th").allTextContents(),
    ["Databases", "Merge revision (recommended)", "Single chain", "Single chain, the other way round", "States"]);
  const rows = await matrix.locator("tbody tr").evaluateAll((rows) =>
    rows.map((row) => [...row.children].map((cell) => cell.textContent)));
  assert.ok(rows.length >= 2, JSON.stringify(rows));
  assert.equal(rows.at(-1)[0], "every other");
  assert.ok(rows.every((row) => row[1] === "runs what it lacks"), JSON.stringify(rows));
  assert.match(rows[0][2], /stop|miss/);
  await matrix.getByRole("button", { name: "Single chain", exact: true }).click();
  assert.equal(await drawn(page).textContent(), "Single chain");
});

test("a revision is given another parent by mouse, and everything follows", async (t) => {
  const { page, problems } = await dropped(t, fork);
  const from = await row(page, "c");
  const onto = await row(page, "b");
  await from.hover();
  const grip = await from.locator(".grip").boundingBox();
  const target = await onto.locator(".band").boundingBox();
  await page.mouse.move(grip.x + grip.width / 2, grip.y + grip.height / 2);
  await page.mouse.down();
  await page.mouse.move(target.x + 60, target.y + target.height / 2, { steps: 6 });
  await page.getByText("Let go: c stands on b").waitFor();
  await page.mouse.up();
  const chosen = page.getByRole("region", { name: "Chosen by hand" });
  await chosen.getByText("c on b").waitFor();
  assert.equal(await drawn(page).textContent(), "By hand");
  const taken = await download(t, page, () => primary(page).click());
  assert.equal(taken.name, "repaired-by-hand.zip");
  const files = unzipped(t, taken.bytes);
  assert.deepEqual(Object.keys(files), ["migrations/versions/c.py"]);
  assert.match(files["migrations/versions/c.py"], /down_revision = ["']b["']/);
  const heads = await page.locator("table.matrix thead th").allTextContents();
  assert.ok(heads.includes("By hand"), heads.join());
  await page.locator("[data-download=diff-by-hand]").waitFor();

  // Undone, it is as it was.
  await chosen.getByRole("button", { name: "Undo: c on b" }).click();
  await chosen.waitFor({ state: "detached" });
  assert.equal((await download(t, page, () => primary(page).click())).name, "repaired-merge.zip");
  assert.equal(await page.locator("[data-download=diff-by-hand]").count(), 0);
  assert.deepEqual(problems, []);
});

test("a revision is moved in line by keyboard, and what cannot be says why", async (t) => {
  const { page, problems } = await dropped(t, line);
  const frame = page.locator(".chain-frame");
  await frame.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("c");
  await page.waitForFunction(() => document.activeElement?.id === "parent-search");
  await page.keyboard.type("a");
  const options = page.locator("#parents [role=option]");
  await page.waitForFunction(() => document.querySelectorAll("#parents [role=option]").length >= 1);
  await page.locator("#parents [role=option]", { hasText: "stands on it already" }).first().waitFor();
  // d alone onto a would leave two heads.
  await page.keyboard.press("Enter");
  const chosen = page.getByRole("region", { name: "Chosen by hand" });
  await chosen.getByText("Not possible so").waitFor();
  await chosen.getByText("multiple-heads").waitFor();
  await chosen.getByRole("button", { name: /^Undo/ }).first().click();
  await chosen.waitFor({ state: "detached" });

  await frame.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("c");
  await page.waitForFunction(() => document.activeElement?.id === "parent-search");
  await page.getByRole("button", { name: "Move it there in line" }).focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.id === "parent-search");
  await page.keyboard.press("ArrowDown");
  assert.equal(await options.nth(1).getAttribute("aria-selected"), "true");
  await page.keyboard.press("ArrowUp");
  await page.locator("#parent-search").fill("a");
  await page.waitForFunction(() => document.querySelector("#parents [role=option] code")?.textContent === "a");
  await page.keyboard.press("Enter");
  await chosen.getByText("d on a").waitFor();
  await chosen.getByText("b on d").waitFor();
  const taken = await download(t, page, () => primary(page).click());
  const files = unzipped(t, taken.bytes);
  assert.deepEqual(Object.keys(files).sort(), ["migrations/versions/b.py", "migrations/versions/d.py"]);
  await chosen.getByRole("button", { name: "Undo all" }).click();
  await chosen.waitFor({ state: "detached" });

  // A loop is not offered, and Escape closes the list.
  await frame.focus();
  await page.keyboard.press("End");
  await page.keyboard.press("c");
  await page.locator("#parents [aria-disabled=true]").first().waitFor();
  await page.locator("#parents [aria-disabled=true]", { hasText: "so this would be a loop" }).first().waitFor();
  await page.keyboard.press("Escape");
  await page.locator("#parents").waitFor({ state: "detached" });
  assert.deepEqual(problems, []);
});

test("at 390 pixels the question, the matrix and the list do not stick out", async (t) => {
  const { page } = await dropped(t, fork, { context: { viewport: { width: 390, height: 844 } } });
  await page.locator("table.matrix").waitFor();
  await page.locator(".chain-frame").focus();
  await page.keyboard.press("Home");
  // The newest row is the merge revision, which the plan adds.
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("c");
  await page.locator("#parents [role=option]").first().waitFor();
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 390), "it sticks out");
});
