// The page in the hand: keys, selection, the drawing, plans, a narrow window, themes, and what assistive tools see.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { environment, folder, line, migration, panel, three, verdict } from "./cases.mjs";
import { download, dropPaths, openPage, python, screenshot, started } from "./support.mjs";

async function sample(t, options) {
  const opened = await openPage(t, options);
  await opened.page.getByRole("button", { name: "Sample", exact: true }).click();
  await verdict(opened.page);
  return opened;
}

const picked = (page) => page.locator(".bands .picked").count();

test("a finding shows its rows, and a row its findings", async (t) => {
  const { page, problems } = await sample(t);
  await page.locator("#finding-0").click();
  assert.equal(await page.locator("#finding-0").getAttribute("aria-expanded"), "true");
  assert.equal(await picked(page), 3);
  await page.locator("#finding-0-body").getByText("What it breaks").waitFor();
  await page.locator("#finding-0-body").getByText("Evidence").waitFor();
  await page.locator("#finding-0-body").getByText("What to do").waitFor();
  assert.match(page.url(), /#finding=1$/);

  await page.locator("g.row", { hasText: "oauth_fields" }).click();
  assert.equal(await picked(page), 1);
  const facts = page.getByRole("region", { name: "The picked revision" });
  await facts.getByText("migrations/versions/oauth_fields.py", { exact: true }).waitFor();
  assert.ok((await page.locator(".finding.touched").count()) >= 1);
  assert.match(page.url(), /#revision=oauth_fields$/);
  await facts.getByRole("button", { name: /say down_revision = None/ }).click();
  assert.equal(await picked(page), 3);

  await page.goBack();
  await facts.waitFor();
  assert.deepEqual(problems, []);
});

test("everything is reached by keys", async (t) => {
  const { page } = await sample(t, { context: { permissions: ["clipboard-read", "clipboard-write"] } });
  await page.keyboard.press("n");
  assert.equal(await page.locator("#finding-0").getAttribute("aria-expanded"), "true");
  await page.keyboard.press("n");
  assert.equal(await page.locator("#finding-1").getAttribute("aria-expanded"), "true");
  await page.keyboard.press("p");
  assert.equal(await page.locator("#finding-0").getAttribute("aria-expanded"), "true");
  assert.equal(await page.evaluate(() => document.activeElement.id), "finding-0");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".finding.open").count(), 0);

  await page.keyboard.press("/");
  await page.keyboard.type("metadata");
  await page.waitForFunction(() => document.querySelectorAll(".finding:not([hidden])").length === 1);
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.querySelectorAll(".finding:not([hidden])").length > 1);

  await page.getByRole("region", { name: "The drawing" }).getByRole("button", { name: "Single chain", exact: true }).click();
  const chain = page.getByRole("listbox", { name: /The chain/ });
  await chain.focus();
  await page.keyboard.press("Home");
  const current = () => page.evaluate(() => {
    const id = document.querySelector("[role=listbox]").getAttribute("aria-activedescendant");
    return document.getElementById(id)?.getAttribute("aria-label");
  });
  assert.match(await current(), /^revision perf_indexes_001/);
  await page.keyboard.press("ArrowRight");
  assert.match(await current(), /^revision dc4e5affd5bc/, "right goes to the parent");
  await page.keyboard.press("ArrowDown");
  assert.match(await current(), /^revision 3fd9eaf414fb/, "down goes to the next row");
  await page.keyboard.press("End");
  assert.match(await current(), /^revision 2ca607eff9c8.*base/);
  await page.keyboard.press("y");
  await page.getByText("Copied 2ca607eff9c8").waitFor({ state: "attached" });
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "2ca607eff9c8");

  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await page.waitForFunction(() => document.activeElement.id === "keys-close");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog", { name: "Keys" }).waitFor({ state: "hidden" });
});

test("a plan is chosen for the drawing, the changes and the checklist at once", async (t) => {
  const { page } = await sample(t);
  await page.getByRole("tab", { name: /^Merge revision/ }).waitFor();
  assert.equal(await page.locator("article.changed").count(), 1);
  await page.getByRole("region", { name: "The drawing" }).getByRole("button", { name: "Single chain", exact: true }).click();
  assert.equal(await page.locator("article.changed").count(), 4);
  assert.equal(await page.locator(".link.new-parent").count(), 4);
  for (const table of ["#replay", "table.checklist"]) {
    await page.locator(table).getByText("After: Single chain").waitFor();
  }
  assert.match(page.url(), /plan=chain/);
  await page.locator("#changes").getByRole("tab", { name: /Merge revision/ }).click();
  assert.equal(await page.locator("article.changed").count(), 1);
  for (const diff of await page.locator(".diff").allInnerTexts()) assert.match(diff, /down_revision/);
});

test("four hundred rows are panned, zoomed and fitted with few of them mounted", async (t) => {
  const { page } = await openPage(t);
  await dropPaths(page, [folder(t, "long", line(400))]);
  await verdict(page);
  const frame = page.locator(".chain-frame");
  const box = await frame.boundingBox();
  const place = () => page.locator(".chain > g").getAttribute("transform");
  const before = await place();
  await page.mouse.move(box.x + 300, box.y + 200);
  await page.mouse.down();
  await page.mouse.move(box.x + 300, box.y + 60, { steps: 5 });
  await page.mouse.up();
  assert.notEqual(await place(), before, "a drag moves it");
  assert.equal(await picked(page), 0, "and picks nothing");
  await page.mouse.wheel(0, 600);
  await page.waitForFunction(() => /translate\(0\.0 -7\d\d/.test(document.querySelector(".chain > g").getAttribute("transform")));
  assert.ok((await page.locator("g.row").count()) <= 100);
  await frame.focus();
  await page.keyboard.press("-");
  await page.getByRole("button", { name: "As written" }).filter({ hasText: "80%" }).waitFor();
  await page.keyboard.press("f");
  await page.waitForFunction(() => document.querySelectorAll("g.row").length === 0);
  assert.ok((await page.locator(".chain path").count()) <= 12, "from afar there is one path a kind");
  await page.keyboard.press("0");
  await page.keyboard.press("End");
  await page.locator("g.row.current").waitFor();
  assert.equal(await page.locator("g.row.current").getAttribute("data-row"), "399");
});

test("at 390 pixels the two drawings become one with a switch, and nothing sticks out", async (t) => {
  const { page } = await sample(t, { context: { viewport: { width: 390, height: 844 }, hasTouch: true } });
  for (const part of [".take .primary", "#findings-title", ".chain-frame g.row"]) await page.locator(part).first().waitFor();
  const order = await page.evaluate(() =>
    [".verdict h1", ".take .primary", "#findings-title", ".chain-frame"].map((s) => document.querySelector(s)?.getBoundingClientRect().top));
  assert.deepEqual([...order].sort((a, b) => a - b), order, "verdict, button, findings, drawing");
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  const group = page.getByRole("group", { name: "Which chain is drawn" });
  assert.equal(await page.locator(".link.new-parent").count(), 0);
  await group.getByRole("button", { name: "Proposed" }).click();
  await page.getByRole("region", { name: "The drawing" }).getByRole("button", { name: "Single chain", exact: true }).click();
  assert.equal(await page.locator(".link.new-parent").count(), 4);
  await screenshot(page, "sample-390", { fullPage: true });
});

test("the theme follows the system until it is chosen, and the choice is remembered", async (t) => {
  const { page } = await openPage(t, { context: { colorScheme: "dark" } });
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const dark = await ground();
  await page.getByRole("button", { name: "Theme: system" }).click();
  await page.getByRole("button", { name: "Theme: light" }).waitFor();
  assert.notEqual(await ground(), dark);
  await page.reload();
  await started(page);
  await page.getByRole("button", { name: "Theme: light" }).click();
  assert.equal(await ground(), dark);
});

for (const [name, options] of [
  ["light", { colorScheme: "light" }],
  ["dark", { colorScheme: "dark" }],
  ["at 390 pixels", { viewport: { width: 390, height: 844 } }],
]) {
  test(`axe finds nothing wrong, ${name}`, async (t) => {
    const { page } = await openPage(t, { context: { bypassCSP: true, ...options } });
    const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    const check = async (state) => {
      await page.evaluate(axe);
      // A row's name holds words that its picture says by shape, so it is not the row's text word for word.
      const rules = { "label-content-name-mismatch": { enabled: false } };
      const { violations } = await page.evaluate((rules) => window.axe.run(document, { resultTypes: ["violations"], rules }), rules);
      const found = violations.map(({ id, nodes }) => `${state}: ${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).slice(0, 3).join(" | ")}`);
      assert.deepEqual(found, []);
    };
    await check("empty");
    await page.getByRole("button", { name: "Sample", exact: true }).click();
    await verdict(page);
    await page.locator("#finding-0").click();
    await check("result");
    await page.locator("g.row").first().click();
    await check("row");
  });
}

test("what cannot be decided is said beside what can", async (t) => {
  const files = environment({
    "a.py": migration("aaaaaaaaaaaa", null),
    "b.py": migration("bbbbbbbbbbbb", "aaaaaaaaaaaa").replace("down_revision = 'aaaaaaaaaaaa'", "down_revision = compute()"),
  });
  const { page } = await openPage(t);
  await dropPaths(page, [folder(t, "computed", files)]);
  await verdict(page);
  const unknown = page.getByRole("region", { name: "Not decided" });
  assert.match(await unknown.innerText(), /migrations\/versions\/b\.py:\d+/);
  await page.locator(".files tr", { hasText: "bbbbbbbbbbbb" }).getByText("not known").waitFor();
  await screenshot(page, "unknown");
});

async function several(t, options) {
  const opened = await openPage(t, options);
  await dropPaths(opened.page, [folder(t, "shop", three())]);
  await verdict(opened.page);
  await opened.page.locator(".take .primary").waitFor();
  return opened;
}

test("with several environments everything on screen is about the one that is chosen", async (t) => {
  const { page, problems } = await several(t, { context: { acceptDownloads: true } });
  const group = page.getByRole("group", { name: "Environment" });
  const names = await group.getByRole("button").allInnerTexts();
  assert.equal(names.length, 3);
  assert.ok(names.some((name) => /billing: sound$/.test(name)), names.join());
  assert.ok(names.some((name) => /accounts: \d+ errors?$/.test(name)), names.join());

  const accounts = group.getByRole("button", { name: /accounts/ });
  await accounts.click();
  await page.locator('.switch [aria-pressed="true"]', { hasText: "accounts" }).waitFor();
  await page.locator(".verdict.breaks").waitFor();
  assert.match(await page.locator(".verdict .facts").innerText(), /services\/accounts/);
  assert.match(await page.locator(".finding-list.own").innerText(), /multiple-heads/);
  assert.doesNotMatch(await page.locator(".finding-list.own").innerText(), /222222222222/);
  assert.equal(await page.locator(".checklist .breaks").count() > 0, true);

  // The button counts what its zip holds, over all environments.
  const zipped = await download(t, page, () =>
    page.getByRole("button", { name: "Download repaired files (2 in 2 environments)" }).click());
  const list = execFileSync(python(), ["-c", "import sys, zipfile\nprint(len(zipfile.ZipFile(sys.argv[1]).namelist()))", zipped.path]);
  assert.equal(String(list).trim(), "2");

  // A finding of another environment is reached from here, and takes the page with it.
  await page.locator(".finding-list.others").getByRole("button", { name: /222222222222/ }).click();
  await page.locator(".finding-list.own .finding.open", { hasText: "222222222222" }).waitFor();
  assert.match(await page.locator(".verdict .facts").innerText(), /reporting/);
  // Its chain has the same shape as the one before, and is drawn anew all the same.
  await page.locator('g.row[aria-label^="revision 222222222222"]').waitFor();
  assert.equal(await page.locator('g.row[aria-label*="aaaaaaaaaaaa"]').count(), 0);

  await group.getByRole("button", { name: /billing/ }).click();
  await page.locator(".verdict.proved h1").waitFor();
  assert.equal(await page.locator(".verdict h1").innerText().then((text) => /cannot/.test(text)), false);
  assert.equal(await page.locator(".own .finding.breaks").count(), 0);
  assert.equal(await page.locator(".checklist .breaks").count(), 0);
  assert.equal(await page.locator("article.changed").count(), 0);
  assert.equal(await page.locator("g.row").count(), 2);
  assert.match(page.url(), /environment=\d/);
  await page.goBack();
  await page.locator(".verdict.breaks").waitFor();

  const titles = await page.locator("#downloads .offer-title").allInnerTexts();
  assert.equal(new Set(titles).size, titles.length, "no two downloads are called the same");
  assert.deepEqual(problems, []);
});

test("at 390 pixels three environments do not stick out", async (t) => {
  const { page } = await several(t, { context: { viewport: { width: 390, height: 844 } } });
  const group = page.getByRole("group", { name: "Environment" });
  for (const name of [/accounts/, /billing/, /reporting/]) {
    await group.getByRole("button", { name }).click();
    await page.locator('.switch.environments [aria-pressed="true"]', { hasText: name }).waitFor();
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390);
  }
  for (const button of await group.getByRole("button").all()) {
    const box = await button.boundingBox();
    assert.ok(box.x >= 0 && box.x + box.width <= 390, "every environment is seen whole");
  }
  await screenshot(page, "several-390", { fullPage: true });
});

test("where the recommended plan leaves what another one mends, both stand side by side as equals", async (t) => {
  const { page } = await sample(t);
  const cards = page.locator(".take .equal");
  const told = await cards.allInnerTexts();
  assert.equal(told.length, 2);
  assert.match(told[0], /Merge revision \(recommended\)[^]*Mends multiple-heads[^]*Leaves .*multiple-roots[^]*Safe, whatever the databases have run[^]*Download repaired files \(1\)/);
  assert.match(told[1], /Single chain[^]*Mends multiple-heads, multiple-roots[^]*Unsafe where a database has run[^]*Download repaired files \(4\)/);
  assert.equal(await cards.locator("svg .dots").count(), 2, "both are drawn");
  const [one, other] = [await cards.nth(0).boundingBox(), await cards.nth(1).boundingBox()];
  assert.equal(one.y, other.y);
  assert.equal(Math.round(one.width), Math.round(other.width));
  await cards.nth(1).getByRole("button", { name: "Show it below" }).click();
  assert.match(page.url(), /plan=chain/);
  assert.equal(await page.locator("article.changed").count(), 4);
  await screenshot(page, "equals");
});

test("a caution that matters is read beside the button", async (t) => {
  const files = environment({
    "a.py": migration("aaaaaaaaaaaa", null),
    "b.py": migration("bbbbbbbbbbbb", "gone"),
  });
  const { page } = await openPage(t);
  await dropPaths(page, [folder(t, "hole", files)]);
  await verdict(page);
  assert.match(await page.locator(".take .caution").innerText(), /unsafe where a database has run these revisions/);
  assert.equal(await page.locator(".take .equal").count(), 0);
});

test("where nothing can be repaired the reason stands where the plans would be", async (t) => {
  // Each makes the table in its own way, so that neither can run after the other.
  const body = (type) => `op.create_table("t", sa.Column("a", sa.${type}()))`;
  const files = environment({
    "a.py": migration("aaaaaaaaaaaa", null, { body: body("Text") }),
    "b.py": migration("aaaaaaaaaaaa", null, { message: "the same id", body: body("Integer") }),
  });
  const { page } = await openPage(t);
  await dropPaths(page, [folder(t, "twice", files)]);
  await verdict(page);
  await page.getByText("No repair is on offer.").waitFor();
  await page.getByRole("heading", { name: "No repair is on offer" }).waitFor();
  assert.ok((await page.locator("#changes .caution").innerText()).length > 20);
});

test("pictures for a person to look at", async (t) => {
  for (const colorScheme of ["light", "dark"]) {
    const { page } = await openPage(t, { context: { viewport: { width: 1440, height: 900 }, colorScheme } });
    await screenshot(page, `empty-${colorScheme}`);
    await page.getByRole("button", { name: "Sample", exact: true }).click();
    await verdict(page);
    await screenshot(page, `sample-${colorScheme}`);
    await dropPaths(page, [panel]);
    await verdict(page);
  }
});
