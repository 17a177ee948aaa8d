// SPDX-License-Identifier: MIT
// `exec --subject` on arm64: programs on the guest's kernel, and as an ordinary user on its model.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, type TestContext, test } from "vitest";
import {
  bootFiles,
  built,
  compileForGuest,
  need,
  required,
  tested,
} from "../../../../packages/bpf-token/test/cli/arm64-guest.ts";
import { compiled } from "../../../../packages/bpf-token/test/cli/compiled.ts";
import { filesOfGuest } from "../lib/arm64-files.mjs";
import { fetchArm64 } from "../lib/debian.mjs";
import { compileGo, hasGo } from "../lib/go.mjs";

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../../packages/bpf-token/test/fixtures/${name}`, import.meta.url));

/** The commands whose output is compared. */
const commands = {
  files: "/open-stat",
  maps: "/files",
  clone: "/clone-call user",
  threads: "/threads",
  load: "bpftool prog load /object /sys/fs/bpf/x",
  "map list": "bpftool map list",
};

const init = `#!/bin/busybox sh
export PATH=/bin:/sbin
for name in mount su poweroff; do busybox ln -s busybox /bin/$name; done
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mount -t bpf bpf /sys/fs/bpf
chmod 1777 /tmp
exec="node /bpf-token/packages/bpf-token/bin/bpf-token.js exec --no-color"
all=cmds=any,maps=any,progs=any,attachs=any
run() {
  echo "RUN $1"
  echo "$3" >/tmp/command
  su "$2" -c "sh /tmp/command" 2>&1
  echo "ENDED $?"
}
echo BEGIN
${Object.entries(commands)
  .map(
    ([name, command]) => `run "real ${name}" root "$exec --delegate $all -- ${command}"
run "model ${name}" user "$exec --subject model@6.12 --delegate $all -- ${command}"`,
  )
  .join("\n")}
run refusal user "$exec --subject model@6.12 --delegate cmds=any,maps=hash,progs=any,attachs=any --explain -- ${commands.load}"
echo STATUS 0
poweroff -f
`;

/** What each run printed, with its exit status, by its name. */
function runsIn(text: string): ReadonlyMap<string, string> {
  const runs = [...text.matchAll(/^RUN (.*)\n([\s\S]*?^ENDED \d+)$/gm)];
  return new Map(runs.map(([, name = "", printed = ""]) => [name, printed]));
}

test("the guest's files are the programs, the built packages, and folders before what is in them", () => {
  const debian = mkdtempSync(join(tmpdir(), "exec-arm64-"));
  onTestFinished(() => rmSync(debian, { recursive: true }));
  const folders = ["usr/bin", "usr/sbin", "usr/lib/gconv", "usr/share/nodejs"];
  for (const folder of folders) mkdirSync(join(debian, folder), { recursive: true });
  writeFileSync(join(debian, "usr/bin/node"), "node");
  writeFileSync(join(debian, "usr/lib/gconv/UTF-32.so"), "");
  const files = filesOfGuest(debian, "init of the test", { object: "" });
  const names = files.map(({ name }) => name);
  const bin = "bpf-token/packages/bpf-token/bin/bpf-token.js";
  expect(names).toEqual(expect.arrayContaining(["usr/bin/node", "init", "object", bin]));
  expect(names.filter((name) => /\.(map|d\.ts)$|gconv|linux-x64/.test(name))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
  const first = names.filter((name, i) => name.includes("/") && names.indexOf(dirname(name)) > i);
  expect(first).toEqual([]);
});

const limit = { timeout: 700_000 };
if (tested) test("programs on arm64 get what the guest's kernel says", limit, programs);

async function programs(context: TestContext): Promise<void> {
  need(context, [built("bpf-token-intercept"), built("bpf-token.node"), built("bpf-exec")]);
  const debian = await fetchArm64();
  const why = debian === undefined ? "Debian's packages cannot be downloaded" : undefined;
  const noGo = hasGo() ? why : "go is not installed. Fix: apt install golang-go";
  if (noGo !== undefined && required) throw new Error(`required, and not possible: ${noGo}`);
  if (noGo !== undefined) return context.skip(`programs on arm64: ${noGo}`);
  const folder = mkdtempSync(join(tmpdir(), "exec-arm64-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  expect(compileGo("threads", join(folder, "threads"), undefined, "arm64")).toBe("");
  const files = filesOfGuest(debian, init, {
    "open-stat": compileForGuest([fixture("open-stat.c")]),
    files: compileForGuest([fixture("files.c")]),
    "clone-call": compileForGuest([fixture("clone-call.c")]),
    threads: readFileSync(join(folder, "threads")),
    object: readFileSync(compiled(context, "count")),
  });
  const { text, status } = bootFiles(files, 2048);
  expect(status, text).toBe("0");
  const runs = runsIn(text);
  for (const name of Object.keys(commands)) {
    expect([name, runs.get(`model ${name}`)]).toEqual([name, runs.get(`real ${name}`)]);
  }
  // O_PATH with O_DIRECTORY, and with O_NOFOLLOW, as arm64 numbers them.
  expect(runs.get("model files")).toContain("directory, O_PATH: 0\n  flags:\t010040000\n");
  expect(runs.get("model files")).toContain("pin, O_PATH: 0\n  flags:\t010100000\n");
  expect(runs.get("model threads")).toContain("array: 3 errno 0\n");
  expect(runs.get("model load")).toBe("ENDED 0");
  expect(runs.get("refusal")).toContain("refused [token.dropped.map]");
  expect(runs.get("refusal")).toMatch(/ENDED 255$/);
}
