// SPDX-License-Identifier: MIT
// The collector in C and that in TypeScript read the same files: each decides what the other must find.
import { spawnSync } from "node:child_process";
import { existsSync, rmSync, symlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Facts, parseFacts, redact } from "../src/index.ts";
import { collectFacts } from "../src/node/index.ts";
import { fill, machine, OTHER } from "./machine.ts";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const program = path(`../../kernel-native/prebuilds/linux-${process.arch}/bpf-token-collect`);

const of = fc.constantFrom;
const texts = (most: number, ...words: readonly string[]): fc.Arbitrary<readonly string[]> =>
  fc.array(of(...words), { maxLength: most });

/** The characters before and after digits, letters and octal digits are next to those that count. */
const options = texts(
  4,
  ...["rw", "delegate_cmds=any", "delegate_maps=0x2", "delegate_progs=a:b", "delegate_=1", "", " "],
  ...["delegate_x=", "delegate_cmds", "xdelegate_cmds=any", "delegate_aZ09_z=1", "Delegate_cmds=1"],
  ...["delegate_a-b=1", "delegate_a@=1", "delegate_a[=1", "delegate_a`=1", "delegate_a{=1"],
  ...[
    "delegate_a/=1",
    "delegate_a:=1",
    "delegate_x=1\t2",
    "delegate_x= 1",

    "delegat",
  ],
);
const paths = of(
  ...["/b", "/sys/fs/bpf", "/run/bpf", "/bpf", "/sys/fs/bpf/", "/bp", "/a\\040b", "/\\134", "/é"],
  ...[
    "/\\303\\244",
    "/\\377x",
    "/\\177",
    "/\\200",
    "/x\\08",
    "/x\\12",
    "/x\\",
    "/\\0401",
    "/\\/00",
  ],
);
const mount = fc
  .tuple(
    of("0:1", "0:39", "0:41", "1:1048575"),
    of("/", "/a", "/a\\040b", "//", "/\\134", ""),
    paths,
    of(" ", " shared:1 ", " shared:1 master:2 ", " - "),
    of("bpf", "bpf", "bpf", "tmpfs", "bpfx", "bp", "bpf "),
    of("bpf", "none", "x,delegate_maps=any", "-", "a - b", ""),
    options,
  )
  .map(([device, root, at, shared, type, source, words]) => {
    return `67 47 ${device} ${root} ${at} rw${shared}- ${type} ${source} ${words.join(",")}`;
  });
const mounts = fc
  .tuple(fc.array(mount, { maxLength: 4 }), of("", "1 2 0:1", "\n", "1 2 0:1 / /b", "a - bpf b rw"))
  .map(([lines, last]) => [...lines, last].join("\n"));

const digits = of(
  "0",
  "1",
  "2",
  "10",
  "007",
  "1234567890",
  "12345678901",
  "2/",
  "2:",
  "x",
  "",
  "-",
);
const space = of("\t", " ", "\t ", "");
const line = (name: string, value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(of("", "", "", "x"), space, value, space, fc.boolean())
    .map(([before, one, text, two, there]) =>
      there ? `${before}${name}:${one}${text}${two}\n` : "",
    );
const bits = of("0000000000000000", "000001ffffffffff", "0000008000000000");
const status = fc
  .tuple(
    line("Name", of("agent", 'a"\\b', "a\u0001b", "a b", "", "Uid:\t7")),
    line(
      "Uid",
      fc.tuple(digits, digits, space).map(([a, b, c]) => `${a}\t${b}${c}\t1\t1`),
    ),
    ...["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"].map((name) => line(name, bits)),
    line("NoNewPrivs", of("0", "1", "11", "", "2")),
    line("Seccomp", digits),
    of("", "\n", "Name", "x"),
  )
  .map((lines) => lines.join(""));

const id = (letter: string): fc.Arbitrary<string> =>
  of(...[11, 12, 64, 65].map((count) => letter.repeat(count)), "0123456789abcdef", "aaaaaaaaaaag");
const cgroup = fc
  .array(
    fc
      .tuple(
        of(
          "0::",
          "12:pids:",
          "9:x:",
          "90:x\n9::",
          "7:\n",
          "1:name=systemd:",
          "",
          "x:y:",
          "12:pids",
          ":",
          "9:",
        ),
        of("/", "/kubepods/", "/kubepods.slice/pod1/", "/kubepods", "/docker/", "/docker-", "/lxc"),
        of(
          "",
          "cri-containerd-",
          "crio-",
          "docker-",
          "/docker/",
          "libpod-",
          "/libpod-",
          ".payload.",
        ),
        fc.oneof(id("a"), id("9"), id("f"), id("0"), of("web", "x")),
        of(
          "",
          ".scope",
          ".service",
          "/",
          "/init.scope",
          ".scope/container",
          ".scopes",
          "\r",
          "/a.b",
        ),
      )
      .map((parts) => parts.join("")),
    { maxLength: 3 },
  )
  .map((lines) => lines.join("\n"));

const kernel = fc.record({
  lsm: of("", "bpf", "capability,landlock,bpf", "a,,b", ",", "bpf\n", " a,b "),
  lockdown: of(
    "",
    "none [integrity] confidentiality",
    "[none]",
    "integrity",
    "[confidentiality]\n",
  ),
  disabled: fc.tuple(of("", "-", "--", " "), digits, space).map((words) => words.join("")),
  paranoid: fc.tuple(of("", "-", "--", " "), digits, space).map((words) => words.join("")),
  hasBtf: fc.boolean(),
});
const namespaces = fc.record({
  user: of(
    "user:[4026531837]",
    OTHER,
    "user:[0]",
    "user:[]",
    "user:[12x4]",
    "user:[9999999999]",
    "net:[5]",
    "users:7]",
    "user:[1/",
  ),
  net: of("net:[4026531840]", "net:[4026531841]", "net:[402653184]"),
  reader: of("user:[4026531837]", OTHER),
  hostMounts: mounts,
});

const files = fc.record({ mounts, status, cgroup, kernel, namespaces });
type Files = typeof files extends fc.Arbitrary<infer T> ? T : never;

/** Writes the files of process 4711, of the host, and of the reader. */
function written({ mounts: mountinfo, status: text, ...other }: Files) {
  const { user, net, reader, hostMounts } = other.namespaces;
  const here = machine(reader);
  const link = (name: string, to: string): void => {
    rmSync(name);
    symlinkSync(to, name);
  };
  link(`${here.proc}/4711/ns/user`, user);
  link(`${here.proc}/4711/ns/net`, net);
  fill(`${here.proc}/4711`, { mountinfo, status: text, cgroup: other.cgroup });
  fill(`${here.proc}/1`, { mountinfo: hostMounts });
  const { lsm, lockdown, disabled, paranoid, hasBtf } = other.kernel;
  fill(`${here.proc}/sys/kernel`, {
    unprivileged_bpf_disabled: disabled,
    perf_event_paranoid: paranoid,
  });
  fill(`${here.sys}/kernel/security`, { lsm, lockdown });
  if (!hasBtf) rmSync(`${here.sys}/kernel/btf/vmlinux`);
  return here;
}

/** One shell starts all programs: starting each one from Node takes much longer. */
function collectAll(words: readonly (readonly string[])[]): readonly string[] {
  const script = words.map((args) => `"$0" ${args.join(" ")} || exit`).join("\n");
  const run = spawnSync("sh", ["-c", script, program], { encoding: "utf8", maxBuffer: 1 << 26 });
  expect([run.status, run.stderr]).toEqual([0, ""]);
  return run.stdout.trimEnd().split("\n");
}

test("the collectors in C and in TypeScript find the same in random files", (context) => {
  if (!existsSync(program)) return context.skip("bpf-token-collect is not built: no C compiler");
  const some = fc.array(files, { minLength: 1, maxLength: 20, size: "max" });
  fc.assert(
    fc.property(some, fc.boolean(), (all, full) => {
      const places = all.map(written);
      const option = full ? ["--full"] : [];
      const lines = collectAll(
        places.map(({ proc, sys }) => [...option, "--proc", proc, "--sys", sys, "4711"]),
      );
      expect(lines.length).toBe(all.length);
      for (const [i, here] of places.entries()) {
        const { release } = JSON.parse(lines[i] ?? "") as Facts;
        const facts = collectFacts(4711, { ...here, release });
        expect(parseFacts(lines[i] ?? "")).toEqual(full ? facts : redact(facts));
      }
    }),
    { numRuns: 20 },
  );
});
