// SPDX-License-Identifier: MIT
// The front door: how a text is read, and what it answers with an object.
import { describe, expect, test } from "vitest";
import { type StartQuestion, startAnswer, type TextAnswer } from "../src/start/answer.ts";
import { examples } from "../src/start/examples.ts";
import { markdownOf } from "../src/start/markdown.ts";
import { readSettings } from "../src/start/settings.ts";
import { exampleObject } from "../src/verify/example.ts";

const object = { file: "example.bpf.o", bytes: exampleObject() };
const ask = (text: string | Blob, more: Partial<StartQuestion> = {}) =>
  startAnswer({ text, loader: "libbpf", ...more });

async function settingsOf(text: string, more: Partial<StartQuestion> = {}) {
  const answer = (await ask(text, more)).text;
  if (answer?.kind !== "settings") throw new Error(`read as ${answer?.kind}`);
  return answer.settings;
}
const kindOf = async (text: string | Blob): Promise<TextAnswer["kind"] | undefined> =>
  (await ask(text)).text?.kind;

const unit = `[Service]
PrivateUsers=yes
PrivateMounts=yes
DelegateNamespaces=mnt
PrivateBPF=yes
BPFDelegateCommands=BPFMapCreate,BPFBtfLoad
BPFDelegatePrograms=BPFProgTypeXdp
BPFDelegateAttachments=BPFXdp
AmbientCapabilities=CAP_BPF CAP_NET_ADMIN
`;
const mountinfo = (options: string, root = "/") =>
  `31 1 0:27 / / rw shared:1 - ext4 /dev/vda rw\n36 31 0:33 ${root} /sys/fs/bpf rw - bpf bpf rw${options}\n`;

describe("how a text is read", () => {
  test.each(examples)("as an error: $title", async ({ text }) => {
    const answer = (await ask(text)).text;
    expect(answer?.kind === "error" && answer.explanation.candidates.length).toBeGreaterThan(0);
  });

  test("as settings, unless a line is an error", async () => {
    for (const text of [
      unit,
      mountinfo(",delegate_cmds=map_create"),
      mountinfo(""),
      "security.bpffs.delegate_cmds=map_create",
      "mount -t bpf -o delegate_cmds=map_create none /x",
    ]) {
      expect(await kindOf(text)).toBe("settings");
    }
    expect(await kindOf(`${unit}libbpf: prog 'x': failed to load: -1\n`)).toBe("error");
    expect(await kindOf("hello")).toBe("error");
    expect(await kindOf("  \n")).toBeUndefined();
  });

  test("as the user says", async () => {
    expect((await ask(unit, { reading: "error" })).text?.kind).toBe("error");
    const [read] = await settingsOf("EPERM", { reading: "settings" });
    expect(read?.problem).toContain("the text is no delegation");
  });

  test("as a report, and says why it cannot use one", async () => {
    const facts = {
      ...{ schema: "bpf-token/facts@1", pid: 7, program: "agent", release: "6.12.1", uid: 0 },
      capabilities: {
        ...{ effective: "0", permitted: "0", inheritable: "0", bounding: "0", ambient: "0" },
      },
      userns: { inode: 4026532000, initial: false },
      ...{ bpffs: [], seccomp: 0, noNewPrivileges: false, unknown: [] },
    };
    const { text } = await ask(JSON.stringify(facts));
    expect(text?.kind === "report" && text.diagnosis.ok).toBe(false);
    expect(text?.kind === "report" && text.diagnosis.findings.length).toBeGreaterThan(0);
    const wrong = JSON.stringify({ ...facts, pid: "seven" });
    expect((await ask(wrong)).text).toEqual({
      kind: "damaged",
      message: "pid: expected an integer",
    });
    expect(await kindOf(JSON.stringify({ ...facts, release: "?" }))).toBe("damaged");
    expect(await kindOf("{}")).toBe("error");
  });

  test("a large file in pieces", async () => {
    const line = "bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH}, 80) = -1 EPERM (denied)\n";
    const file = new Blob(["x\n".repeat(5_000_000), line]);
    expect(file.size).toBeGreaterThan(8 << 20);
    const { text } = await ask(file);
    expect(text?.kind === "error" && text.explanation.candidates.length).toBeGreaterThan(0);
  });
});

describe("settings with an object", () => {
  test("a unit lacks a command and the programs of libbpf's probes", async () => {
    const [read] = await settingsOf(unit, { object });
    const missing = read?.missing?.map(({ axis, name }) => `${axis} ${name}`);
    expect(missing).toContain("cmds prog_load");
    expect(missing).toContain("progs socket_filter");
    expect(read?.capabilities).toEqual([]);
  });

  test("a mountinfo that has everything leaves the capabilities open", async () => {
    const options =
      ",delegate_cmds=map_create:prog_load:btf_load,delegate_progs=socket_filter:xdp:cgroup_sock,delegate_attachs=cgroup_inet_ingress:cgroup_inet_sock_create:xdp";
    const [read] = await settingsOf(mountinfo(options), { object });
    expect(read?.missing).toEqual([]);
    expect(read?.where).toBe("the BPF filesystem on /sys/fs/bpf");
    expect(read?.capabilities).toContain("net_admin");
  });

  test("each BPF filesystem of a mountinfo is judged alone", () => {
    const two = `${mountinfo("")}40 31 0:44 / /run/bpf rw - bpf bpf rw,delegate_cmds=any\n`;
    expect(readSettings(two, undefined).map(({ where, problem }) => [where, problem])).toEqual([
      ["the BPF filesystem on /sys/fs/bpf", "it delegates nothing: it has no delegate option"],
      ["the BPF filesystem on /run/bpf", undefined],
    ]);
    const [below] = readSettings(mountinfo(",delegate_cmds=any", "/sub"), undefined);
    expect(below?.problem).toContain("only the directory /sub");
    const [none] = readSettings("31 1 0:27 / / rw - ext4 /dev/vda rw\n", undefined);
    expect(none?.problem).toContain("no BPF filesystem");
  });

  test("a unit without a delegation delegates nothing", async () => {
    const [read] = await settingsOf("[Service]\nExecStart=/usr/bin/agent\n", { object });
    expect(read?.problem).toContain("delegate nothing");
  });

  test("a wrong name is a problem with its place", async () => {
    const [read] = await settingsOf("security.bpffs.delegate_maps=hsh", { object });
    expect(read?.problem).toContain("hash");
  });
});

test("an object alone is answered too, and a damaged one with the reason", async () => {
  const { object: good, text } = await ask("", { object });
  expect(text).toBeUndefined();
  expect(good?.kind === "object" && good.policy.capabilities).toContain("net_admin");
  const bad = await ask("", { object: { file: "x.o", bytes: new Uint8Array(9) } });
  expect(bad.object?.kind).toBe("error");
});

test("of thousands of settings and mounts, the first hundred are shown", async () => {
  const mount = (mask: number): string => `mount -t bpf -o delegate_maps=${mask} none /b\n`;
  const text = Array.from({ length: 20_000 }, (_, i) => mount(i + 1)).join("");
  const mountLine = (i: number): string =>
    `36 31 0:33 / /b${i} rw - bpf bpf rw,delegate_maps=hash\n`;
  for (const many of [text, Array.from({ length: 20_000 }, (_, i) => mountLine(i)).join("")]) {
    const settings = await settingsOf(many, { reading: "settings" });
    expect(settings).toHaveLength(101);
    expect(settings[100]?.problem).toContain("the page shows 100 of 20000 delegations");
  }
});

describe("the answer as Markdown", () => {
  test("mentions nobody and has no link of the paste", async () => {
    for (const name of ["/@all", "/https://x.example", "/www.x.example"]) {
      const text = mountinfo("", "/x").replace("/sys/fs/bpf", name);
      const { text: answer } = await ask(text);
      const markdown = markdownOf({ ...(answer && { text: answer }) }, about);
      expect(markdown).toMatch(/all|example/);
      expect(markdown.split("Found with")[0]).not.toMatch(/@\w|:\/\/|www\./i);
    }
  });

  const about = { file: "a`b.o", dialect: "systemd", pageUrl: "http://x/" } as const;

  test("has the cause and the fix, and nothing of the text", async () => {
    const secret = "libbpf: prog 'secret_name': BPF program load failed: -EPERM\n";
    const markdown = markdownOf(await ask(secret), about);
    expect(markdown).toMatch(/^\*\*.+\*\*\n\n- /);
    expect(markdown).toContain("  - fix: ");
    expect(markdown).toContain("Found with http://x/");
    expect(markdown).not.toContain("secret_name");
  });

  test("has what is missing and the settings, and names are no markup", async () => {
    const markdown = markdownOf(await ask(unit, { object }), about);
    expect(markdown).toContain("**these settings: a\\`b.o lacks these**");
    expect(markdown).toContain("- `cmds prog_load`: ");
    expect(markdown).toContain(
      "Least delegation for `a b.o` with libbpf 1.4 to 1.7:\n\n```\n[Service]\n",
    );
  });
});
