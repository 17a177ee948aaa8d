// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import { explainText } from "../../src/index.ts";
import { container } from "../facts.ts";

const ids = (text: string): readonly string[] => explainText(text).candidates.map(({ id }) => id);

describe("a command and its errno as perror(3) prints them", () => {
  test.each([
    ["BPF_TOKEN_CREATE: Operation not supported", "token.create.init_ns"],
    ["bpf_token_create: Invalid argument", "token.create.root"],
    ["my-loader: bpf_token_create(3) failed: Operation not permitted", "token.create.capable"],
    ["bpf(BPF_TOKEN_CREATE): No such file or directory", "token.create.delegation"],
    ["BPF_TOKEN_CREATE: -1 EBADF", "token.create.fd"],
    ["bpf(BPF_MAP_CREATE): Operation not permitted", "map.create.sysctl"],
    ["BPF_MAP_CREATE: Invalid argument", "explain.map_definition"],
    ["BPF_MAP_CREATE: Operation not supported", "explain.kernel_old"],
    ["BPF_PROG_LOAD: Operation not permitted", "prog.load.sysctl"],
    ["BPF_PROG_LOAD: Permission denied", "explain.verifier"],
    ["bpf_prog_load: Argument list too long", "explain.program_size"],
    ["BPF_LINK_CREATE: Operation not permitted", "attach.link.capable"],
    ["BPF_PROG_ATTACH: Operation not permitted", "explain.cgroup"],
    ["BPF_OBJ_PIN: Operation not permitted", "explain.bpffs_place"],
    ["bpf_obj_get(/sys/fs/bpf/m): Permission denied", "explain.pin_mode"],
    ["BPF_BTF_GET_FD_BY_ID: Operation not permitted", "btf.fd_by_id.capable"],
    ["bpf_prog_get_next_id: Operation not permitted", "bpf.admin"],
    ["BPF_ENABLE_STATS: Operation not permitted", "bpf.admin"],
    ["BPF_MAP_CREATE: Function not implemented", "doctor.seccomp"],
  ])("%s", (line, id) => {
    expect(ids(line)[0]).toBe(id);
  });

  test.each(["bpf_no_such: Operation not permitted", "BPF_MAP_CREATE: Success"])(
    "%s names no refused command",
    (line) => {
      expect(ids(line)).not.toContain("map.create.sysctl");
    },
  );
});

describe("a text that has only an errno", () => {
  test.each([
    ["operation not permitted", "EPERM"],
    ["agent: Operation not permitted.", "EPERM"],
    ["EPERM", "EPERM"],
    ["error: permission denied", "EACCES"],
  ])("%s", (line, errno) => {
    const { candidates, token, verdict } = explainText(line);
    expect([candidates, token]).toEqual([[], "unknown"]);
    expect(verdict).toContain(`cannot tell: the text has the errno ${errno}`);
    expect(verdict).toContain("bpf-token trace -- COMMAND");
  });
});

describe("a BPF filesystem that delegates nothing", () => {
  const skips =
    "libbpf: object 'x': BPF\u0020FS at '/sys/fs/bpf' doesn't have BPF token delegation set up, skipping...";

  test("is harmless alone", () => {
    const { candidates, harmless } = explainText(skips);
    expect(candidates).toEqual([]);
    expect(harmless[0]).toMatchObject({
      id: "explain.token_optional",
      cause: expect.stringContaining("delegates nothing"),
    });
  });

  test("is the cause if the load is then refused", () => {
    const text = `${skips}\nlibbpf: map 'm': failed to create: Operation not permitted(-1)`;
    expect(explainText(text)).toMatchObject({
      token: "yes",
      candidates: [{ id: "token.create.delegation", evidence: [{ line: 1 }] }, {}, {}, {}, {}, {}],
    });
  });

  test("differs from a token that the environment prevents", () => {
    const { harmless } = explainText("libbpf: object 'x': token is prevented, skipping...");
    expect(harmless[0]?.cause).toContain("LIBBPF_BPF_TOKEN_PATH");
  });
});

describe("a message that looks like another one", () => {
  const link = (type: string, errno: string): string =>
    `bpf(BPF_LINK_CREATE, {link_create={prog_fd=5, target_ifindex=2, attach_type=${type}}}, 64) = -1 ${errno} (x)`;

  test.each(["BPF_XDP", "BPF_TCX_INGRESS", "BPF_NETKIT_PRIMARY"])(
    "no cgroup refuses a link of type %s",
    (type) => {
      expect(ids(link(type, "EPERM"))).toEqual(["doctor.seccomp", "doctor.lsm"]);
      expect(ids(`bpf_link_create failed for ${type}`)).not.toContain("explain.cgroup");
    },
  );

  test("no check refuses links of kprobes: they open no perf event", () => {
    expect(ids(link("BPF_TRACE_KPROBE_MULTI", "EPERM"))[0]).toBe("doctor.seccomp");
  });

  test.each([
    ["libbpf: Kernel error message: Specified qdisc kind is unknown.", "explain.kernel_config"],
    ["Error: Specified qdisc kind is unknown.", "explain.kernel_config"],
    ["libbpf: Kernel error message: XDP program already attached", "explain.busy"],
    [
      "libbpf: Kernel error message: Native and generic XDP can't be active at the same time",
      "explain.busy",
    ],
    [
      "libbpf: Kernel error message: Underlying driver does not support XDP in native mode",
      "explain.xdp_driver",
    ],
  ])("%s", (line, id) => {
    expect(ids(line)[0]).toBe(id);
  });

  test.each([
    "libbpf: failed to get BTF object #3 FD: -1",
    "libbpf: failed to perform CO-RE relocations: -1",
    "libbpf: failed to iterate BTF objects: -EPERM",
  ])("BTF by id needs CAP_SYS_ADMIN, and is no failed relocation: %s", (line) => {
    expect(ids(line)[0]).toBe("bpf.admin");
  });

  test("a relocation that fails otherwise is one of the program", () => {
    expect(ids("libbpf: failed to perform CO-RE relocations: -22")[0]).toBe("explain.core");
  });

  test("a permissive SELinux refuses nothing", () => {
    const avc = (permissive: number): string =>
      `type=AVC msg=audit(1.1:2): avc:  denied  { prog_load } for  pid=1 comm="x" scontext=a tcontext=b tclass=bpf permissive=${permissive}`;
    const { candidates, harmless } = explainText(avc(1));
    expect([candidates, harmless[0]?.id]).toEqual([[], "explain.selinux_permissive"]);
    expect(ids(avc(0))).toEqual(["explain.selinux"]);
  });
});

describe("attaching by netlink in the network namespace of the host", () => {
  const answer = (request: string): string =>
    `recvmsg(6, {msg_name=NULL, msg_iov=[{iov_base=[{nlmsg_len=72, nlmsg_type=NLMSG_ERROR, nlmsg_flags=0}, {error=-EPERM, msg=[{nlmsg_len=52, nlmsg_type=${request}]}]}]}, 0) = 72`;
  const texts = [
    "tc filter add dev eth0 ingress bpf da obj a.o\nRTNETLINK answers: Operation not permitted",
    "Error: interface xdpgeneric attach failed: Operation not permitted",
    "libxdp: Error attaching XDP program to ifindex 2: Operation not permitted",
    "Couldn't attach XDP program on iface 'lo': Operation not permitted(-1)",
    answer("RTM_SETLINK}, [{nla_len=20, nla_type=NLA_F_NESTED|IFLA_XDP}"),
    answer('RTM_NEWQDISC}, [{nla_len=11, nla_type=TCA_KIND}, "clsact"'),
  ];

  test.each(texts)("%s", (text) => {
    const { candidates, token } = explainText(text);
    expect([candidates[0]?.id, candidates[0]?.kind, token]).toEqual([
      "doctor.netns",
      "setup",
      "no",
    ]);
    expect(candidates[0]?.fix.join()).toContain("BPF link");
    expect(candidates[0]?.fix.join()).not.toContain("CAP_");
  });

  test("is possible only in a text about BPF", () => {
    const { candidates, unknown, verdict } = explainText(
      "ip link add br0 type bridge\nRTNETLINK answers: Operation not permitted",
    );
    expect([candidates, verdict]).toEqual([[], expect.stringContaining("cannot tell")]);
    expect(unknown.join()).toContain("the user namespace that owns the network namespace");
  });

  test("is not refused to the host's root", () => {
    const facts = container({ userns: { inode: 4026531837, initial: true } });
    const { excluded } = explainText(texts[0] ?? "", { facts });
    expect(excluded[0]?.id).toBe("doctor.netns");
  });

  test("another answer of netlink says nothing", () => {
    for (const other of ["error=0", "error=-EEXIST"]) {
      const line = answer("RTM_NEWQDISC}").replace("error=-EPERM", other);
      expect(ids(line)).toEqual([]);
    }
    expect(ids(answer("RTM_NEWADDR}"))).toEqual([]);
  });
});

test.each([
  ["XDP", "CAP_BPF or CAP_NET_ADMIN"],
  ["EXT", "CAP_BPF or CAP_NET_ADMIN or CAP_PERFMON"],
  ["KPROBE", "CAP_BPF or CAP_PERFMON"],
])("a refused load of type %s names its capabilities", (type, names) => {
  const line = `bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_${type}, insn_cnt=9, prog_flags=0}, 148) = -1 EPERM (x)`;
  expect(explainText(line).candidates[0]?.cause).toContain(`lacks ${names} in`);
});
