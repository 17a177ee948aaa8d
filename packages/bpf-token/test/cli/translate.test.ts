// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { cli } from "./run-cli.ts";

function file(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-translate-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "settings");
  writeFileSync(path, text);
  return path;
}

const unit = `[Service]
PrivateUsers=yes
DelegateNamespaces=mnt
PrivateBPF=yes
BPFDelegateCommands=BPFMapCreate,BPFProgLoad
BPFDelegateMaps=BPFMapTypeArray
BPFDelegatePrograms=BPFProgTypeXdp
BPFDelegateAttachments=BPFXdp
AmbientCapabilities=CAP_BPF CAP_NET_ADMIN
`;

test("a unit of systemd becomes mount options, and exec keeps the capabilities", async () => {
  const path = file(unit);
  expect(await cli(["translate", path, "--to", "kernel"])).toEqual({
    code: 0,
    out: "delegate_cmds=map_create:prog_load,delegate_maps=array,delegate_progs=xdp,delegate_attachs=xdp\n",
    err: "",
  });
  const { out } = await cli(["translate", path, "--to", "exec"]);
  expect(out).toContain("exec --caps bpf,net_admin --delegate cmds=map_create:prog_load,");
  const caps = await cli(["translate", path, "--to", "exec", "--caps", "bpf"]);
  expect(caps.out).toContain("exec --caps bpf --delegate");
});

test("what has no effect is reported within 80 columns, with exit code 1", async () => {
  const path = file("delegate_cmds=obj_get,link_create,delegate_maps=hash");
  const { code, out, err } = await cli(["translate", path, "--to", "incus"]);
  expect(code).toBe(1);
  expect(out).toBe("security.bpffs.delegate_cmds=obj_get\nsecurity.bpffs.delegate_maps=hash\n");
  const text = err.replaceAll(/\s+/g, " ");
  expect(text).toContain("write 'delegate_cmds=obj_get:link_create'");
  expect(text).toContain("obj_get has no effect: only map_create");
  expect(text).toContain("maps has no effect without the command map_create");
  for (const line of err.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
});

test("a release has only its own names", async () => {
  const text =
    "delegate_cmds=prog_load,delegate_progs=kprobe,delegate_attachs=trace_uprobe_session";
  const { code, out, err } = await cli([
    ...["translate", file(text), "--to", "kernel", "--release", "6.12"],
  ]);
  expect([code, out]).toEqual([
    1,
    "delegate_cmds=prog_load,delegate_progs=kprobe,delegate_attachs=0x200000000000000\n",
  ]);
  expect(err).toContain("Linux 6.12 does not know the attach type");
});

test("a text that is no delegation is a finding", async () => {
  const { code, out, err } = await cli(["translate", file("hello"), "--to", "lxd"]);
  expect([code, out]).toEqual([1, ""]);
  expect(err).toContain("the text is no delegation");
  const shifted = file("delegate_progs=netfilter");
  expect((await cli(["translate", shifted, "--to", "systemd"])).err).toContain(
    "systemd has no name for program type netfilter",
  );
});

test.each([
  [["x"], "--to is missing; one of kernel"],
  [["x", "--to", "systemdd"], "did you mean 'systemd'?"],
  [["x", "y", "--to", "lxd"], "give one FILE"],
  [["/nowhere/x", "--to", "lxd"], "the file does not exist"],
])("%j is a usage error", async (words, message) => {
  const { code, err } = await cli(["translate", ...words]);
  expect(code).toBe(2);
  expect(err).toContain(message);
});
