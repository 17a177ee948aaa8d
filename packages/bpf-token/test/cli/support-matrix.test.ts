// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { cli } from "./run-cli.ts";

test("support --matrix --type prints what one type needs", async () => {
  const { code, out } = await cli(["support", "--matrix", "--type", "BPF_PROG_TYPE_XDP"]);
  expect(code).toBe(0);
  expect(out).toContain("XDP program, Linux 6.18");
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
  expect(release).toBe("6.18");
  expect(rows).toMatchObject([{ name: "map HASH", lackingIsNone: true }]);
});

test("support --matrix with an unknown --type suggests the nearest one", async () => {
  const { code, err } = await cli(["support", "--matrix", "--type", "xpd"]);
  expect(code).toBe(2);
  expect(err).toContain("did you mean 'xdp'?");
});
