// SPDX-License-Identifier: MIT
import {
  bpf,
  delegateBpffs,
  NotModelledError,
  raw,
  type Task,
  unshare,
  writeIdMaps,
} from "@bpf-token/syscall";
import { Errno, type KernelRelease } from "@bpf-token/uapi";
import { type ModelKernel, type OpenModel, type Proof, proveEqual } from "./proof.js";

interface Container {
  readonly kernel: ModelKernel;
  readonly app: Task;
  /** A delegated BPF filesystem, open in `app`. */
  readonly bpffs: number;
  /** A BPF filesystem that delegates nothing. */
  readonly nothing: number;
}

/** A kernel with a container that can create tokens. */
function container(open: OpenModel, release?: KernelRelease): Container {
  const kernel = open(release === undefined ? {} : { release });
  const app = kernel.init.fork();
  unshare(app, "user", "mnt");
  writeIdMaps(app);
  const bpffs = delegateBpffs(app, kernel.init, { delegate_cmds: "any", delegate_maps: "any" });
  const nothing = delegateBpffs(app, kernel.init, {});
  kernel.settle();
  return { kernel, app, bpffs: bpffs.fd, nothing: nothing.fd };
}

const create = (app: Task, bpffs: number): number => bpf(app, "TOKEN_CREATE", { bpffs_fd: bpffs });

/** The number of live objects of a kind. */
function alive(kernel: ModelKernel, kind: string): number | undefined {
  return kernel.live()[kind];
}

/** BTF_LOAD without data, with a token: EINVAL with permission, EPERM without. */
function useToken(task: Task, token: number): number {
  const series = task.kernel.release.startsWith("v10");
  return bpf(task, "BTF_LOAD", {
    ...(series ? {} : { btf_flags: 0x10000 }),
    btf_token_fd: token,
  });
}

/** What a call throws as unmodelled; undefined if nothing. */
function unmodelledBy(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    if (error instanceof NotModelledError) return error.what;
    throw error;
  }
}

/** Proofs about tokens that need counts of live objects, faults, or hooks. */
export const tokenProofs: readonly Proof[] = [
  {
    name: "since 6.19 an inode without a descriptor number or a file stays, and its filesystem ends outside the model",
    rules: ["TP-22", "TP-24", "TC-15"],
    run(open) {
      for (const release of ["6.18", "6.19", "7.3"] as const) {
        for (const fault of ["fd", "file"] as const) {
          const { kernel, app, bpffs } = container(open, release);
          const before = kernel.live();
          kernel.failNth(fault, 1);
          proveEqual(create(app, bpffs) < 0, true, `TOKEN_CREATE of ${release} without ${fault}`);
          kernel.settle();
          const stays = release === "6.18" ? 0 : 1;
          const inodes = Number(before.inodes) + stays;
          const { allocBytes = 0 } = stays === 0 ? before : kernel.live();
          const expectedLive = { ...before, inodes, allocBytes };
          proveEqual(kernel.live(), expectedLive, `live objects of ${release}`);
          const what = unmodelledBy(() => {
            for (let fd = 0; fd < 64; fd++)
              for (const task of [app, kernel.init]) raw.close(task, fd);
          });
          const expected = "shutting down a filesystem that still has inodes (TP-24)";
          proveEqual(what, stays === 0 ? undefined : expected, `the end of ${release}`);
          proveEqual(raw.close(app, 900), -Errno.EBADF, "the model continues");
        }
      }
    },
  },
  {
    name: "TOKEN_CREATE without a file descriptor leaks nothing up to 6.18",
    rules: ["TC-15"],
    run(open) {
      const { kernel, app, bpffs } = container(open, "6.18");
      const before = kernel.live();
      kernel.failNth("fd", 1);
      proveEqual(create(app, bpffs), -Errno.EMFILE, "TOKEN_CREATE");
      kernel.settle();
      proveEqual(kernel.live(), before, "live objects");
    },
  },
  {
    name: "TOKEN_CREATE allocates after its last check",
    rules: ["TC-10", "TC-11", "TC-16"],
    run(open) {
      const { kernel, app, bpffs, nothing } = container(open);
      kernel.failNth("inode", 1);
      proveEqual(create(app, nothing), -Errno.ENOENT, "TOKEN_CREATE of nothing, and no inode");
      proveEqual(create(app, bpffs), -Errno.ENOSPC, "TOKEN_CREATE without an inode");
      proveEqual(create(app, bpffs) >= 0, true, "TOKEN_CREATE");
    },
  },
  {
    name: "a token lives as long as a process holds it, and so does its user namespace",
    rules: ["TP-01", "TP-10", "TF-03"],
    run(open) {
      for (const release of ["v10", "6.9", "6.18"] as const) {
        const { kernel, app, bpffs } = container(open, release);
        const count = (kind: string): number | undefined => alive(kernel, kind);
        const namespaces = count("userNamespaces") ?? 0;
        const token = create(app, bpffs);
        const second = create(app, bpffs);
        proveEqual(count("tokens"), 2, "created tokens");
        for (let i = 0; i < 3; i++) {
          proveEqual(useToken(app, token), -Errno.EINVAL, "a use of the token");
          kernel.settle();
        }
        proveEqual(count("tokens"), 2, "tokens after some uses");
        raw.close(app, second);
        kernel.settle();
        proveEqual(count("tokens"), 1, "tokens after one was closed");
        const kept = app.sendFd(token, kernel.init);
        raw.close(app, token);
        app.exit(0);
        kernel.init.wait(app);
        kernel.settle();
        proveEqual(count("tokens"), 1, "tokens after its process ended");
        proveEqual(count("userNamespaces"), namespaces, "user namespaces while it is alive");
        proveEqual(useToken(kernel.init, kept), -Errno.EINVAL, "a use by the host");
        raw.close(kernel.init, kept);
        kernel.settle();
        proveEqual(count("tokens"), 0, "tokens at the end");
        proveEqual(count("userNamespaces"), namespaces - 1, "user namespaces at the end");
      }
    },
  },
  {
    name: "freeing many tokens does not free their user namespace",
    rules: ["TP-01"],
    run(open) {
      const { kernel, app, bpffs } = container(open);
      const namespaces = alive(kernel, "userNamespaces");
      for (let i = 0; i < 64; i++) {
        raw.close(app, create(app, bpffs));
        kernel.settle();
      }
      proveEqual(alive(kernel, "userNamespaces"), namespaces, "user namespaces");
      proveEqual(create(app, bpffs) >= 0, true, "one more token");
    },
  },
  {
    name: "TOKEN_CREATE needs no command bit and does not call bpf_token_cmd",
    rules: ["TA-05", "TC-16"],
    run(open) {
      for (const release of ["v10", "6.9", "6.18"] as const) {
        const kernel = open({ release });
        const app = kernel.init.fork();
        unshare(app, "user", "mnt");
        writeIdMaps(app);
        const { fd } = delegateBpffs(app, kernel.init, { delegate_maps: "0x4" });
        kernel.lsm.answer("bpf_token_cmd", "EPERM");
        proveEqual(create(app, fd) >= 0, true, `TOKEN_CREATE of ${release}`);
      }
    },
  },
  {
    name: "in the v10 series a capability refused to a token is checked again in the initial namespace",
    rules: ["CP-04", "CP-01"],
    run(open) {
      const answers = (release: KernelRelease): readonly number[] => {
        const { kernel, app, bpffs } = container(open, release);
        const token = create(app, bpffs);
        const host = app.sendFd(token, kernel.init);
        const before = [useToken(kernel.init, host), useToken(app, token)];
        kernel.lsm.answer("bpf_token_capable", "EACCES");
        return [...before, useToken(kernel.init, host), useToken(app, token)];
      };
      const [may, not] = [-Errno.EINVAL, -Errno.EPERM];
      for (const release of ["v10", "v10-reviewed"] as const) {
        proveEqual(answers(release), [may, may, may, not], release);
      }
      for (const release of ["6.9", "6.12", "6.18"] as const) {
        proveEqual(answers(release), [may, may, not, not], release);
      }
    },
  },
];
