// SPDX-License-Identifier: MIT
// Container engines refuse some calls to processes without CAP_SYS_PTRACE. exec needs none of them.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { describeNative } from "./native.ts";
import { useProgramFolder } from "./program-folder.ts";
import { writeFilter } from "./seccomp.ts";

const bin = fileURLToPath(new URL("../../bin/bpf-token.js", import.meta.url));

/** The numbers are the same on x86-64 and arm64. */
const refused = { pidfd_getfd: 438, process_madvise: 440 };

describeNative("exec --subject in a container without CAP_SYS_PTRACE", ["setpriv"], contained);

function contained(): void {
  const { file } = useProgramFolder();

  test("runs a program where the seccomp profile refuses pidfd_getfd()", () => {
    const numbers = Object.values(refused);
    writeFilter(file("filter"), [
      [0x20, 0, 0, 0],
      ...numbers.map((number, i) => [0x15, numbers.length - i, 0, number] as const),
      [0x06, 0, 0, 0x7fff0000],
      [0x06, 0, 0, 0x50000 + 1],
    ]);
    const exec = [bin, "exec", "--subject", "model@7.3", "--initial", "--", "uname", "-r"];
    const without = ["--bounding-set", "-sys_ptrace", "--no-new-privs"];
    const filter = ["--seccomp-filter", file("filter")];
    const { status, stdout, stderr } = spawnSync(
      "setpriv",
      [...without, ...filter, process.execPath, ...exec],
      { encoding: "utf8", env: { PATH: process.env.PATH ?? "" } },
    );
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "7.3.0\n", stderr: "" });
  });
}
