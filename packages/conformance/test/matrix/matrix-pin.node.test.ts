// SPDX-License-Identifier: MIT
import { bpf, type Kernel, raw, setCapabilities, type Task, unshare } from "@bpf-token/syscall";
import { AT, BAD_ADDRESS, O, type Ptr } from "@bpf-token/uapi";
import { describe, test } from "vitest";
import { whyNotNative } from "../require-native.ts";
import { type Case, closing, expectAgreement, show, tinyBtf } from "./matrix-pair.ts";

/** Tasks with the same open file descriptors: an owner without capabilities, another user, and root. */
interface Fixture {
  readonly root: Task;
  readonly owner: Task;
  readonly other: Task;
  readonly fds: Readonly<Record<string, number>>;
}

const exit = new Uint8Array([0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);

function createFixture(kernel: Kernel): Fixture {
  const root = kernel.init.fork();
  unshare(root, "mnt");
  raw.mount(root, "bpffs", "/mnt", "bpf", 0, null);
  for (const dir of ["dir", "closed"]) raw.mkdirat(root, AT.FDCWD, `/mnt/${dir}`, 0o700);
  raw.fchmodat(root, AT.FDCWD, "/mnt/dir", 0o777);
  const program = { prog_type: 1, insns: exit, insn_cnt: 2, license: "GPL" };
  const array = { map_type: 2, key_size: 4, value_size: 8, max_entries: 1 };
  const fds = {
    map: bpf(root, "MAP_CREATE", array),
    "read-only map": bpf(root, "MAP_CREATE", { ...array, map_flags: 8 }),
    prog: bpf(root, "PROG_LOAD", program),
    btf: bpf(root, "BTF_LOAD", { btf: tinyBtf, btf_size: tinyBtf.length }),
    root: raw.openat(root, AT.FDCWD, "/mnt", O.DIRECTORY, 0),
    dir: raw.openat(root, AT.FDCWD, "/mnt/dir", O.DIRECTORY | O.PATH, 0),
    "not open": 99,
  };
  const [owner, other] = [root.fork(), root.fork()];
  const none = { effective: 0n, permitted: 0n, inheritable: 0n };
  setCapabilities(owner, none);
  raw.setresgid(other, 1, 1, 1);
  raw.setresuid(other, 1, 1, 1);
  return { root, owner, other, fds };
}

const users = ["root", "owner", "other"] as const;
type User = (typeof users)[number];

const paths: Readonly<Record<string, Ptr>> = {
  plain: "/mnt/x",
  relative: "x",
  below: "/mnt/dir/x",
  closed: "/mnt/closed/x",
  taken: "/mnt/dir",
  slash: "/mnt/x/",
  dot: "/mnt/x.y",
  root: "/mnt",
  dots: "/mnt/dir/..",
  elsewhere: "/tmp/x",
  nowhere: "/mnt/none/x",
  long: `/mnt/${"x".repeat(255)}`,
  "too long": `/mnt/${"x".repeat(256)}`,
  empty: "",
  null: null,
  bad: BAD_ADDRESS,
};

function pin(user: User, kind: string, place: string, flags: number, start: string): Case<Fixture> {
  return {
    label: `${user} pins ${kind} at ${place} (${start}), flags ${flags}`,
    ask: ({ [user]: task, root, fds }) => {
      const path_fd = start === "nothing" ? 0 : (fds[start] ?? 0);
      const where = { pathname: paths[place] ?? null, file_flags: flags, path_fd } as const;
      const ret = bpf(task, "OBJ_PIN", { ...where, bpf_fd: fds[kind] ?? -1 });
      const got = bpf(task, "OBJ_GET", where);
      closing(task, got);
      const gone = ["/mnt/x", "/mnt/dir/x", "/mnt/closed/x", String(paths.long)].map((name) =>
        show(raw.unlinkat(root, AT.FDCWD, name, 0)),
      );
      return `${show(ret)}, then ${show(got)}, left ${gone.join(" ")}`;
    },
  };
}

function get(user: User, kind: string, mode: number, flags: number): Case<Fixture> {
  return {
    label: `${user} gets ${kind} of mode ${mode.toString(8)} with flags ${flags}`,
    ask: ({ [user]: task, owner, root, fds }) => {
      bpf(owner, "OBJ_PIN", { pathname: "/mnt/x", bpf_fd: fds[kind] ?? -1 });
      raw.fchmodat(owner, AT.FDCWD, "/mnt/x", mode);
      const fd = bpf(task, "OBJ_GET", { pathname: "/mnt/x", file_flags: flags });
      const results = [show(fd)];
      if (fd >= 0) results.push(`flags ${raw.fcntl(task, fd, 3, 0)}`);
      closing(task, fd);
      const opened = [O.RDONLY, O.WRONLY, O.RDWR, O.PATH].map((how) =>
        show(closing(task, raw.openat(task, AT.FDCWD, "/mnt/x", how, 0))),
      );
      results.push(`open ${opened.join(" ")}`);
      results.push(`unlink ${show(raw.unlinkat(task, AT.FDCWD, "/mnt/x", 0))}`);
      raw.unlinkat(root, AT.FDCWD, "/mnt/x", 0);
      return results.join(", ");
    },
  };
}

const why = whyNotNative();
if (why !== undefined) test("the running kernel", (context) => context.skip(why));

if (why === undefined)
  describe("pinning on model and running kernel", { timeout: 600_000 }, () => {
    const kinds = ["map", "read-only map", "prog", "btf", "root", "not open"];

    test("every path", () => {
      const cases = users.flatMap((user) =>
        kinds.flatMap((kind) =>
          Object.keys(paths).flatMap((place) =>
            [0, 1, 8, 0x4000, 0x4008].flatMap((flags) =>
              ["nothing", "root", "dir", "not open"].map((start) =>
                pin(user, kind, place, flags, start),
              ),
            ),
          ),
        ),
      );
      expectAgreement("pinning", createFixture, cases);
    });

    test("every mode and every set of open flags", () => {
      const modes = [0, 0o1, 0o2, 0o4, 0o6, 0o40, 0o60, 0o200, 0o400, 0o600, 0o604, 0o644, 0o7777];
      const cases = users.flatMap((user) =>
        ["map", "read-only map", "prog"].flatMap((kind) =>
          modes.flatMap((mode) =>
            [0, 8, 16, 24, 0x80, 0x4000].map((flags) => get(user, kind, mode, flags)),
          ),
        ),
      );
      expectAgreement("pinned objects", createFixture, cases);
    });
  });
