// Prints the sizes of a built page and compares its modules with their budgets: `node xtask/sizes.mjs dist`.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const budgets = JSON.parse(readFileSync(new URL("./budget.json", import.meta.url), "utf8"));

/** Each file of the page: its name, its bytes as they are and gzipped, and its budget or undefined. */
export function sizes(dist) {
  return readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      const bytes = readFileSync(path);
      const name = path.slice(dist.length).replaceAll("\\", "/").replace(/^\/+/, "");
      return { name, raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, budget: budgets[name] };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const kilobytes = (bytes) => (bytes / 1000).toFixed(1).padStart(9);
  const files = sizes(process.argv[2]);
  const total = files.reduce((sum, file) => ({ raw: sum.raw + file.raw, gzip: sum.gzip + file.gzip }), { raw: 0, gzip: 0 });
  const width = Math.max(...files.map((file) => file.name.length));
  console.log(`    ${"file".padEnd(width)}        kB     gzip   budget`);
  for (const file of [...files, { name: "total", ...total }]) {
    const budget = file.budget ? kilobytes(file.budget) : "";
    const over = file.raw > file.budget ? "  over its budget" : "";
    console.log(`    ${file.name.padEnd(width)} ${kilobytes(file.raw)}${kilobytes(file.gzip)}${budget}${over}`);
  }
}
