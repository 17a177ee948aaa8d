// SPDX-License-Identifier: MIT
// Situations in which the token cannot be created.
import { any, contained, onHost, type Situation, SYS_ADMIN } from "./situation.ts";

const overmount = 'mount -t tmpfs none /sys/fs/bpf && exec "$0" array';
const optional = 'mount -t tmpfs none /sys/fs/bpf && exec "$0" "$1"';

export const token: readonly Situation[] = [
  {
    number: 15,
    what: "libbpf cannot create its optional token",
    id: "explain.token_optional",
    says: /look at the lines after this one/,
    by: "explain",
    run: ({ loader, folder }) => [
      ...["env", "LIBBPF_LOG_LEVEL=debug", "unshare", "-m"],
      ...["sh", "-c", optional, loader, `${folder}/count.bpf.o`],
    ],
    // It is no failure: the same command succeeds.
    fixed: ({ loader, folder }) => [
      ...["unshare", "-m", "sh", "-c", optional, loader, `${folder}/count.bpf.o`],
    ],
  },
  {
    number: 16,
    what: "the command number is wrong",
    id: "bpf.command",
    says: /actual: 49/,
    by: "doctor",
    run: ({ program }) => [program, "number"],
    fixed: { next: "token.create.fd", run: ({ program }) => [program, "number", "36"] },
  },
  {
    number: 17,
    what: "the fd of the BPF filesystem was opened with O_PATH",
    id: "token.create.fd",
    says: /openat\(mount, "\.", O_RDONLY\)/,
    by: "doctor",
    run: ({ program }) => contained(any, program, "path"),
    fixed: ({ program }) => contained(any, program, "path", "readable"),
  },
  {
    number: 18,
    what: "root of the host creates a token",
    id: "token.create.init_ns",
    says: /user namespace/,
    by: "doctor",
    run: ({ program }) => onHost(program, "array"),
    fixed: ({ program }) => contained(any, program, "array"),
  },
  {
    number: 19,
    what: "the BPF filesystem delegates nothing",
    id: "token.create.delegation",
    says: /delegate/,
    by: "doctor",
    run: ({ program }) => contained({}, program, "array"),
    fixed: ({ program }) => contained(any, program, "array"),
  },
  {
    number: 20,
    what: "the token is created from a subdirectory",
    id: "token.create.root",
    says: /open the root directory of the BPF filesystem itself/,
    by: "doctor",
    run: ({ program }) => contained(any, program, "subdirectory", "/sys/fs/bpf/part"),
    fixed: ({ program }) => contained(any, program, "array"),
  },
  {
    number: 20,
    what: "another filesystem is mounted over it",
    id: "token.create.root",
    says: /not refer to the root directory/,
    by: "doctor",
    run: ({ program }) => contained(any, "sh", "-c", overmount, program),
    fixed: ({ program }) => contained(any, program, "array"),
  },
  {
    number: 21,
    what: "the process has CAP_SYS_ADMIN, but not CAP_BPF",
    id: "token.create.capable",
    says: /CAP_SYS_ADMIN is no substitute/,
    by: "doctor",
    run: ({ program }) => ({ caps: SYS_ADMIN, options: any, command: [program, "array"] }),
    fixed: "named",
  },
  {
    number: 22,
    what: "the process is in a nested user namespace",
    id: "token.create.userns",
    says: /user namespace/,
    by: "doctor",
    run: ({ program }) => contained(any, "unshare", "-U", program, "array"),
    fixed: ({ program }) => contained(any, program, "array"),
  },
];
