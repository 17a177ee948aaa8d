// SPDX-License-Identifier: MIT
// Calls that a program could not tell apart from those of the host, or got another answer to.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { release } from "node:os";
import { expect, test } from "vitest";
import { describeNative } from "./native.ts";
import { useProgramFolder } from "./program-folder.ts";

const policy = ["--delegate", "cmds=any,maps=any,progs=any,attachs=any"];
const [here = ""] = /^\d+\.\d+/.exec(release()) ?? [];

describeNative("a program on the model", ["cc", "pgrep"], seams);

function seams(): void {
  const { compile, exec, file } = useProgramFolder();

  test.each([
    ["bpffs-calls", ["user.a of get /sys/fs/bpf: EOPNOTSUPP", "/sys/fs/bpf/private: mode 40700"]],
    ["guarded-memory", ["lookup, zero into a fixed page: EFAULT", "attr in a closed page: EFAULT"]],
    ["full-table", ["open none: EMFILE", "map, bad key: EINVAL"]],
  ])("gets the answers of the real kernel: %s", async (source, lines) => {
    const program = compile(source);
    const real = await exec(policy, program);
    const model = await exec(["--subject", `model@${here}`, ...policy], program);
    expect(model.text).toBe(real.text);
    expect([real.code, model.code, model.err]).toEqual([0, 0, ""]);
    for (const line of lines) expect(real.text).toContain(`${line}\n`);
  });

  test("may open as many files as the limit of its process allows", async () => {
    const program = compile("full-table");
    const real = await exec(policy, program, "1500");
    const model = await exec(["--subject", `model@${here}`, ...policy], program, "1500");
    expect([model.text, model.code]).toEqual([real.text, real.code]);
    expect(real.text).toMatch(/^last map 1499: EMFILE\n$/);
  });

  test("may write the id map of its namespace while it is dumpable", async () => {
    const program = compile("dumpable");
    const real = spawnSync(program, { encoding: "utf8" });
    const { code, text } = await exec(["--subject", `model@${here}`, "--initial"], program);
    expect([code, text]).toEqual([0, real.stdout]);
    expect(text).toContain("dumpable 1: ok\n");
    expect(text).toContain("dumpable 0: EACCES\n");
  });

  /** A file that only root of the host can read. */
  function secretFile(): string {
    writeFileSync(file("secret"), "of root", { mode: 0o600 });
    return file("secret");
  }

  test.each([
    ["--clear-groups", ["--initial"]],
    // A container without a map of groups may not set them.
    ["--keep-groups", policy],
  ])("is no longer root of the host once it has changed its ids: %s", async (groups, given) => {
    const secret = secretFile();
    const subject = ["--subject", "model@7.3", ...given];
    const before = await exec(subject, "cat", secret);
    expect([before.code, before.text]).toEqual([0, "of root"]);
    const drop = ["setpriv", "--reuid=65534", "--regid=65534", groups];
    const { text } = await exec(subject, ...drop, "sh", "-c", `id -u; cat ${secret} 2>&1`);
    expect(text).toMatch(/^65534\n.*Permission denied\n$/);
  });

  test("becomes root of the host again if it kept the right to", async () => {
    const drop = 'import os; os.setresuid(-1, 65534, 0); print(os.geteuid(), end=" ")';
    const back = `os.setresuid(-1, 0, -1); print(os.geteuid(), open("${secretFile()}").read())`;
    const { text } = await exec(
      ["--subject", "model@7.3", "--initial"],
      ...["python3", "-c", `${drop}; ${back}`],
    );
    expect(text).toBe("65534 0 of root\n");
  });

  test("has one log if both attributes name the same", async () => {
    const { text } = await exec(["--subject", "model@7.3", "--initial"], compile("one-log"));
    expect(text).toBe("one log: ok\ntwo logs: Invalid argument\n");
  });

  test.each([
    ["mknod", "mknodat() of a BPF filesystem"],
    ["truncate", "truncate() of a BPF filesystem"],
    ["utimes", "utimensat() of a BPF filesystem"],
    ["inotify", "inotify_add_watch() of a BPF filesystem"],
    ["fchmod", "fchmod() of a file of this kernel"],
    ["listxattrat", "listxattrat() of a BPF filesystem"],
    ["file_getattr", "file_getattr() of a BPF filesystem"],
    ["open_tree_attr", "open_tree_attr() with attributes"],
  ])("is ended by name, and the host does not answer: %s", async (call, name) => {
    const program = compile("bpffs-calls");
    const { code, err } = await exec(["--subject", "model@7.3", ...policy], program, call);
    expect([code, err]).toEqual([3, expect.stringContaining(`used: ${name}. With --lenient`)]);
  });

  test.each([
    ["io_uring", "7.3", "ENOSYS"],
    ["open_tree_attr, none", "7.3", "ok"],
    ["open_tree_attr", "6.12", "ENOSYS"],
  ])("%s on the model of Linux %s: %s", async (call, subject, answer) => {
    const program = compile("bpffs-calls");
    const { code, text } = await exec(["--subject", `model@${subject}`, ...policy], program, call);
    expect([code, text]).toEqual([0, expect.stringContaining(`${call} alone: ${answer}\n`)]);
  });

  test("ends with its first process, and what is in the background ends too", async () => {
    const mark = `3600.${process.pid}`;
    const script = `sleep ${mark} & while :; do uname >/dev/null; done & echo on; exit 5`;
    const { code, text } = await exec(["--subject", "model@7.3", ...policy], "sh", "-c", script);
    expect([code, text]).toEqual([5, "on\n"]);
    expect(spawnSync("pgrep", ["-f", `^sleep ${mark}`]).status).toBe(1);
  });
}
