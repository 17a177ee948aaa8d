// SPDX-License-Identifier: MIT
// The whole answer to each refused call: a change of a table shows every call that it changes.
// `npx vitest run --project node FILE -u` writes the files; read their difference.
import { BpfCmd, type BpfCmdName } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { otherCauses } from "../../src/explain/strace/other-causes.ts";
import {
  type CauseId,
  causeText,
  explainErrno,
  explainText,
  type Facts,
  findingIds,
  type RefusedCall,
} from "../../src/index.ts";
import { BPF, BPF_NET_ADMIN, bpffs, container, withCapabilities } from "../facts.ts";
import { grouped } from "../grouped.ts";
import { answerText, idsText } from "./answer-text.ts";
import { logs } from "./logs.ts";

test("the kind of each finding, its number of fixes, and what decides about it", async () => {
  const texts = findingIds()
    .filter((id) => !/^(?:trace|doctor\.(?:unknown|try|capability))/.test(id))
    .map((id) => {
      const { kind, decides, fix } = causeText(id as CauseId);
      return [`${id}, fixes: ${fix.length}`, `${kind}: ${decides}`] as const;
    });
  await expect(grouped(texts)).toMatchFileSnapshot("./answers/of-ids.txt");
});

const errnos = [
  ...["EPERM", "EACCES", "EINVAL", "E2BIG", "ENOSPC", "EOPNOTSUPP", "ENOTSUPP", "ENOSYS"],
  ...["EMFILE", "EBUSY", "EEXIST", "EBADF", "EROFS", "ENOENT", "ERANGE", "ENOMEM", "EAGAIN"],
];
const attachTypes = [
  ...["", "BPF_TRACE_KPROBE_MULTI", "BPF_TRACE_UPROBE_MULTI", "BPF_PERF_EVENT"],
  ...["BPF_CGROUP_DEVICE", "BPF_SOCK_OPS", "BPF_CGROUP_SOCK_OPS", "BPF_XDP", "BPF_TCX_INGRESS"],
  ...["BPF_NETKIT_PEER", "BPF_LSM_MAC"],
];

test("what a command, an errno and an attach type mean", async () => {
  const commands = Object.keys(BpfCmd) as BpfCmdName[];
  const texts = commands.flatMap((cmd) =>
    errnos.flatMap((errno) =>
      (/LINK_CREATE|PROG_ATTACH/.test(cmd) ? attachTypes : [""]).flatMap((attach) => {
        const judged = otherCauses(cmd, errno, attach);
        const answer = judged && `${judged.main ? "" : "harmless: "}${judged.causes.join(" ")}`;
        return answer === undefined ? [] : [[`${cmd} ${errno} ${attach}`.trim(), answer] as const];
      }),
    ),
  );
  await expect(grouped(texts)).toMatchFileSnapshot("./answers/of-commands.txt");
});

const initial = { inode: 4026531837, initial: true };
const reports: Readonly<Record<string, Facts | undefined>> = {
  "no report": undefined,
  "CAP_BPF on the host": withCapabilities(BPF, { userns: initial }),
  "no capability on the host": withCapabilities("0", {
    ...{ userns: initial, unprivilegedBpfDisabled: 0 },
  }),
  "a container": container(),
  "a container without delegation": withCapabilities(BPF_NET_ADMIN, {
    bpffs: [{ ...bpffs, delegates: {} }],
  }),
};
const types: Readonly<Record<string, readonly Partial<RefusedCall>[]>> = {
  map_create: [
    { type: "hash" },
    { type: "BPF_MAP_TYPE_ARRAY", sizes: { key: 4, value: 8, entries: 1 } },
    { type: "devmap", sizes: { key: 4, value: 4, entries: 1 } },
    { type: "lru_hash", sizes: { key: 0, value: 4, entries: 1 } },
    {},
  ],
  prog_load: [
    { type: "xdp", attach: "xdp" },
    { type: "BPF_PROG_TYPE_KPROBE" },
    { type: "cgroup_skb", attach: "BPF_CGROUP_INET_EGRESS" },
    {},
  ],
  link_create: [{}, { type: "cgroup_device" }, { type: "xdp" }],
  prog_attach: [{}, { type: "cgroup_device" }],
};
const commands = [
  ...["map_create", "prog_load", "btf_load", "token_create", "btf_get_fd_by_id"],
  ...["link_create", "prog_attach", "prog_query", "obj_pin", "BPF_OBJ_GET"],
];
const calls = commands.flatMap((cmd) =>
  (types[cmd] ?? [{}]).flatMap((more) =>
    ["EPERM", "EINVAL", "EACCES", "ENOENT", "eopnotsupp"].map((errno) => ({ cmd, errno, ...more })),
  ),
);

test.each(Object.entries(reports))("an errno, with %s", async (name, facts) => {
  // A report excludes causes, whatever the type is.
  const some = facts === undefined ? calls : calls.filter((_, i) => i % 7 === 0);
  const answers = some.flatMap((call) =>
    [undefined, true, false].map((token) => {
      const asked = token === undefined ? call : { ...call, token };
      return [JSON.stringify(asked), idsText(explainErrno(asked, facts && { facts }))] as const;
    }),
  );
  const file = `./answers/errnos with ${name}.txt`.replaceAll(" ", "-");
  await expect(grouped(answers)).toMatchFileSnapshot(file);
});

/** A log; of many lines the first two. */
function shown(log: string): string {
  const lines = log.split("\n");
  const some = lines.length > 12 ? [...lines.slice(0, 2), `${lines.length} lines`] : lines;
  return some.join("\n  ");
}
const whole = (log: string, facts?: Facts): string =>
  answerText(explainText(log, facts && { facts })).trimEnd();

test("logs of strace", async () => {
  const answers = logs.map((log) => [shown(log), whole(log)] as const);
  await expect(grouped(answers)).toMatchFileSnapshot("./answers/of-logs.txt");
});

test.each(Object.entries(reports).slice(1))("logs of strace, with %s", async (name, facts) => {
  const some = logs.filter((_, i) => i % 7 === 0);
  const answers = some.map((log) => {
    const text = idsText(explainText(log, facts && { facts }));
    return [shown(log), text] as const;
  });
  const file = `./answers/logs with ${name}.txt`.replaceAll(" ", "-");
  await expect(grouped(answers)).toMatchFileSnapshot(file);
});
