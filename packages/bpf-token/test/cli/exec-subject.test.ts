// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { release } from "node:os";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { describeNative } from "./native.ts";
import { useProgramFolder } from "./program-folder.ts";
import { cli } from "./run-cli.ts";

const everything = "cmds=any,maps=any,progs=any,attachs=any";

describe("exec --subject", () => {
  test.each([
    [["--lenient"], "exec: --lenient needs --subject"],
    [["--initial"], "exec: --initial has no container for --delegate, --caps and --at"],
    [["--subject", "linux"], "unknown subject 'linux' (known: model, native, "],
    [["--subject", "model@5.1"], "Linux 5.1 has no BPF tokens"],
  ])("refuses %j", async (args, message) => {
    const { code, err } = await cli(["exec", "--delegate", everything, ...args, "--", "true"]);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });
});

test("exec refuses --initial without --subject", async () => {
  const { code, err } = await cli(["exec", "--initial", "--", "true"]);
  expect([code, err]).toEqual([2, expect.stringContaining("exec: --initial needs --subject")]);
});

describeNative("a program on the model", ["cc", "pgrep"], programs);

function programs(): void {
  const { compile, exec } = useProgramFolder();
  const onModel = (args: readonly string[], ...command: readonly string[]) =>
    exec(["--subject", "model@7.3", "--delegate", everything, ...args], ...command);

  test("prints what it prints on the running kernel", async () => {
    const program = compile("program");
    const policy = ["--delegate", "cmds=any,maps=hash:array,progs=xdp,attachs=any"];
    const [here = ""] = /^\d+\.\d+/.exec(release()) ?? [];
    const real = await exec(policy, program);
    const model = await exec(["--subject", `model@${here}`, ...policy], program);
    expect(model.text).toBe(real.text);
    expect(real.text).toContain("info of a closed one: ");
    expect([real.code, model.code, model.err]).toEqual([7, 7, ""]);
  });

  test("gets the reason of a refused call, as trace prints it", async () => {
    const program = compile("program");
    const policy = ["--delegate", "cmds=any,maps=hash:array,progs=xdp,attachs=any"];
    const { err } = await exec(["--subject", "model@7.3", "--explain", ...policy], program);
    expect(err).toContain("refused [token.dropped.map] in process ");
    expect(err).toContain("delegate_maps");
    expect(err).toMatch(
      /findings: \d+ explained, 0 disagreements, 0 unknown \(the model of Linux 7\.3\)\n$/,
    );
  });

  test.each([
    ["its exit status", ["sh", "-c", "exit 5"], 5],
    ["128 and the signal that ended it", ["sh", "-c", "kill -TERM $$"], 143],
    ["127 if there is no such program", ["/nowhere/program"], 127],
  ])("returns %s", async (_, command, status) => {
    const { code } = await onModel([], ...command);
    expect(code).toBe(status);
  });

  test("does not see the configuration of the host", async () => {
    const { code, text } = await onModel(
      [],
      "sh",
      "-c",
      "cat /proc/config.gz; test -e /proc/config.gz",
    );
    expect([code, text]).toEqual([1, "cat: /proc/config.gz: No such file or directory\n"]);
  });

  test("sees the release, root's id and the mounts of the model", async () => {
    const { text } = await onModel([], "sh", "-c", "uname -r; id -u; grep delegate_ /proc/mounts");
    const [releaseLine, uid, mount] = text.split("\n");
    expect([releaseLine, uid]).toEqual(["7.3.0", "0"]);
    expect(mount).toMatch(/ \/sys\/fs\/bpf bpf .*delegate_cmds=any/);
  });

  test("is ended by name at a call that the model does not have, with its children", async () => {
    const { code, err, text } = await onModel([], "sh", "-c", "mv /sys/fs/bpf /sys/a; echo on");
    expect(err).toMatch(/Linux 7.3 does not have what it used: rename\w*\(\) of a BPF filesystem/);
    expect([code, text]).toEqual([3, ""]);
  });

  test("leaves no process if it is ended by name", async () => {
    const mark = `${process.pid}.5`;
    await onModel([], "sh", "-c", `sleep ${mark} & mv /sys/fs/bpf /sys/a; wait`);
    expect(spawnSync("pgrep", ["-f", `^sleep ${mark}`]).status).toBe(1);
  });

  test("reads directories of a BPF filesystem", async () => {
    const script =
      "cd /sys/fs/bpf; mkdir a a/b; ls . a; rmdir a/b; echo -; ls a; test -d a/b || ls b";
    const { text } = await onModel([], "sh", "-c", script);
    const [listed, after] = text.split("-\n");
    expect(listed).toBe(".:\na\n\na:\nb\n");
    expect(after).toMatch(/^ls: .*b/);
  });

  const initial = ["--subject", "model@7.3", "--initial"];
  test("creates user namespaces with id maps", async () => {
    const script =
      "id -u; cat /proc/self/uid_map /proc/self/setgroups; grep ^CapEff /proc/self/status";
    const { code, text } = await exec(initial, "unshare", "--map-root-user", "sh", "-c", script);
    expect([code, text.replaceAll(/[ \t]+/g, " ")]).toEqual([
      0,
      "0\n 0 0 1\ndeny\nCapEff: 000001ffffffffff\n",
    ]);
  });

  test("has the user namespace of its kernel, and that of its child is another", async () => {
    const own = "readlink /proc/self/ns/user";
    const { text } = await exec(initial, "sh", "-c", `${own}; ${own}; unshare --user ${own}`);
    const [first, second, child] = text.split("\n");
    expect(first).toMatch(/^user:\[\d+\]$/);
    expect(second).toBe(first);
    expect(child).toMatch(/^user:\[\d+\]$/);
    expect(child).not.toBe(first);
  });

  test("writes a file of /proc from its standard output", async () => {
    const script = "cd /proc/self; echo 0 0 1 >uid_map; id -u; echo deny >setgroups; cat setgroups";
    const { text } = await exec(initial, "unshare", "--user", "--keep-caps", "sh", "-c", script);
    expect(text).toBe("0\ndeny\n");
  });

  test("has no privilege after it changed its user id", async () => {
    const script = "grep -E '^(Uid|CapEff)' /proc/self/status; cat /proc/sys/kernel/osrelease";
    const command = ["setpriv", "--reuid", "7", "--clear-groups", "sh", "-c", script];
    const { text } = await exec(initial, ...command);
    expect(text.replaceAll(/\s+/g, " ")).toBe("Uid: 7 7 7 7 CapEff: 0000000000000000 7.3.0 ");
  });

  test("is ended by name if it renames in a BPF filesystem", async () => {
    const { code, err } = await onModel([], "sh", "-c", "cd /sys/fs/bpf; mkdir a; mv a b");
    expect([code, err]).toEqual([3, expect.stringMatching(/rename\w*\(\) of a BPF filesystem/)]);
  });

  test("survives processes that end in the middle of a call", async () => {
    const { code, text } = await onModel(
      [],
      "sh",
      "-c",
      "for i in 1 2 3 4 5 6 7 8; do while :; do uname >/dev/null; done & kill -KILL $!; done; echo on",
    );
    expect([code, text]).toEqual([0, "on\n"]);
  });

  test("continues with --lenient", async () => {
    const { code, err, text } = await onModel(
      ["--lenient"],
      "sh",
      "-c",
      "mv /sys/fs/bpf /a; echo on",
    );
    expect([code, text]).toEqual([0, expect.stringMatching(/on\n$/)]);
    expect(err).toContain("so the program got ENOSYS: rename");
  });

  test("runs no second exec, and says why", async () => {
    const bin = fileURLToPath(new URL("../../bin/bpf-token.js", import.meta.url));
    const inner = [
      process.execPath,
      bin,
      "exec",
      "--subject",
      "model@7.3",
      "--initial",
      "--",
      "true",
    ];
    const { code, text } = await onModel([], ...inner);
    const why =
      "another program intercepts the calls of this process already, such as exec --subject";
    expect([code, text]).toEqual([3, expect.stringContaining(`bpf-token-intercept: ${why}`)]);
    expect(text).toMatch(/: EBUSY\n$/);
  });

  test("is ended by name at a 32-bit call", async () => {
    const { code, err } = await onModel([], compile("old-call"));
    expect([code, err]).toEqual([3, expect.stringContaining("32-bit")]);
  });
}
