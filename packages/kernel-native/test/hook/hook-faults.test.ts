// SPDX-License-Identifier: MIT
// What the hook says if the kernel refuses a call, for each call that decides something.
import { spawnSync } from "node:child_process";
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describeNative } from "../native.ts";
import { allowed, asked, FakeContainer, hook, hostMounts } from "./container.ts";

const ENTER = "its namespaces cannot be entered";

/** A fault for strace, the path that it is limited to, and what the hook says; `PID` is the container's. */
type Fault = readonly [fault: string, says: string, path?: string];

const refusals: readonly Fault[] = [
  ["pidfd_open:error=ESRCH", "process PID of the container does not exist (ESRCH)"],
  [
    "statx:error=ENOENT",
    "process PID of the container does not exist; it may have ended",
    "/proc/PID/ns/user",
  ],
  [
    "statx:error=ENOENT",
    "process PID of the container does not exist; it may have ended",
    "/proc/PID/ns/mnt",
  ],
  [
    "openat:error=ENOENT:when=1",
    "process PID of the container does not exist (ENOENT)",
    "/proc/PID",
  ],
  ["openat2:error=EACCES:when=1", "its root ROOT cannot be opened (EACCES)"],
  ["openat:error=ENOENT", "fs.suid_dumpable is 1", "/proc/sys/fs/suid_dumpable"],
  ["socketpair:error=EMFILE", "no socket can be created"],
  ["setsockopt:error=EINVAL", "no socket can be created"],
  ["clone:error=EAGAIN", "no process can be created (EAGAIN)"],
  ["recvmsg:error=EAGAIN", "the container did not answer within 10 seconds"],
  ["recvmsg:retval=0", "the process in the namespaces of the container ended early"],
  // The child's calls of prctl(): of the parent's end, before, while and after it changes its ids.
  ["prctl:error=EPERM:when=2", `${ENTER} (EPERM)`],
  ["setgroups:error=EPERM", `${ENTER} (EPERM)`],
  ["setresgid:error=EPERM", `${ENTER} (EPERM)`],
  ["prctl:error=EPERM:when=3", `${ENTER} (EPERM)`],
  ["setresuid:error=EAGAIN", `${ENTER} (EAGAIN)`],
  ["prctl:error=EPERM:when=4", `${ENTER} (EPERM)`],
  ["capget:error=EINVAL", `${ENTER} (EINVAL)`],
  ["capset:error=EPERM", `${ENTER} (EPERM)`],
  ["setns:error=EPERM", `${ENTER} (EPERM)`],
  ["prctl:error=EPERM:when=5", `${ENTER} (EPERM)`],
  ["prctl:retval=1:when=6", `${ENTER} (EBUSY)`],
  ["fsopen:error=EPERM", 'fsopen("bpf") is refused (EPERM)'],
  ["fsmount:error=ENOMEM", "the BPF filesystem cannot be mounted at /sys/fs/bpf (ENOMEM)"],
  ["move_mount:error=EBUSY", "the BPF filesystem cannot be mounted at /sys/fs/bpf (EBUSY)"],
  [
    "mkdirat:error=EROFS",
    "the mount point /sys/fs/bpf does not exist in the container and cannot be created (EROFS)",
  ],
  [
    "mkdirat:error=ENOSPC:when=2",
    "the mount point /sys/fs/bpf does not exist in the container and cannot be created (ENOSPC)",
  ],
  ["mmap:error=ENOMEM:when=1", "cannot be read (ENOMEM)"],
  ["mmap:error=ENOMEM:when=2", "there is not enough memory for it"],
  ["mmap:error=ENOMEM:when=3", "the state of the container"],
  ["ppoll:retval=0:when=1", "cannot be read (ETIMEDOUT)"],
  ["ppoll:error=EIO:when=1", "cannot be read (EIO)"],
  ["read:error=EIO:when=1", "cannot be read (EIO)"],
];

/** After the mount nothing can be taken back. */
const late: readonly Fault[] = [
  ["fstatfs:error=EIO", "the BPF filesystem is not at /sys/fs/bpf after the mount (EIO)"],
  ["fstatfs:retval=0", "the BPF filesystem is not at /sys/fs/bpf after the mount (EBUSY)"],
];

const harmless: readonly Fault[] = [
  ["recvmsg:error=EINTR:when=1", ""],
  ["read:error=EINTR:when=1", "", "CONFIG"],
  ["ppoll:error=EINTR:when=1", ""],
];

const hasStrace = spawnSync("strace", ["-V"]).status === 0;

describeNative("bpf-token-hook, if a call fails", () => {
  let box: FakeContainer;
  let before: readonly string[] = [];
  beforeEach(async () => {
    before = hostMounts();
    box = await FakeContainer.start();
  });
  afterEach(async () => {
    expect(hostMounts()).toEqual(before);
    await box.remove();
  });

  const named = (text: string): string =>
    text.replace("PID", String(box.pid)).replace("ROOT", box.root).replace("CONFIG", box.config);

  function run([fault, , path]: Fault, output = "/dev/null") {
    const only = path === undefined ? [] : ["-P", named(path)];
    const words = ["-f", "-qq", "-s", "4000", "-o", output, ...only, "-e", `inject=${fault}`];
    const { status, stderr } = spawnSync("strace", [...words, hook, "--config", box.config], {
      input: JSON.stringify(box.state()),
      encoding: "utf8",
      timeout: 60_000,
    });
    return { status, stderr };
  }

  test.for(refusals)("with %s it says %s", (row, context) => {
    if (!hasStrace) return context.skip("there is no strace");
    const { status, stderr } = run(row);
    expect(stderr).toContain(named(row[1]));
    expect(stderr).toMatch(/^bpf-token-hook: [ -~]+\n$/);
    expect([status, box.mounts()]).toEqual([1, []]);
  });

  test.for(late)("with %s it says %s", (row, context) => {
    if (!hasStrace) return context.skip("there is no strace");
    const { status, stderr } = run(row);
    expect(stderr).toContain(row[1]);
    expect([status, box.mounts().length]).toEqual([1, 1]);
  });

  test.for(harmless)("continues after %s", (row, context) => {
    if (!hasStrace) return context.skip("there is no strace");
    expect(run(row)).toEqual({ status: 0, stderr: "" });
    expect(box.mounts().length).toBe(1);
  });

  const wrapped: readonly Fault[] = [
    ["readlinkat:error=ENOENT", "/proc/self/exe cannot be read (ENOENT)"],
    ["write:error=ENOSPC:when=1", "config.json of the bundle cannot be written (ENOSPC)"],
    ["renameat2:error=EBUSY", "config.json cannot be replaced (EBUSY)"],
    ["execve:error=EACCES", "/bin/true cannot be executed (EACCES)", "/bin/true"],
    ["write:error=EINTR:when=1", ""],
  ];

  test.for(wrapped)(
    "as the wrapper of a runtime, with %s it says %s",
    ([fault, says, path], context) => {
      if (!hasStrace) return context.skip("there is no strace");
      const runtime = join(box.folder, "bpf-token-runtime");
      symlinkSync(hook, runtime);
      box.writeConfig({ allow: allowed, runtime: "/bin/true" });
      box.writeBundle({ root: { path: "rootfs" }, annotations: asked });
      const only = path === undefined ? [] : ["-P", path];
      const words = ["-qq", "-o", "/dev/null", ...only, "-e", `inject=${fault}`, runtime];
      const args = ["--hook-config", box.config, "create", "-b", box.folder, "one"];
      const { status, stderr } = spawnSync("strace", [...words, ...args], { encoding: "utf8" });
      expect(stderr).toContain(says);
      expect([status, stderr === ""]).toEqual(says === "" ? [0, true] : [1, false]);
      const text = readFileSync(join(box.folder, "config.json"), "utf8");
      expect(text.includes("bpf-token-hook")).toBe(says === "" || fault.startsWith("execve"));
    },
  );

  test("sends what it prints to the system log, and names the container", (context) => {
    if (!hasStrace) return context.skip("there is no strace");
    const words = ["-qq", "-s", "4000", "-e", "trace=sendto", hook, "--config", box.config];
    const { stderr } = spawnSync("strace", words, {
      input: JSON.stringify(box.state({ annotations: { ...asked, "bpf-token/x": "1" } })),
      encoding: "utf8",
    });
    const message = "bpf-token-hook: container one: unknown annotation bpf-token/x.";
    expect(stderr).toContain(`sendto(`);
    expect(stderr).toContain(`"<27>${message}`);
    expect(stderr).toContain(`, MSG_DONTWAIT, {sa_family=AF_UNIX, sun_path="/dev/log"}`);
    expect(stderr).toMatch(new RegExp(`^${message.replaceAll(".", "\\.")}`, "m"));
  });
});
