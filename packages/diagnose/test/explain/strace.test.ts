// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import { explainErrno, explainText, TextExplainer } from "../../src/index.ts";
import { container } from "../facts.ts";

const ids = (text: string): readonly string[] => explainText(text).candidates.map(({ id }) => id);
const eperm = "= -1 EPERM (Operation not permitted)";
const noFlag = `bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, key_size=4, map_flags=0}, 80) ${eperm}`;
const oldFlag = `bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, key_size=4, map_flags=0x10000 /* BPF_F_??? */, ...}, 80) ${eperm}`;
const newFlag = `bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, key_size=4, map_flags=BPF_F_TOKEN_FD, map_token_fd=7}, 80) ${eperm}`;
const option = (axis: string, value: string): string =>
  `fsconfig(3, FSCONFIG_SET_STRING, "delegate_${axis}", "${value}", 0) = 0\n`;

describe("a log of strace", () => {
  test("without the flag and with delegation names the missing token", () => {
    expect(ids(`mount: delegate_cmds=any\n${noFlag}`)[0]).toBe("explain.no_token");
  });

  test("without the flag and without delegation names the capability", () => {
    expect(ids(noFlag)[0]).toBe("map.create.sysctl");
  });

  test.each([oldFlag, newFlag])("with the flag asks for the masks: %s", (line) => {
    const { candidates, token, unknown } = explainText(line);
    expect([candidates[0]?.id, token]).toEqual(["token.dropped.map", "yes"]);
    expect(candidates[0]?.cause).toContain("map type hash");
    expect(unknown.join()).toContain("masks");
  });

  test("that shows the masks names the bit that lacks", () => {
    const text = `${option("cmds", "map_create")}${option("maps", "array")}${newFlag}`;
    const [first] = explainText(text).candidates;
    expect(first).toMatchObject({
      id: "token.dropped.map",
      confidence: "certain",
      fix: ["add hash to delegate_maps"],
    });
    const other = `${option("cmds", "prog_load")}${option("maps", "hash")}${newFlag}`;
    expect(ids(other)[0]).toBe("token.dropped.cmd");
    const all = `${option("cmds", "any")}${option("maps", "any")}${newFlag}`;
    expect(ids(all)[0]).toBe("map.create.sysctl");
  });

  describe("in which BTF_LOAD is refused", () => {
    const create = (result: string): string =>
      `bpf(BPF_TOKEN_CREATE, {token_create={flags=0, bpffs_fd=3}}, 8) ${result}\n`;
    const types = `bpf(BPF_BTF_LOAD, {btf="", btf_log_buf=NULL, btf_size=24}, 40) ${eperm}\n`;
    const masks = option("cmds", "map_create:prog_load");
    const made = "bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, map_flags=0}, 80) = 5\n";

    test("without a token, it is harmless too", () => {
      const { candidates, harmless } = explainText(`${types}${made}`);
      expect(candidates).toEqual([]);
      expect(harmless.map(({ id }) => id)).toEqual(["explain.btf_upload"]);
    });

    test("as the last call names it", () => {
      const [first] = explainText(`${masks}${create("= 4")}${types}`).candidates;
      expect(first).toMatchObject({
        id: "token.dropped.cmd",
        fix: ["add btf_load to delegate_cmds"],
      });
      expect(ids(types)[0]).toBe("btf.load.capable");
    });

    test("and the load continues, it is harmless", () => {
      const { candidates, harmless } = explainText(`${masks}${create("= 4")}${types}${made}`);
      expect(candidates).toEqual([]);
      expect(harmless.map(({ id }) => id)).toEqual(["explain.btf_upload"]);
    });

    test("after the token was refused, the token is the cause", () => {
      expect(ids(`${masks}${create(eperm)}${types}`)[0]).toBe("token.create.capable");
    });
  });

  test("in which calls go on without the refused token names the token", () => {
    const create = `bpf(BPF_TOKEN_CREATE, {token_create={flags=0, bpffs_fd=3}}, 8) ${eperm}\n`;
    const load = `bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_SOCKET_FILTER, insn_cnt=2, prog_flags=0, prog_name=""}, 148) ${eperm}\n`;
    expect(ids(create + load)[0]).toBe("token.create.capable");
    expect(ids(create + noFlag)[0]).toBe("token.create.capable");
    const onHost = create.replace(eperm, "= -1 EOPNOTSUPP (Operation not supported)");
    expect(ids(onHost + noFlag)[0]).not.toMatch(/^token\.create\.capable/);
  });

  test("in which only probes are refused names what the first one lacks", () => {
    const probe = (type: string): string =>
      `bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_${type}, insn_cnt=2, prog_flags=BPF_F_TOKEN_FD, prog_name="", expected_attach_type=BPF_CGROUP_INET_INGRESS, prog_token_fd=4}, 148) ${eperm}\n`;
    const masks = option("cmds", "any") + option("progs", "socket_filter");
    const both = probe("SOCKET_FILTER") + probe("TRACEPOINT");
    expect(ids(masks + both)[0]).toBe("token.dropped.attach");
    // libbpf makes one before it has a token.
    const early = `bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_SOCKET_FILTER, insn_cnt=2, prog_flags=0, prog_name=""}, 148) ${eperm}\n`;
    expect(ids(masks + early + both)[0]).toBe("token.dropped.attach");
  });

  test("of a map type that needs CAP_NET_ADMIN names that first", () => {
    const masks = option("cmds", "any") + option("maps", "any");
    expect(ids(masks + newFlag.replace("TYPE_HASH", "TYPE_DEVMAP"))[0]).toBe("map.create.capable");
  });

  test("without the log of the verifier names the capability of a helper", () => {
    const call = (imm: string): string =>
      `bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_XDP, insn_cnt=2, insns=[{code=BPF_JMP|BPF_K|BPF_CALL, dst_reg=BPF_REG_0, src_reg=BPF_REG_0, off=0, imm=${imm}}, {code=BPF_JMP|BPF_K|BPF_EXIT, dst_reg=BPF_REG_0, src_reg=BPF_REG_0, off=0, imm=0}], license="GPL", log_level=0, prog_name="p", line_info_cnt=1}, 148) = -1 EINVAL (Invalid argument)`;
    expect(explainText(call("0x6")).candidates[0]).toMatchObject({
      id: "verify.helper.perfmon",
      cause: expect.stringContaining("CAP_PERFMON"),
    });
    expect(ids(call("0x5"))[0]).toBe("explain.verifier");
  });

  test("with a token fd but without the flag names the flag", () => {
    const line = `bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, map_flags=0, map_token_fd=7}, 80) ${eperm}`;
    expect(explainText(line)).toMatchObject({
      token: "yes",
      candidates: [{ id: "explain.token_flag", confidence: "certain" }],
    });
  });

  test.each<[string, string]>([
    [
      `bpf(BPF_TOKEN_CREATE, {token_create={flags=0, bpffs_fd=3}}, 8) ${eperm}`,
      "token.create.capable",
    ],
    [
      "bpf(BPF_TOKEN_CREATE, {token_create={flags=0, bpffs_fd=3}}, 8) = -1 EOPNOTSUPP (Operation not supported)",
      "token.create.init_ns",
    ],
    [
      "bpf(BPF_TOKEN_CREATE, {token_create={flags=0, bpffs_fd=3}}, 8) = -1 ENOENT (No such file or directory)",
      "token.create.delegation",
    ],
    [
      "bpf(BPF_TOKEN_CREATE, {token_create={flags=0, bpffs_fd=3}}, 8) = -1 EBADF (Bad file descriptor)",
      "token.create.fd",
    ],
    [
      "bpf(BPF_TOKEN_CREATE, {token_create={flags=0, bpffs_fd=3}}, 8) = -1 EINVAL (Invalid argument)",
      "token.create.root",
    ],
    [`fsopen("bpf", FSOPEN_CLOEXEC) ${eperm}`, "fsopen.may_mount"],
    [
      'fsconfig(3, FSCONFIG_SET_STRING, "delegate_cmds", "BPF_PROG_LOAD", 0) = -1 EINVAL (Invalid argument)',
      "option.delegate.item",
    ],
    [
      `fsconfig(3, FSCONFIG_SET_STRING, "delegate_cmds", "any", 0) ${eperm}`,
      "option.delegate.capable",
    ],
    [`fsconfig(3, FSCONFIG_CMD_CREATE, NULL, NULL, 0) ${eperm}`, "bpffs.fill.capable"],
    [`mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL) ${eperm}`, "mount.capable"],
    [`bpf(BPF_PROG_GET_NEXT_ID, {start_id=0, next_id=0, open_flags=0}, 12) ${eperm}`, "bpf.admin"],
    [
      "bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, key_size=4}, 80) = -1 ENOSYS (Function not implemented)",
      "doctor.seccomp",
    ],
    [
      "perf_event_open({type=0x8, size=0x88}, -1, 0, -1, PERF_FLAG_FD_CLOEXEC) = -1 EACCES (Permission denied)",
      "explain.perf_event",
    ],
    [
      'bpf(BPF_OBJ_GET, {pathname="/sys/fs/bpf/m", bpf_fd=0, file_flags=0}, 16) = -1 EACCES (Permission denied)',
      "explain.pin_mode",
    ],
    [
      `bpf(BPF_LINK_CREATE, {link_create={prog_fd=5, target_fd=6, attach_type=BPF_CGROUP_INET_INGRESS}}, 64) ${eperm}`,
      "attach.link.capable",
    ],
    [
      "bpf(BPF_PROG_ATTACH, {target_fd=6, attach_bpf_fd=5, attach_type=BPF_CGROUP_INET_INGRESS, attach_flags=0}, 16) = -1 EINVAL (Invalid argument)",
      "attach.prog.capable",
    ],
    [
      "bpf(BPF_LINK_CREATE, {link_create={prog_fd=5, target_ifindex=2, attach_type=BPF_XDP}}, 64) = -1 EEXIST (File exists)",
      "explain.busy",
    ],
    [
      "bpf(BPF_PROG_ATTACH, {target_fd=6, attach_bpf_fd=5, attach_type=BPF_CGROUP_INET_INGRESS}, 16) = -1 EBADF (Bad file descriptor)",
      "explain.cgroup",
    ],
    [
      'openat(AT_FDCWD, "/sys/fs/bpf", O_RDONLY) = -1 EACCES (Permission denied)',
      "explain.pin_mode",
    ],
  ])("%s", (line, id) => {
    expect(ids(line)[0]).toBe(id);
  });

  test("a probe of libbpf that fails before the real load is named as such", () => {
    const probe = `bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_KPROBE, insn_cnt=2, prog_flags=0, prog_name="libbpf_x"}, 148) ${eperm}`;
    const { candidates, harmless } = explainText(probe);
    expect([candidates.length, harmless[0]?.id]).toEqual([0, "explain.probe_answer"]);
  });

  test("a structure that is too large for the kernel is one for a small program only", () => {
    const load = (count: number, size: number, end: string): string =>
      `bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_EXT, insn_cnt=${count}, prog_name="dispatcher"}, ${size}) ${end}`;
    const tooLarge = "= -1 E2BIG (Argument list too long)";
    expect(ids(load(2, 152, tooLarge))).toEqual(["bpf.tail"]);
    expect(ids(load(2000, 152, tooLarge))).toEqual(["explain.program_size", "bpf.tail"]);
    const again = `${load(2, 152, tooLarge)}\n${load(2, 148, "= 4")}`;
    const { candidates, harmless } = explainText(again);
    expect([candidates, harmless.map(({ id }) => id)]).toEqual([[], ["explain.probe_answer"]]);
    expect(ids(`${again}\n${noFlag}`)[0]).toBe("map.create.sysctl");
  });

  test("the call that failed last decides, whatever failed before", () => {
    const before = `setrlimit(RLIMIT_MEMLOCK, {rlim_cur=RLIM64_INFINITY}) ${eperm}\n`;
    const verifier =
      'bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_XDP, insn_cnt=30, log_buf="0: (b7) r0 = 0\\nR1 !read_ok\\nprocessed 1 insns"}, 148) = -1 EACCES (Permission denied)';
    const { candidates } = explainText(before + verifier);
    expect(candidates[0]?.id).toBe("explain.verifier");
    expect(candidates[0]?.cause).toContain("R1 !read_ok");
  });

  test("joins interrupted calls, and reads every kind of prefix", () => {
    const parts = [
      "[pid  12] bpf(BPF_PROG_GET_NEXT_ID, {start_id=0} <unfinished ...>",
      "[pid  13] close(3)                   = 0",
      `[pid  12] <... bpf resumed>, 12)      ${eperm}`,
    ];
    expect(ids(parts.join("\n"))).toEqual(["bpf.admin"]);
    for (const prefix of [
      "12    ",
      "12:01:02 ",
      "12:01:02.123456 ",
      "1700000000.123 ",
      "[pid 7] 12:01:02 ",
    ]) {
      expect([prefix, ...ids(prefix + noFlag)][1]).toBe("map.create.sysctl");
    }
  });

  test("a cut log says what it cannot show; five arguments are accepted", () => {
    expect(explainText(oldFlag).unknown.join()).toContain("strace -f -v -s 65536");
    expect(explainText(newFlag).unknown.join()).not.toContain("strace -f");
    const five = newFlag.replace("}, 80)", "}, 80, NULL, 0)");
    expect(ids(five)[0]).toBe("token.dropped.map");
  });

  test("a refused call is counted once", () => {
    const [first] = explainText(noFlag).candidates;
    expect([first?.count, first?.evidence.length]).toEqual([1, 1]);
  });

  test("of a process that holds CAP_BPF on the host names no token first", () => {
    const facts = container({ userns: { inode: 4026531837, initial: true } });
    expect(explainText(noFlag, { facts }).candidates[0]?.id).toBe("doctor.lsm");
    expect(explainText(noFlag, { facts: container() }).candidates[0]?.id).toBe("explain.no_token");
  });

  test("successful calls are no failure", () => {
    const { candidates, verdict } = explainText(
      "bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH}, 80) = 5\n",
    );
    expect(candidates).toEqual([]);
    expect(verdict).toMatch(/^no known message about BPF found; `bpf-token trace -- COMMAND`/);
  });
});

describe("EINVAL", () => {
  test.each([
    ["delegate_cmds", "BPF_PROG_LOAD", "with its prefix: write prog_load"],
    ["delegate_cmds", "Any", "write 'any' in lower case"],
    ["delegate_progs", "xdp::kprobe", "has an empty item"],
    ["delegate_progs", "tc", "its type is 'sched_cls'"],
    ["delegate_maps", "hash:array", "or without BTF"],
  ])("of %s=%s names the item and why", (option, value, why) => {
    const line = `fsconfig(3, FSCONFIG_SET_STRING, "${option}", "${value}", 0) = -1 EINVAL (Invalid argument)`;
    const [first] = explainText(line).candidates;
    expect(first?.id).toBe("option.delegate.item");
    expect(first?.cause).toContain(why);
  });

  test("of MAP_CREATE names the field", () => {
    const line =
      "bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_ARRAY, key_size=5, value_size=8, max_entries=1}, 80) = -1 EINVAL (Invalid argument)";
    expect(explainText(line).candidates[0]).toMatchObject({
      id: "map.create.attr",
      cause: expect.stringMatching(/required: key_size 4; actual: key_size 5/),
    });
    const sizes = { key: 4, value: 8, entries: 1 };
    const { candidates } = explainErrno({
      errno: "EINVAL",
      cmd: "map_create",
      type: "ringbuf",
      sizes,
    });
    expect(candidates[0]?.cause).toMatch(
      /required: key_size 0, value_size 0, max_entries .*; actual: key_size 4, value_size 8, max_e/,
    );
  });
});

describe("verifier logs", () => {
  test("of Linux 7.3 give the problem and the reason", () => {
    const log = `Verification failed: Memory Safety: Access outside bounds

Reason:
  The program reads 4 bytes at offset 12 of a packet of unknown length.

At:
  insn 3
processed 4 insns (limit 1000000)`;
    const [first] = explainText(log).candidates;
    expect(first).toMatchObject({ id: "explain.verifier", confidence: "certain" });
    expect(first?.cause).toMatch(/Access outside bounds: The program reads 4 bytes/);
  });

  test("of older kernels give the last line, also with a prefix of a logger", () => {
    const log = [
      'level=warning msg="1046: (bf) r3 = r10" subsys=datapath-loader',
      'level=warning msg="1047: (61) r1 = *(u32 *)(r3 +0)" subsys=datapath-loader',
      'level=warning msg="something that no rule knows" subsys=datapath-loader',
      'level=warning msg="processed 13 insns (limit 1000000)" subsys=datapath-loader',
    ];
    expect(explainText(log.join("\n")).candidates[0]?.cause).toContain(
      "something that no rule knows",
    );
  });

  test.each([
    ["R1 pointer arithmetic on pkt prohibited for !root", "explain.verifier_capability"],
    ["R2 pointer comparison prohibited", "explain.verifier_capability"],
    [
      "function calls to other bpf functions are allowed for CAP_BPF and CAP_SYS_ADMIN",
      "verify.call.capable",
    ],
  ])("a rejection that a capability cures: %s", (line, id) => {
    expect(explainText(`0: (bf) r1 = r2\n${line}\nprocessed 1 insns`).candidates[0]).toMatchObject({
      id,
      kind: "capability",
    });
  });
});

describe("a large or broken text", () => {
  test("gives the same answer in pieces, also if they end within a line", () => {
    const text = `noise\n${noFlag}\nmore noise\n`.repeat(50);
    const whole = explainText(text);
    const explainer = new TextExplainer();
    for (let i = 0; i < text.length; i += 7) explainer.push(text.slice(i, i + 7));
    expect(explainer.finish()).toEqual(whole);
    expect(whole.candidates[0]?.count).toBeGreaterThanOrEqual(50);
    expect(whole.candidates[0]?.evidence).toHaveLength(3);
  });

  test("keeps no long lines and no control characters", () => {
    const long = `bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, x="${"a".repeat(1 << 19)}"}, 80) ${eperm}`;
    const { candidates } = explainText(
      `${long}\nlibbpf: \u001b[31mfailed to find valid kernel BTF\u0007\u202e\n`,
    );
    expect(candidates.map(({ id }) => id)).toContain("map.create.sysctl");
    for (const { evidence } of candidates) {
      for (const { text } of evidence) {
        expect(text.length).toBeLessThanOrEqual(160);
        expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }
    }
  });

  test.each([
    "",
    "\n\n",
    "\0\0\0",
    "bpf(",
    "[pid",
    "= -1 EPERM",
    "Verification failed: ",
    "<... bpf resumed>) = -1",
    "<... fsconfig resumed>) = 0",
    "uname(0x7ffe00001000) = 0",
    "openat(3</sys/fs/bpf>, 0x7ffe00001000, O_RDONLY) = -1 EFAULT (Bad address)",
  ])("has an answer: %j", (text) => {
    expect(explainText(text).verdict).not.toBe("");
  });
});

describe("an errno", () => {
  test("of MAP_CREATE without more facts names capability, token and look-alikes", () => {
    const { candidates, unknown } = explainErrno({
      errno: "EPERM",
      cmd: "map_create",
      type: "hash",
    });
    const found = candidates.map(({ id }) => id);
    expect(found[0]).toBe("map.create.sysctl");
    expect(found).toEqual(
      expect.arrayContaining(["explain.no_token", "token.dropped.map", "doctor.seccomp"]),
    );
    expect(unknown.join()).toContain("whether the call passed a token");
  });

  test("with a token names the masks", () => {
    const { candidates, token } = explainErrno({
      errno: "EPERM",
      cmd: "BPF_PROG_LOAD",
      type: "xdp",
      attach: "xdp",
      token: true,
    });
    expect([candidates[0]?.id, token]).toEqual(["token.dropped.prog", "yes"]);
    expect(candidates[0]?.cause).toContain("attach type xdp");
  });

  test("does not say whether the call passed a token, unless the person does", () => {
    const call = { errno: "EPERM", cmd: "map_create", type: "hash" };
    const text = (token?: boolean) =>
      JSON.stringify(explainErrno({ ...call, ...(token !== undefined && { token }) }).candidates);
    expect(text()).not.toContain("it passes no token");
    expect(text(false)).toContain("it passes no token");
    for (const cmd of ["MAP_CREATE", "PROG_LOAD", "BTF_LOAD"]) {
      const said = explainText(`bpf(BPF_${cmd}): Operation not permitted`).candidates;
      expect(said.length).toBeGreaterThan(0);
      expect(JSON.stringify(said)).not.toContain("it passes no token");
    }
  });

  test.each(["map_create", "prog_load"])("of %s with a token has no cause without one", (cmd) => {
    const explain = (token: boolean) => explainErrno({ errno: "EPERM", cmd, token });
    const found = explain(true);
    expect([found.token, found.candidates[0]?.kind]).toEqual(["yes", "token"]);
    expect(found.candidates.map(({ id }) => id)).not.toContain("explain.no_token");
    expect(explain(false).candidates.map(({ id }) => id)).toContain("explain.no_token");
  });

  test("of other commands lists their checks", () => {
    const { candidates } = explainErrno({ errno: "ENOENT", cmd: "token_create" });
    expect(candidates[0]?.id).toBe("token.create.delegation");
  });

  test.each([
    [{ errno: "EPREM", cmd: "map_create" }, "unknown errno EPREM; did you mean EPERM?"],
    [{ errno: "EPERM", cmd: "map_crate" }, "unknown command MAP_CRATE; did you mean MAP_CREATE?"],
    [{ errno: "EPERM", cmd: "teapot_teapot" }, "unknown command TEAPOT_TEAPOT"],
  ])("%j is not known", (call, message) => {
    expect(() => explainErrno(call)).toThrow(new RangeError(message));
  });
});

describe("what the calls before a refused one decide", () => {
  const EPERM = "= -1 EPERM (Operation not permitted)";
  const first = (...lines: readonly string[]) => explainText(lines.join("\n")).candidates[0]?.id;
  const create = `bpf(BPF_TOKEN_CREATE, {token_create={flags=0, bpffs_fd=3}}, 8) ${EPERM}`;
  const map = (flags: string, end: string): string =>
    `bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, map_flags=${flags}}, 80) ${end}`;
  const load = (type: string, fields: string, end: string): string =>
    `bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_${type}, ${fields}, prog_flags=0x10000, prog_name="", line_info_cnt=0}, 148) ${end}`;
  const options = ["cmds", "maps", "progs", "attachs"].map(
    (axis) =>
      `fsconfig(3, FSCONFIG_SET_STRING, "delegate_${axis}", "${axis === "maps" ? "array" : "any"}", 0) = 0`,
  );

  test("MAP_CREATE, ENOMEM, has no cause here", () => {
    expect(first(map("0", "= -1 ENOMEM (Cannot allocate memory)"))).toBeUndefined();
  });

  test("a user namespace after the BPF filesystem has another owner", () => {
    const unshare = "unshare(CLONE_NEWNS|CLONE_NEWUSER) = 0";
    const mounted = ['fsopen("bpf", FSOPEN_CLOEXEC) = 8', "fsmount(8, FSMOUNT_CLOEXEC, 0) = 9"];
    expect(first(unshare, create)).toBe("token.create.userns");
    expect(first(unshare, ...mounted, create)).toBe("token.create.capable");
    expect(first(...mounted, unshare, create)).toBe("token.create.userns");
    // The kernel looks at the delegation only if the owner is right.
    const missing = create.replace(EPERM, "= -1 ENOENT (No such file or directory)");
    expect(first(...mounted, unshare, missing)).toBe("token.create.delegation");
  });

  test.each([4, 14])("the options of a remount change no mask: fd %i", (fd) => {
    const remount = [
      `fspick(3, "", FSPICK_EMPTY_PATH) = ${fd}`,
      `fsconfig(${fd}, FSCONFIG_SET_STRING, "delegate_maps", "any", 0) = 0`,
    ];
    expect(first(...options, ...remount, map("0x10000", EPERM))).toBe("token.dropped.map");
  });

  test("a number that a new BPF filesystem gets again is no remount", () => {
    const again = [
      'fspick(3, "", FSPICK_EMPTY_PATH) = 4',
      'fsopen("bpf", FSOPEN_CLOEXEC) = 4',
      'fsconfig(4, FSCONFIG_SET_STRING, "delegate_maps", "any", 0) = 0',
    ];
    expect(first(...options, ...again, map("0x10000", EPERM))).toBe("map.create.sysctl");
    const other = 'openat(AT_FDCWD, "/sys/fs/bpf", O_RDONLY) = 3';
    const text = [other, ...options, map("0x10000", EPERM)].join("\n");
    expect(explainText(text).candidates[0]).toMatchObject({
      id: "token.dropped.map",
      confidence: "certain",
    });
  });

  test.each([
    ["6.8.0-40-generic", true],
    ["6.18.3", false],
    ["10.2.0", false],
  ])(
    "the release that uname() returns decides whether the kernel is too old: %s",
    (release, old) => {
      const uname = `uname({sysname="Linux", nodename="host", release="${release}", ...}) = 0`;
      const refused = create.replace(EPERM, "= -1 EINVAL (Invalid argument)");
      const { candidates } = explainText(`${uname}\n${refused}`);
      const found = candidates.map(({ id }) => id);
      expect([found.includes("doctor.release"), found.includes("token.create.root")]).toEqual([
        ...[old, !old],
      ]);
    },
  );

  test.each([
    ["KPROBE", "prog.load.perfmon"],
    ["XDP", "prog.load.net_admin"],
    ["SOCKET_FILTER", "prog.load.sysctl"],
  ])("a load of %s with all masks lacks a capability", (type, id) => {
    const all = options.map((line) => line.replace('"array"', '"any"'));
    const fields = "insn_cnt=85, kern_version=KERNEL_VERSION(6, 18, 0)";
    expect(first(...all, load(type, fields, EPERM))).toBe(id);
  });

  test("a seccomp filter is the cause until a bpf() call passes it", () => {
    const filter = "seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=4, filter=0x7ffe}) = 0";
    expect(first(filter, create, map("0", EPERM))).toBe("doctor.seccomp");
    const opened = 'openat(AT_FDCWD, "/sys/fs/bpf", O_RDONLY) = 3';
    expect(first(filter, opened, map("0", EPERM))).toBe("doctor.seccomp");
    const missing = create.replace(EPERM, "= -1 ENOSYS (Function not implemented)");
    expect(first(filter, missing, map("0", EPERM))).toBe("doctor.seccomp");
    for (const passed of ["= 4", "= -1 EINVAL (Invalid argument)", "= ?"])
      expect(first(filter, create.replace(EPERM, passed), map("0x10000", EPERM))).not.toBe(
        "doctor.seccomp",
      );
  });

  test("a seccomp filter of prctl(2) is the cause too, other options are none", () => {
    const prctl = (args: string) => first(`prctl(${args}) = 0`, map("0", EPERM));
    expect(prctl("PR_SET_SECCOMP, SECCOMP_MODE_FILTER, {len=4, filter=0x7ffe}")).toBe(
      "doctor.seccomp",
    );
    expect(prctl("PR_GET_SECCOMP")).not.toBe("doctor.seccomp");
    expect(prctl("PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0")).not.toBe("doctor.seccomp");
  });

  test("a refused probe of libbpf explains the map that its program lacks", () => {
    const probe = load("SOCKET_FILTER", "insn_cnt=5, kern_version=KERNEL_VERSION(0, 0, 0)", EPERM);
    const real = load(
      "XDP",
      "insn_cnt=85, kern_version=KERNEL_VERSION(6, 18, 0)",
      "= -1 EINVAL (Invalid argument)",
    );
    const masks = options.map((line) =>
      line.replace('"delegate_progs", "any"', '"delegate_progs", "xdp"'),
    );
    expect(explainText([...masks, probe, real].join("\n")).candidates[0]).toMatchObject({
      id: "token.dropped.prog",
      cause: expect.stringMatching(
        /^libbpf may not .*: the token does not allow program type socket_f/,
      ),
      fix: ["add socket_filter to delegate_progs"],
    });
    expect(first(probe, real)).toBe("explain.libbpf_probe");
    // libbpf gives its probes no names if the probe for names was refused.
    const array = map("BPF_F_MMAPABLE|0x10000", EPERM).replace("TYPE_HASH", "TYPE_ARRAY");
    const insns =
      "insn_cnt=4, insns=[{code=BPF_LD|BPF_DW|BPF_IMM, dst_reg=BPF_REG_1, src_reg=BPF_REG_2, off=0, imm=0x5}, {code=BPF_LD|BPF_W|BPF_IMM, dst_reg=BPF_REG_0, src_reg=BPF_REG_0, off=0, imm=0}, {code=BPF_ALU64|BPF_K|BPF_MOV, dst_reg=BPF_REG_0, src_reg=BPF_REG_0, off=0, imm=0}, {code=BPF_JMP|BPF_K|BPF_EXIT, dst_reg=BPF_REG_0, src_reg=BPF_REG_0, off=0, imm=0}], kern_version=KERNEL_VERSION(6, 18, 0)";
    const reads = load("XDP", insns, "= -1 EINVAL (Invalid argument)");
    const arrays = options.map((line) => line.replace('"array"', '"hash"'));
    expect(first(...arrays, array, reads)).toBe("token.dropped.map");
    expect(first(...arrays, array, reads.replace("src_reg=BPF_REG_2", "src_reg=BPF_REG_0"))).toBe(
      "explain.verifier",
    );
    expect(first(real)).toBe("explain.verifier");
    // libbpf probes before it creates maps, and only for a program that has variables.
    const stack = map("0x10000", EPERM).replace("TYPE_HASH", "TYPE_STACK");
    expect(explainText([...arrays, array, stack].join("\n")).candidates[0]?.fix).toEqual([
      "add array to delegate_maps",
    ]);
    // The map is missing also if the program lacks something of its own.
    const lacking = arrays.map((line) =>
      line.replace('"delegate_progs", "any"', '"delegate_progs", "kprobe"'),
    );
    expect(first(...lacking, array, reads.replace(/= -1.*/, EPERM))).toBe("token.dropped.map");
    expect(first(...lacking, reads.replace(/= -1.*/, EPERM))).toBe("token.dropped.prog");
  });

  test("libbpf's first probe does not matter if the loader then creates a map", () => {
    const probe = `bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_SOCKET_FILTER, insn_cnt=2, prog_flags=0}, 148) ${EPERM}`;
    expect(first(probe)).toBe("prog.load.sysctl");
    expect(first(probe, map("0x10000", "= 5"))).toBeUndefined();
  });

  const XDP_PASS = "insn_cnt=2, kern_version=KERNEL_VERSION(6, 18, 0)";

  test.each([
    ["XDP", `${XDP_PASS}, prog_name="xdp_pass"`],
    ["XDP", 'insn_cnt=2, kern_version=KERNEL_VERSION(0, 0, 0), prog_name=""'],
    ["SOCKET_FILTER", `${XDP_PASS}, prog_name=""`],
    ["SOCKET_FILTER", 'insn_cnt=2, kern_version=KERNEL_VERSION(0, 0, 0), prog_name=""'],
  ])("a refused program of two instructions is the failure: %s, %s", (type, fields) => {
    const { candidates } = explainText(load(type, fields, EPERM).replace("0x10000", "0"));
    expect(candidates[0]?.kind).toBe("capability");
    const log = 'log_buf="0: (b7) r0 = 2\\nR0 is bad\\nprocessed 2 insns"';
    const refused = load(type, `${fields}, ${log}`, "= -1 EACCES (Permission denied)");
    expect(explainText(refused).candidates[0]).toMatchObject({
      id: "explain.verifier",
      cause: expect.stringContaining("R0 is bad"),
    });
  });

  test("a refused probe before a refused program is no failure", () => {
    const probe = load("KPROBE", "insn_cnt=2, kern_version=KERNEL_VERSION(0, 0, 0)", EPERM);
    const real = load("XDP", `${XDP_PASS}, prog_name="p"`, "= -1 EACCES (Permission denied)");
    const { candidates, harmless } = explainText(`${probe}\n${real}`);
    expect(candidates[0]?.id).toBe("explain.verifier");
    expect(harmless[0]?.id).toBe("explain.probe_answer");
  });

  test("EACCES without a log can be a missing capability", () => {
    const { candidates } = explainText(
      load("XDP", "insn_cnt=9, log_level=0", "= -1 EACCES (Permission denied)"),
    );
    expect(candidates.map(({ id, confidence }) => [id, confidence])).toEqual([
      ["explain.verifier", "likely"],
      ["explain.verifier_capability", "possible"],
    ]);
  });
});

test("BPF_TOKEN_CREATE, EINVAL, in a log without its arguments is no token matter", () => {
  const text = "bpf(0x24 /* BPF_??? */, 0x7ffcefa77db0, 8) = -1 EINVAL (Invalid argument)";
  const { candidates, token } = explainText(text);
  expect([candidates[0]?.id, token]).toEqual(["doctor.release", "no"]);
  expect(candidates[0]?.confidence).not.toBe("certain");
});

test.each([
  ["0x2a /* BPF_??? */", "explain.attach_unsupported"],
  ["BPF_XDP", "explain.xdp_driver"],
])("BPF_LINK_CREATE, EINVAL, is a matter of the driver for interfaces only: %s", (attach, id) => {
  const text = `bpf(BPF_LINK_CREATE, {link_create={prog_fd=15, target_fd=2, attach_type=${attach}, flags=0}, ...}, 48) = -1 EINVAL (Invalid argument)`;
  expect(explainText(text).candidates[0]?.id).toBe(id);
});
