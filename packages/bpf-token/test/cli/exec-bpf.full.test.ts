// SPDX-License-Identifier: MIT
import { bpfKernelReleases } from "@bpf-token/kernel-bpf/node";
import { expect, type TestContext, test } from "vitest";
import { describeNative } from "./native.ts";
import { useProgramFolder } from "./program-folder.ts";

const [release = "6.12"] = bpfKernelReleases();
const subject = ["--subject", `bpf:${release}`, "--initial"];

describeNative("a program on Linux's own BPF subsystem", ["cc"], attachments);

function attachments(): void {
  const { compile, exec } = useProgramFolder();
  const needModule = (context: TestContext): void =>
    context.skip(bpfKernelReleases().length === 0, `no module of Linux ${release} was built`);
  const rest = "update: ok\nlookup: ok\nvalue: 7\n";

  test("gets ENOSYS with --lenient for what it lacks, and the kernel continues", async (context) => {
    needModule(context);
    const { code, text, err } = await exec([...subject, "--lenient"], compile("attach-all"));
    expect([code, text]).toEqual([
      0,
      `tracepoint: ENOSYS\ntcx: ENOSYS\nlsm: ENOSYS\ncgroup: ENOSYS\n${rest}`,
    ]);
    expect(err).not.toContain("kernel lost");
    expect(err).toContain("so the program got ENOSYS: __dev_get_by_index\n");
    expect(err).toContain("so the program got ENOSYS: attach to bpf_lsm_socket_create\n");
  });

  test.each([
    ["tracepoint", "tracepoint_probe_register"],
    ["tcx", "__dev_get_by_index"],
    ["lsm", "attach to bpf_lsm_socket_create"],
    ["cgroup", "cgroup_get_from_fd"],
  ])("is ended by name: %s", async (kind, name) => {
    const { code, err } = await exec(subject, compile("attach-all"), kind);
    expect([code, err]).toEqual([
      3,
      expect.stringContaining(`does not have what it used: ${name}`),
    ]);
    expect(err).not.toContain("kernel lost");
  });
}
