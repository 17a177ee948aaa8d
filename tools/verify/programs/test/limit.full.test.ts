// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";
import { join } from "node:path";
import { guestsFolder } from "@bpf-token/kernel-native";
import { expect, type TestContext, test } from "vitest";
import { onPath } from "../../../lib/run.mjs";
import { runInGuest } from "../lib/guest.mjs";

const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("guests");
const kernel = join(guestsFolder(), "6.12", "vmlinux");

/** Skips a test for a reason, which fails where guests are required. */
function needGuest(context: TestContext): void {
  const missing = ["qemu-system-x86_64", "busybox", "cpio"].filter((name) => !onPath(name));
  if (!existsSync(kernel)) missing.push(`guest:6.12 (npm run guest -- build 6.12)`);
  if (missing.length === 0) return;
  const why = `runs in a guest: there is no ${missing.join(", ")}`;
  if (required) throw new Error(`required, and not possible: ${why}`);
  context.skip(why);
}

test("a guest runs commands, and reports the one that its limit ended", async (context) => {
  needGuest(context);
  const two = [
    { name: "first", line: "echo 'it'; echo wrong >&2; exit 3" },
    { name: "second", line: "kill -KILL $$" },
  ];
  const [first, second] = await runInGuest({ kernel, files: [], runs: two });
  expect(first).toEqual({ status: 3, stdout: "it\n", stderr: "wrong\n" });
  expect(second).toMatchObject({ status: 137, stdout: "" });
  const late = { name: "a row, all", line: "echo started; sleep 600" };
  const three = [two[0], late, two[0]];
  await expect(runInGuest({ kernel, files: [], runs: three, seconds: 2 })).rejects.toThrow(
    "a row, all, in the guest: not finished in 2 s, so there is no result. Fix: ",
  );
});
