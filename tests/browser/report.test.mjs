// The report as a file: opened from disk, with scripts off, and on paper.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { bin, root, startBrowser, temporaryFolder, watch } from "./support.mjs";

const panel = join(root, "samples", "panel");

/** The report of the sample, written by the command line, and the same as JSON. */
function written(t) {
  const file = join(temporaryFolder(t), "report.html");
  execFileSync(bin(), ["report", panel, "-o", file], { stdio: "pipe" });
  let json;
  try {
    json = execFileSync(bin(), ["check", panel, "--output-format", "json"], { stdio: "pipe" });
  } catch (error) {
    // Findings make it exit with 1.
    json = error.stdout;
  }
  return { file, report: JSON.parse(json) };
}

async function opened(t, file, options) {
  const browser = await startBrowser();
  t.after(() => browser.close());
  const context = await browser.newContext({ javaScriptEnabled: false, ...options });
  const page = await context.newPage();
  const requests = [];
  page.on("request", (request) => requests.push(request.url()));
  const problems = watch(page);
  await page.goto(pathToFileURL(file).href);
  return { page, requests, problems };
}

test("the report shows everything from disk with scripts off, and asks for nothing", async (t) => {
  const { file, report } = written(t);
  const { page, requests, problems } = await opened(t, file, { viewport: { width: 1280, height: 900 } });
  assert.deepEqual(requests, [pathToFileURL(file).href]);
  assert.deepEqual(problems, []);
  assert.equal(await page.locator("script").count(), 0);

  // What is folded is in the document all the same, and opens without a script.
  const folded = page.locator("details:not([open]) > summary:visible");
  while ((await folded.count()) > 0) await folded.first().click();
  const text = (await page.locator("body").innerText()).replaceAll(/\s+/g, " ");
  const plain = (words) => words.replaceAll("`", "").replaceAll(/\s+/g, " ");
  const live = report.environments[0];
  const expected = [
    report.headline,
    ...report.findings.flatMap((finding) => [finding.message, finding.consequence, finding.advice]),
    ...report.findings.flatMap((finding) => finding.evidence.map((line) => line.text.trim())),
    ...report.checklist.flatMap((item) => [item.title, item.detail]),
    ...report.actions.flatMap((action) => [action.title, ...action.commands]),
    ...live.revisions.flatMap((revision) => [revision.revision, revision.path.split("/").at(-1)]),
    ...live.plans.flatMap((plan) => [plan.title, ...plan.cautions, ...plan.files_rewritten, ...plan.files_added]),
  ];
  for (const words of expected) assert.ok(text.includes(plain(words)), words);
  assert.ok((await page.locator("svg").count()) >= 1, "the chain is drawn");
});

test("the report fits a phone, in light and in dark", async (t) => {
  const { file } = written(t);
  for (const colorScheme of ["light", "dark"]) {
    const { page } = await opened(t, file, { viewport: { width: 390, height: 800 }, colorScheme });
    const box = await page.locator("body").boundingBox();
    assert.ok(box.width <= 390, `${colorScheme}: ${box.width}`);
  }
});

test("the report prints on paper with everything on it", async (t) => {
  const { file, report } = written(t);
  const { page } = await opened(t, file, {});
  await page.emulateMedia({ media: "print" });
  for (const finding of report.findings) {
    assert.ok(await page.getByText(finding.rule, { exact: true }).first().isVisible(), finding.rule);
  }
  const pdf = await page.pdf({ format: "A4" });
  assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
});
