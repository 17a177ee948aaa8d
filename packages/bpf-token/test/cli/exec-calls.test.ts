// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { release } from "node:os";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { bundleProgram } from "./bundle.ts";
import { compiled } from "./compiled.ts";
import { describeNative } from "./native.ts";
import { useProgramFolder } from "./program-folder.ts";

/** The addon in the package. The bundle is in another directory and would not find it. */
const addon = fileURLToPath(
  new URL(`../../../kernel-native/prebuilds/linux-${process.arch}/bpf-token.node`, import.meta.url),
);
const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const everything = ["--delegate", "cmds=any,maps=any,progs=any,attachs=any"];
const initial = ["--subject", "model@7.3", "--initial"];
const [here = ""] = /^\d+\.\d+/.exec(release()) ?? [];

describeNative("calls of a program on the model", ["cc", "bpftool"], calls);

function calls(): void {
  const { compile, exec } = useProgramFolder();

  /** Runs a program on the running kernel and on its model. */
  async function compare(...command: readonly string[]) {
    const real = await exec(everything, ...command);
    const model = await exec(["--subject", `model@${here}`, ...everything], ...command);
    expect([model.text, model.code, model.err]).toEqual([real.text, real.code, ""]);
    return real;
  }

  test("clone() with a new user namespace gives the child what the real kernel gives", async () => {
    const { text } = await compare(compile("clone-call"), "user");
    expect(text).toContain("child: uid 65534\n");
    expect(text).toContain("child: uid 0, setuid ok\n");
  });

  test("clone() with a new mount namespace alone is refused as by the real kernel", async () => {
    const command = [compile("clone-call"), "mount"] as const;
    const limited = [...everything, "--caps", "bpf"];
    const real = await exec(limited, ...command);
    const model = await exec(["--subject", `model@${here}`, ...limited], ...command);
    expect(real.text).toBe("clone EPERM\n");
    expect([model.text, model.code]).toEqual([real.text, real.code]);
  });

  test("clone() with a new mount namespace alone ends a program that may do it", async () => {
    const { code, err } = await exec(initial, compile("clone-call"), "mount");
    expect([code, err]).toEqual([3, expect.stringContaining("mount namespace in the same user")]);
  });

  test("open flags and attributes of files are those of the real kernel", async () => {
    const { text } = await compare(compile("open-stat"));
    expect(text).toContain("directory, O_PATH: 0\n  flags:\t010");
    expect(text).toContain("pin as a directory: 20\n");
    expect(text).toContain("pin: mode 100600, links 1, owner 0:0, size 0");
  });

  test("mmap() and epoll_ctl() of files fail and succeed as on the real kernel", async () => {
    const { text } = await compare(compile("files"));
    expect(text).toContain("mappable array: 0\n");
    expect(text).toContain("hash: 524\n");
    expect(text).toContain("ring: 0, 0 events\n");
  });

  test.each([
    ["ring", "mmap() of a map of type RINGBUF"],
    ["poll", "epoll_ctl() of a map of type HASH"],
  ])("is ended by name at what the model does not have: %s", async (what, message) => {
    const { code, err } = await exec(
      ["--subject", "model@7.3", ...everything],
      compile("files"),
      what,
    );
    expect([code, err]).toEqual([3, expect.stringContaining(message)]);
  });

  const ownCgroups = 'mount -t cgroup2 none /mnt && exec "$@"';
  test.each([
    ["attach", "programs of a cgroup"],
    ["link", "programs of a cgroup"],
    ["filter", "setsockopt(SO_ATTACH_BPF)"],
    ["perf", "perf_event_open()"],
    ["tracefs", "tracefs: /sys/kernel/tracing/events/none/id"],
  ])("is ended by name where the host would attach a program: %s", async (kind, message) => {
    const program = compile("attach");
    const bin = path("../../bin/bpf-token.js");
    const args = [
      bin,
      "exec",
      "--subject",
      "model@7.3",
      ...everything,
      "--",
      program,
      kind,
      "/mnt",
    ];
    const command = ["--mount", "sh", "-c", ownCgroups, "sh", process.execPath, ...args];
    const { status, stdout, stderr } = spawnSync("unshare", command, { encoding: "utf8" });
    expect([status, stdout, stderr]).toEqual([3, "", expect.stringContaining(message)]);
  });

  test("is ended by name where bpftool would attach a program to a device", async (context) => {
    const load =
      'bpftool prog load "$1" /sys/fs/bpf/x && bpftool net attach xdp pinned /sys/fs/bpf/x dev lo';
    const args = ["--subject", "model@7.3", ...everything];
    const { code, err } = await exec(args, "sh", "-c", load, "sh", compiled(context, "count"));
    expect([code, err]).toEqual([3, expect.stringContaining("a network device, with netlink")]);
  });

  test("calls that attach nothing return what they return on the real kernel", async () => {
    const { text } = await compare(compile("attach"));
    expect(text).toContain("attach: EBADF\nattach: EBADF\nlink: EBADF\n");
    expect(text).toContain("send: ok\nreceive: ok\nsendmsg: ok\n");
  });

  test.each([
    ["chroot", ["chroot", "/tmp", "true"], "chroot() into a directory"],
    ["pivot_root", ["pivot_root", "/tmp", "/tmp"], "pivot_root()"],
    ["mount_setattr", ["mount", "-o", "bind,ro=recursive", "/mnt", "/mnt"], "mount_setattr()"],
  ])("root is ended by name at %s", async (_, command, message) => {
    const { code, err } = await exec(initial, ...command);
    expect([code, err]).toEqual([3, expect.stringContaining(message)]);
  });

  test("chroot() to the root directory changes nothing, and without the capability fails", async () => {
    const { code, text } = await exec(initial, "chroot", "/", "echo", "on");
    expect([code, text]).toEqual([0, "on\n"]);
    const drop = ["setpriv", "--bounding-set", "-sys_chroot", "--reuid", "7", "--clear-groups"];
    const refused = await exec(initial, ...drop, "chroot", "/tmp", "true");
    expect(refused.code).toBe(125);
    expect(refused.text).toMatch(/Operation not permitted/);
  });

  test("pivot_root() without CAP_SYS_ADMIN fails as on the real kernel", async () => {
    const limited = [...everything, "--caps", "bpf"];
    const real = await exec(limited, "pivot_root", "/tmp", "/tmp");
    const model = await exec(
      ["--subject", `model@${here}`, ...limited],
      "pivot_root",
      "/tmp",
      "/tmp",
    );
    expect([model.code, model.text]).toEqual([real.code, real.text]);
    expect(real.text).toMatch(/Operation not permitted/);
  });

  test("bpf-token's own loader gets its token, and the reason without one", async (context) => {
    const { folder, program } = await bundleProgram();
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const own = ["env", `BPF_TOKEN_ADDON=${addon}`, process.execPath, program, "load"];
    const load = (maps: string) =>
      exec(
        ["--subject", "model@7.3", "--caps", "bpf,net_admin", "--delegate"].concat(
          `cmds=map_create:prog_load:btf_load,maps=${maps},progs=xdp,attachs=xdp`,
        ),
        ...own,
        compiled(context, "count"),
      );
    expect(await load("array")).toMatchObject({ code: 0, err: "" });
    const { code, text } = await load("hash");
    expect(code).toBe(1);
    expect(text).toContain("missing: map type array");
  });
}
