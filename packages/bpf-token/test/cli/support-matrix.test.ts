// SPDX-License-Identifier: MIT
import { defaultRelease } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { cli } from "./run-cli.ts";

test("support --matrix --type prints what one type needs", async () => {
  const { code, out } = await cli(["support", "--matrix", "--type", "BPF_PROG_TYPE_XDP"]);
  expect(code).toBe(0);
  expect(out).toContain(`XDP program, Linux ${defaultRelease}`);
  expect(out).toMatch(/container +never: EPERM/);
  expect(out).toMatch(/initial user namespace +CAP_BPF \+ CAP_NET_ADMIN, or CAP_SYS_ADMIN/);
});

test("support --matrix prints all types of the release", async () => {
  const { code, out } = await cli(["support", "--matrix", "--release", "v10"]);
  expect(code).toBe(0);
  expect(out).toMatch(/^HASH +CAP_BPF/m);
  expect(out).toMatch(/^TRACING +CAP_BPF \+ CAP_PERFMON.*\(\*EINVAL\)$/m);
  expect(out).not.toContain("ARENA");
});

test("support --matrix --json prints the rows", async () => {
  const { out } = await cli(["support", "--matrix", "--type", "hash", "--json"]);
  const { release, rows } = JSON.parse(out) as { release: string; rows: unknown[] };
  expect(release).toBe(defaultRelease);
  expect(rows).toMatchObject([{ name: "map HASH", lackingIsNone: true }]);
});

test("support --matrix with an unknown --type suggests the nearest one", async () => {
  const { code, err } = await cli(["support", "--matrix", "--type", "xpd"]);
  expect(code).toBe(2);
  expect(err).toContain("did you mean 'xdp'?");
});

test("support --matrix --type prints what a program needs, and the attach types that it cannot have", async () => {
  const { out } = await cli(["support", "--matrix", "--type", "tracing"]);
  expect(out).toMatch(/attach types: all but trace_fentry_multi, trace_fexit_multi,/);
  expect(out).toMatch(
    /initial user namespace +CAP_BPF \+ CAP_PERFMON, or CAP_SYS_ADMIN \(\*EINVAL\)/,
  );
  expect(out).toMatch(
    /attach types: trace_fentry_multi, trace_fexit_multi, trace_fsession_multi\n/,
  );
});

test("support --matrix marks only the types that few attach types fit", async () => {
  const { out } = await cli(["support", "--matrix"]);
  expect(out).toMatch(/^CGROUP_SOCK .*\(some attach types\)$/m);
  expect(out).toMatch(/^XDP +CAP_BPF \+ CAP_NET_ADMIN, or CAP_SYS_ADMIN$/m);
});
