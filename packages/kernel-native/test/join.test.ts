// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { bpf, getCapabilities, KernelLostError, NotModelledError, raw } from "@bpf-token/syscall";
import { AT, Errno, O } from "@bpf-token/uapi";
import { afterEach, beforeEach, expect, test } from "vitest";
import { NativeUnavailableError } from "../src/errors.ts";
import { type JoinOptions, openJoinedKernel } from "../src/join.ts";
import type { NativeKernel } from "../src/native-kernel.ts";
import { prebuilt } from "../src/prebuilt.ts";
import { describeNative } from "./native.ts";

const CAP_BPF = 1n << 39n;
const WAIT = { timeout: 60_000 };
const map = { map_type: 2, key_size: 4, value_size: 8, max_entries: 1 } as const;

describeNative("a kernel with the permissions of another process", () => {
  let child: ChildProcess;
  let kernel: NativeKernel | undefined;
  const secret = "the-environment-of-root";

  async function start(...flags: readonly string[]): Promise<void> {
    const args = [...flags, "sh", "-c", "echo ready; exec sleep 3600"];
    child = spawn("unshare", args, { stdio: ["ignore", "pipe", "inherit"] });
    if (child.stdout !== null) await once(child.stdout, "data");
  }
  const maps = ["--map-users=0:7000:10", "--map-groups=0:7000:10"];
  const inside = ["--user", ...maps, "--setuid=0", "--setgid=0"];
  const user = ["setpriv", "--reuid=3", "--regid=2", "--clear-groups"];
  beforeEach(() => start(...inside, ...user, "--inh-caps=+bpf", "--ambient-caps=+bpf"));
  afterEach(() => {
    kernel?.close();
    kernel = undefined;
    child.kill("SIGKILL");
  });

  function join(options: Partial<JoinOptions> = {}): NativeKernel {
    process.env.BPF_TOKEN_TEST_SECRET = secret;
    const all = { pid: child.pid ?? 0, capabilities: CAP_BPF, directories: [], ...options };
    kernel = openJoinedKernel(all);
    delete process.env.BPF_TOKEN_TEST_SECRET;
    return kernel;
  }

  test("the helper is the user of the process and has nothing else", () => {
    const { pid } = join().init;
    const file = (name: string): string => readFileSync(`/proc/${pid}/${name}`, "latin1");
    const status = (name: string): string | undefined =>
      new RegExp(`^${name}:\\s*(.*?)\\s*$`, "m").exec(file("status"))?.[1];
    expect(status("Uid")?.split("\t")).toEqual(["7003", "7003", "7003", "7003"]);
    expect([status("CapEff"), status("CapPrm")]).toEqual(["0000008000000000", "0000008000000000"]);
    expect([status("CapInh"), status("CapAmb")]).toEqual(Array(2).fill("0000000000000000"));
    expect([status("NoNewPrivs"), status("Seccomp")]).toEqual(["1", "2"]);
    expect(readlinkSync(`/proc/${pid}/ns/user`)).toBe(
      readlinkSync(`/proc/${child.pid ?? 0}/ns/user`),
    );
    expect(file("environ")).not.toContain(secret);
    const fds = readdirSync(`/proc/${pid}/fd`).map((fd) =>
      readlinkSync(`/proc/${pid}/fd/${fd}`).replace(/\d+/, "N"),
    );
    const files =
      /^(pipe:\[N\]|\/dev\/null|\/sys\/kernel\/btf\/vmlinux|\/proc\/(kallsyms|config\.gz)|\/boot\/config-.*)$/;
    expect(fds.filter((one) => !files.test(one))).toEqual([]);
  });

  test("keeps no capability that the process does not have", async () => {
    expect(getCapabilities(join({ capabilities: ~0n & 0x1ffffffffffn }).init)).toMatchObject({
      ...{ effective: CAP_BPF, permitted: CAP_BPF },
    });
    kernel?.close();
    child.kill("SIGKILL");
    await start(...inside, ...user);
    expect(getCapabilities(join().init).effective).toBe(0n);
    child.kill("SIGKILL");
    // The same in the user namespace of the caller, who has all.
    await start("--mount", "setpriv", "--bounding-set=-bpf");
    const { effective } = getCapabilities(join({ capabilities: CAP_BPF | (1n << 21n) }).init);
    expect(effective).toBe(1n << 21n);
  });

  test("makes the calls of a loader, with the answers for that process", () => {
    const { init } = join();
    expect(getCapabilities(init).effective).toBe(CAP_BPF);
    expect(bpf(init, "BTF_GET_NEXT_ID", { start_id: 0 })).toBe(-Errno.EPERM);
    const btf = raw.openat(init, AT.FDCWD, "/sys/kernel/btf/vmlinux", O.RDONLY, 0);
    expect(btf).toBeGreaterThan(2);
    const start = new Uint8Array(4);
    expect(raw.read(init, btf, start, 4)).toBe(4);
    expect([...start.subarray(0, 2)]).toEqual([0x9f, 0xeb]);
    expect(raw.close(init, btf)).toBe(0);
  });

  test("gives no other file, and keeps its own pipes", () => {
    const { init } = join();
    for (const path of ["/etc/passwd", "/proc/self/fd/0", "/sys/kernel/btf/vmlinux/", ""]) {
      expect(raw.openat(init, AT.FDCWD, path, O.RDONLY, 0)).toBe(-Errno.ENOENT);
    }
    for (const fd of [0, 1, 2]) {
      expect(raw.close(init, fd)).toBe(-Errno.EBADF);
      expect(raw.read(init, fd, new Uint8Array(1), 1)).toBe(-Errno.EBADF);
    }
    expect(bpf(init, "MAP_CREATE", map)).toBe(-Errno.EPERM);
  });

  test("makes no other call", () => {
    const { init } = join();
    const calls: readonly (() => number)[] = [
      () => raw.getpid(init),
      () => raw.setns(init, 3, 0),
      () => bpf(init, "OBJ_GET", { pathname: "/sys/fs/bpf/x" }),
      () => bpf(init, "MAP_GET_FD_BY_ID", { map_id: 1 }),
      () => bpf(init, "PROG_ATTACH", { target_fd: 1, attach_bpf_fd: 1, attach_type: 0 }),
      () => bpf(init, "LINK_CREATE", { prog_fd: 1, target_fd: 1, attach_type: 0 }),
    ];
    for (const call of calls) expect(call).toThrow(NotModelledError);
    expect(() => init.fork()).toThrow(/rejected 'fork'/);
    expect(raw.close(init, 99)).toBe(-Errno.EBADF);
  });

  test("ends if a process of the same user stops it", async () => {
    const { init, executorPid } = join();
    const stop = ["--reuid=7003", "--regid=7002", "--clear-groups", "kill", "-STOP", `${init.pid}`];
    expect(spawnSync("setpriv", stop).status).toBe(0);
    expect(() => bpf(init, "MAP_CREATE", map)).toThrow(KernelLostError);
    await expect.poll(() => readdirSync("/proc").includes(`${executorPid}`), WAIT).toBe(false);
  });

  test("refuses a process whose user namespace does not map its ids", async () => {
    child.kill("SIGKILL");
    await start("--user");
    expect(() => join()).toThrow(/does not map its own ids: EOVERFLOW/);
  });

  // The kernel answers so to a path with "..", while any process of the host renames files or mounts.
  test("opens a path again that the kernel could not follow because of a rename", (context) => {
    if (spawnSync("strace", ["-V"]).status !== 0) return context.skip("there is no strace");
    const injected = "inject=openat2:error=EAGAIN:when=1..3";
    const words = ["-f", "-o", "/dev/null", "-e", "trace=openat2", "-e", injected];
    const program = prebuilt(`linux-${process.arch}/bpf-exec`);
    const args = [...words, program, "join", String(child.pid), "0x0", "/"];
    const { stdout } = spawnSync("strace", args, { encoding: "latin1" });
    expect(stdout).toContain("find a BPF filesystem at /");
  });

  test("refuses a process that is gone, and a directory that is no BPF filesystem", () => {
    expect(() => join({ pid: 4194303 })).toThrow(/could not find process 4194303: ENOENT/);
    expect(() => join({ directories: ["/proc"] })).toThrow(
      /find a BPF filesystem at \/proc: EINVAL/,
    );
    expect(() => join({ directories: ["/none"] })).toThrow(NativeUnavailableError);
  });
});
