// The replay on the page: where it stops, what each revision does, the schema after it, and a table's life.

import assert from "node:assert/strict";
import { test } from "node:test";
import { environment, folder, line, migration, verdict } from "./cases.mjs";
import { dropPaths, openPage, screenshot } from "./support.mjs";

async function sample(t, options) {
  const opened = await openPage(t, options);
  await opened.page.getByRole("button", { name: "Sample", exact: true }).click();
  await verdict(opened.page);
  await opened.page.locator("#replay").waitFor();
  return opened;
}

async function dropped(t, name, files, options) {
  const opened = await openPage(t, options);
  await dropPaths(opened.page, [folder(t, name, files)]);
  await verdict(opened.page);
  return opened;
}

/** The lines of a list, each as [number, text]. */
const lines = (list) =>
  list.locator("li").evaluateAll((items) =>
    items.map((item) => [Number(item.querySelector(".line").lastChild.textContent), item.lastElementChild.firstChild.textContent.trim()]));

const row = (page, id) => page.locator(`g.row[aria-label^="revision ${id},"]`);

const names = (page) => page.locator(".table-list .table-name").allInnerTexts();

const MISSING = [
  [22, "no such column: user.is_system_admin"],
  [23, "no such column: user.created_at"],
  [26, "no such column: server.user_id"],
  [27, "no such column: server.status"],
  [32, "no such column: audit_log.user_id"],
  [39, "no such table: user_session"],
  [43, "no such table: api_key"],
  [46, "no such table: server_metrics"],
  [50, "no such table: player_session"],
];

test("where an empty database stops is told for each kind of database, now and after the repair", async (t) => {
  const { page, problems } = await sample(t);
  const section = page.getByRole("region", { name: /On an empty database/ });
  const ending = (name) => section.locator(".endings tbody tr", { has: page.locator("th", { hasText: name }) });
  assert.match(await ending("SQLite").innerText(), /142 of 151 tables and columns at the head would be certain/);
  assert.match(await ending("SQLite").innerText(), /stops at\s+oauth_fields/);
  assert.match(await ending("SQLite").innerText(), /migrations\/versions\/oauth_fields\.py:25/);
  assert.match(await ending("PostgreSQL").innerText(), /stops at\s+ptero_eggs_001[^]*no such table: config_template[^]*9 more lines fail after it/);
  assert.equal(await section.locator(".endings thead").innerText().then((text) => /After: Merge revision/.test(text)), true);
  await page.getByRole("region", { name: "The drawing" }).getByRole("button", { name: "Single chain", exact: true }).click();
  await section.getByText("After: Single chain").waitFor();

  const failing = section.locator(".failing > li", { hasText: "perf_indexes_001" });
  assert.deepEqual(await lines(failing.locator(".lines")), MISSING);
  await failing.getByRole("button", { name: "perf_indexes_001" }).click();
  const facts = page.getByRole("region", { name: "The picked revision" });
  assert.deepEqual(await lines(facts.locator(".lines").first()), MISSING);
  assert.deepEqual(problems, []);
});

test("a revision that fails is marked in the drawing, and its facts say what it does", async (t) => {
  const { page } = await sample(t);
  assert.match(await row(page, "perf_indexes_001").getAttribute("aria-label"), /on an empty database: fails/);
  assert.match(await row(page, "perf_indexes_001").locator(".mark.breaks").allTextContents().then((texts) => texts.join()), /fails/);
  assert.match(await row(page, "oauth_fields").getAttribute("aria-label"), /on an empty database: fails on some/);
  assert.doesNotMatch(await row(page, "2ca607eff9c8").getAttribute("aria-label"), /fail/);

  const facts = page.getByRole("region", { name: "The picked revision" });
  await row(page, "3fd9eaf414fb").click();
  assert.deepEqual(await lines(facts.locator(".step .lines").first()), [
    [21, "adds column server.host"], [22, "adds column server.port"], [23, "adds column server.rcon_password"],
  ]);
  await facts.getByText("The downgrade undoes it.").waitFor();
  await row(page, "dc4e5affd5bc").click();
  await facts.getByText("The downgrade fails.").waitFor();
  assert.match(await facts.innerText(), /module 'sqlalchemy' has no attribute 'op'/);
});

test("the schema is that of the picked revision", async (t) => {
  const { page } = await sample(t);
  const schema = page.getByRole("region", { name: "The schema" });
  assert.equal(await schema.locator(".count").innerText(), "22 tables");
  await row(page, "2ca607eff9c8").click();
  await schema.getByText("1 of 10 revisions").waitFor();
  assert.equal(await schema.locator(".count").innerText(), "6 tables");
  assert.deepEqual(await names(page), ["audit_log", "server", "server_user", "site_asset", "site_setting", "user"]);
  assert.equal(await schema.locator(".table-list button.new").count(), 6);

  await schema.getByRole("button", { name: /^server\b(?!_)/ }).click();
  const table = schema.getByRole("article", { name: "Table server" });
  const column = (name) => table.locator(".columns tbody tr", { has: page.locator("th", { hasText: name }) });
  assert.equal(await table.locator(".columns tbody tr").count(), 9);
  assert.match(await column("owner_id").innerText(), /Integer/);
  assert.match(await table.locator(".columns tbody tr").first().innerText(), /id\s+Integer\s+NOT NULL/);
  assert.match(await table.locator(".others").innerText(), /foreign key \(owner_id\) to user \(id\)/);

  // A later revision adds to it, and the same table stays in view.
  await row(page, "3fd9eaf414fb").click();
  await schema.getByText("4 of 10 revisions").waitFor();
  assert.equal(await table.locator(".columns tr.new").count(), 3);
  assert.equal((await names(page))[0], "server", "what the revision touched comes first");
  assert.match(await schema.locator(".table-list li").first().innerText(), /changed/);

  await schema.getByRole("button", { name: "Later" }).click();
  await schema.getByText("5 of 10 revisions").waitFor();
  assert.equal(await table.locator(".columns tr.new").count(), 0);
  assert.match(page.url(), /revision=dc4e5affd5bc/);

  await row(page, "perf_indexes_001").click();
  await schema.getByRole("searchbox", { name: "Filter tables" }).fill("api");
  assert.deepEqual(await names(page), ["api_key"]);
  assert.match(await schema.locator(".table-list li").innerText(), /not certain/);
});

test("the slider looks ahead while it moves, and picks when it is let go", async (t) => {
  const { page } = await sample(t);
  const slider = page.getByRole("slider", { name: "Revision" });
  assert.equal(await slider.getAttribute("aria-valuetext"), "64c2f8fecc18");
  await slider.evaluate((input) => { input.value = "0"; input.dispatchEvent(new Event("input", { bubbles: true })); });
  await page.locator("#schema .count", { hasText: "6 tables" }).waitFor();
  assert.doesNotMatch(page.url(), /revision=/);
  await slider.evaluate((input) => input.dispatchEvent(new Event("change", { bubbles: true })));
  await page.waitForFunction(() => /revision=2ca607eff9c8/.test(location.hash));
  await slider.focus();
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => /revision=bbda3883b503/.test(location.hash));
});

test("a table's life names who did what, and leads there", async (t) => {
  const { page } = await sample(t);
  const schema = page.getByRole("region", { name: "The schema" });
  await schema.getByRole("button", { name: /^server\b(?!_)/ }).click();
  const life = schema.getByRole("article", { name: "Table server" }).locator(".life");
  const told = (await life.locator("li").allInnerTexts()).map((text) => text.replaceAll(/\s+/g, " ").trim());
  assert.equal(told.length, 8);
  assert.equal(told[0], "2ca607eff9c8 creates table server line 58");
  assert.equal(told[1], "3fd9eaf414fb adds column server.host line 21");
  assert.equal(told[2], "adds column server.port line 22");
  assert.equal(told[4], "perf_indexes_001 creates index idx_server_user_id on server line 26");
  await life.getByRole("button", { name: "3fd9eaf414fb" }).click();
  assert.match(page.url(), /revision=3fd9eaf414fb/);
  assert.equal(await life.locator("[aria-current=step]").count(), 3);
  await schema.getByRole("button", { name: /^user\b(?!_)/ }).click();
  assert.equal(await schema.getByRole("article", { name: "Table user" }).count(), 1);
});

test("a dropped table and a downgrade that leaves something are told", async (t) => {
  const { page, problems } = await dropped(t, "dropping", environment({
    "a.py": migration("aaaaaaaaaaaa", null).replace("def upgrade():\n    pass", "def upgrade():\n    op.create_table('t', sa.Column('id', sa.Integer, primary_key=True))\n    op.create_table('k', sa.Column('id', sa.Integer, primary_key=True))")
      .replace("def downgrade():\n    pass", "def downgrade():\n    op.drop_table('t')"),
    "b.py": migration("bbbbbbbbbbbb", "aaaaaaaaaaaa").replace("def upgrade():\n    pass", "def upgrade():\n    op.drop_table('t')")
      .replace("def downgrade():\n    pass", "def downgrade():\n    raise NotImplementedError"),
  }));
  const facts = page.getByRole("region", { name: "The picked revision" });
  await row(page, "aaaaaaaaaaaa").click();
  await facts.getByText("The downgrade does not give back what was there before:").waitFor();
  await facts.locator(".differences").getByText("table k is left over").waitFor();
  await row(page, "bbbbbbbbbbbb").click();
  await facts.getByText("The downgrade says there is no way back").waitFor();
  assert.deepEqual(await names(page), ["t", "k"]);
  assert.equal(await page.locator("#schema .count").innerText(), "1 table");
  await page.getByText("This revision drops it.").waitFor();
  await page.locator(".life").getByText("drops table t").waitFor();
  assert.deepEqual(problems, []);
});

test("in a sound project no failure is found, and where nothing is followed the reason is said", async (t) => {
  const clean = await dropped(t, "clean", environment({
    "a.py": migration("aaaaaaaaaaaa", null).replace("def upgrade():\n    pass", "def upgrade():\n    op.create_table('t', sa.Column('id', sa.Integer, primary_key=True), sa.Column('name', sa.String(20), nullable=False, server_default='x'))")
      .replace("def downgrade():\n    pass", "def downgrade():\n    op.drop_table('t')"),
    "b.py": migration("bbbbbbbbbbbb", "aaaaaaaaaaaa"),
  }));
  const endings = await clean.page.locator(".endings tbody").innerText();
  assert.match(endings, /no failure found/);
  assert.equal(await clean.page.locator(".failing").count(), 0);
  await screenshot(clean.page, "replay-clean", { fullPage: true });

  const twice = await dropped(t, "cycle", environment({
    "a.py": migration("aaaaaaaaaaaa", "bbbbbbbbbbbb"), "b.py": migration("bbbbbbbbbbbb", "aaaaaaaaaaaa"),
  }));
  await twice.page.locator("#replay .caution").waitFor();
  assert.match(await twice.page.locator("#replay .caution").innerText(), /Repair the chain first|was followed/);
  assert.equal(await twice.page.locator("#schema").count(), 0);
  await screenshot(twice.page, "replay-null", { fullPage: true });
});

test("names from files stay text in the schema and in a life", async (t) => {
  const attack = "<img src=x onerror=trap()>";
  const { page, problems } = await dropped(t, "hostile", environment({
    "a.py": migration("aaaaaaaaaaaa", null).replace("def upgrade():\n    pass",
      `def upgrade():\n    op.create_table('${attack}', sa.Column('${attack}c', sa.Integer, server_default='${attack}d'))\n    op.drop_table('\u202egone${attack}')`),
  }), { prepare: (page) => page.addInitScript(() => { window.trapped = 0; window.trap = () => { window.trapped += 1; }; }) });
  await page.locator("g.row").click();
  const shown = await page.locator("main").innerText();
  for (const text of [attack, `${attack}c`, "\\u202egone"]) assert.ok(shown.includes(text), text);
  assert.equal(await page.locator("main img").count(), 0);
  assert.equal(await page.evaluate(() => window.trapped), 0);
  assert.deepEqual(problems, []);
});

test("two thousand tables are listed in part, and filtered and stepped through quickly", async (t) => {
  const files = line(400);
  const paths = Object.keys(files).filter((path) => path.endsWith(".py") && path.includes("versions"));
  paths.forEach((path, at) => {
    const calls = [0, 1, 2, 3, 4].map((n) => `    op.create_table('table_${at * 5 + n}', sa.Column('id', sa.Integer, primary_key=True))\n`).join("");
    files[path] = files[path].replace("def upgrade():\n    pass\n", `def upgrade():\n${calls}`);
  });
  const { page } = await dropped(t, "large", files);
  const schema = page.locator("#schema");
  assert.equal(await schema.locator(".count").innerText(), "2,000 tables");
  assert.equal(await schema.locator(".table-list li").count(), 200);
  await schema.getByRole("button", { name: "1,800 more tables" }).waitFor();
  await schema.getByRole("searchbox").fill("table_1999");
  assert.deepEqual(await names(page), ["table_1999"]);
  await schema.getByRole("searchbox").fill("");
  const took = await page.evaluate(async () => {
    const slider = document.querySelector("#schema input[type=range]");
    const times = [];
    for (let at = 0; at < 400; at += 20) {
      const start = performance.now();
      slider.value = String(at);
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
  });
  t.diagnostic(`a step of the slider: ${took.toFixed(0)} ms`);
  assert.ok(took < 250, `${took} ms`);
});

test("at 390 pixels nothing of it sticks out", async (t) => {
  for (const colorScheme of ["light", "dark"]) {
    const { page } = await sample(t, { context: { viewport: { width: 390, height: 844 }, colorScheme } });
    await row(page, "perf_indexes_001").click();
    await page.locator("#schema").getByRole("button", { name: /^server\b(?!_)/ }).click();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
    await screenshot(page, `replay-390-${colorScheme}`, { fullPage: true });
  }
});

test("pictures of the replay for a person to look at", async (t) => {
  for (const colorScheme of ["light", "dark"]) {
    const { page } = await sample(t, { context: { viewport: { width: 1440, height: 900 }, colorScheme } });
    const ground = () => page.evaluate(() => getComputedStyle(document.querySelector("#schema [aria-pressed=true]")).backgroundColor);
    await row(page, "perf_indexes_001").click();
    await page.locator("#schema").getByRole("button", { name: /^server\b(?!_)/ }).click();
    t.diagnostic(`${colorScheme}: ${await ground()}`);
    await screenshot(page, `replay-${colorScheme}`, { fullPage: true });
  }
});
