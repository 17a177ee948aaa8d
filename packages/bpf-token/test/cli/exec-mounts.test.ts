// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeNative } from "./native.ts";
import { useProgramFolder } from "./program-folder.ts";

const policy = ["--delegate", "cmds=any,maps=any,progs=any,attachs=any"];
const [here = ""] = /^\d+\.\d+/.exec(release()) ?? [];
const NOBODY = 65534;

describeNative("paths of calls on mounts", ["cc", "setpriv"], paths);

function paths(): void {
  const { compile, exec } = useProgramFolder();
  let base = "";
  beforeAll(() => {
    base = mkdtempSync(join(tmpdir(), "exec-mounts-"));
    chmodSync(base, 0o777);
  });
  afterAll(() => rmSync(base, { recursive: true }));
  const folder = (): string => {
    const made = mkdtempSync(join(base, "run-"));
    chmodSync(made, 0o777);
    return made;
  };

  test("that cannot be looked up give the errors of the real kernel", async () => {
    const program = compile("mount-paths");
    const real = await exec(policy, program, folder());
    const model = await exec(["--subject", `model@${here}`, ...policy], program, folder());
    expect(model.text).toBe(real.text);
    expect([real.code, model.code, model.err]).toEqual([0, 0, ""]);
    expect(real.text).toContain("mount file/none: ENOTDIR\n");
    expect(real.text).toContain("mount loop: ELOOP\n");
    expect(real.text).toContain("umount, no link loop: EINVAL\n");
    expect(real.text).toMatch(/tree n{30}: ENAMETOOLONG\n/);
  });

  test("are looked up in the order of the chosen release", async () => {
    const program = compile("mount-paths");
    const { text } = await exec(["--subject", "model@6.12", ...policy], program, folder());
    expect(text).toContain("move of both loop/none: ELOOP\nmove on both loop/none: ENOTDIR\n");
    const newer = await exec(["--subject", "model@7.3", ...policy], program, folder());
    expect(newer.text).toContain("move of both loop/none: ENOTDIR\n");
  });

  test("in a folder that is closed to the user give EACCES", () => {
    const program = compile("mount-paths");
    const bin = fileURLToPath(new URL("../../bin/bpf-token.js", import.meta.url));
    const user = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
    const words = [process.execPath, bin, "exec", "--subject", "model@7.3", ...policy, "--"];
    chmodSync(join(program, ".."), 0o755);
    const run = spawnSync("setpriv", [...user, ...words, program, folder()], { encoding: "utf8" });
    expect([run.status, run.stderr]).toEqual([0, ""]);
    for (const call of ["mount", "umount", "tree", "move", "pick"])
      expect(run.stdout).toContain(`\n${call} shut/in: EACCES\n`);
    expect(run.stdout).toContain("\nmount loop/none: ELOOP\n");
  });
}
