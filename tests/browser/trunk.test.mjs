// `trunk build` and `cargo xtask page` give the same page, byte for byte.
//
// That both read one description is tested with xtask, always. Here the real Trunk runs: with
// `cargo xtask test --full`, which installs it, or whenever the right release is at hand.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { sizes } from "../../xtask/sizes.mjs";
import { dist, root, temporaryFolder } from "./support.mjs";

const trunk = process.env.RECHAIN_TRUNK;
const skip = trunk ? false : "no Trunk of the right release here; `cargo xtask test --full` installs one";

test("trunk builds the very same page", { skip }, (t) => {
  const other = join(temporaryFolder(t), "dist");
  execFileSync(trunk, ["build", "--dist", other], { cwd: root, stdio: "inherit" });
  const names = (folder) => sizes(folder).map((file) => file.name);
  assert.deepEqual(names(other), names(dist()));
  for (const name of names(other)) {
    assert.ok(readFileSync(join(other, name)).equals(readFileSync(join(dist(), name))), `${name} differs`);
  }
});
