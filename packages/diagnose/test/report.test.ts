// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { FactsError, parseFacts, redact } from "../src/index.ts";
import { bpffs, container } from "./facts.ts";

test("a report survives JSON", () => {
  const facts = container();
  expect(parseFacts(JSON.stringify(facts))).toEqual(facts);
});

const facts = container();
test.each([
  ["{", "not JSON"],
  ["null", "the report: expected an object"],
  ["[]", "the report: expected an object"],
  ['{"schema":"bpf-token/facts@2"}', 'schema: expected "bpf-token/facts@1"'],
  [JSON.stringify({ ...facts, pid: "1" }), "pid: expected an integer"],
  [
    JSON.stringify(facts).replace(/"inode":\d+/, '"inode":1e999'),
    "userns.inode: expected an integer",
  ],
  [JSON.stringify({ ...facts, bpffs: {} }), "bpffs: expected a list"],
  [JSON.stringify({ ...facts, bpffs: [null] }), "bpffs[0]: expected an object"],
  [JSON.stringify({ ...facts, bpffs: [{ ...bpffs, device: 1 }] }), "bpffs[0].device"],
  [
    JSON.stringify({ ...facts, bpffs: [{ ...bpffs, delegates: { delegate_cmds: 1 } }] }),
    "bpffs[0].delegates.delegate_cmds: expected a mask",
  ],
  [
    JSON.stringify({ ...facts, bpffs: [{ ...bpffs, delegates: { delegate_cmds: "any\0" } }] }),
    "bpffs[0].delegates.delegate_cmds: expected a mask",
  ],
  [
    JSON.stringify({ ...facts, bpffs: [{ ...bpffs, delegates: { cmds: "any" } }] }),
    "bpffs[0].delegates: expected options such as delegate_cmds",
  ],
  [
    JSON.stringify({ ...facts, capabilities: { ...facts.capabilities, effective: "xyz" } }),
    "capabilities.effective: expected at most 16 hexadecimal digits",
  ],
  [JSON.stringify({ ...facts, userns: { inode: 1 } }), "userns.initial: expected a boolean"],
  [JSON.stringify({ ...facts, lsms: "bpf" }), "lsms: expected a list"],
  [JSON.stringify({ ...facts, lsms: ["bpf", 1] }), "lsms: expected strings"],
  [JSON.stringify({ ...facts, btf: 1 }), "btf: expected a boolean"],
  [JSON.stringify({ ...facts, lockdown: null }), "lockdown: expected a string"],
  [JSON.stringify({ ...facts, perfEventParanoid: "2" }), "perfEventParanoid: expected an integer"],
  [JSON.stringify({ ...facts, manager: null }), "manager: expected an object"],
  [JSON.stringify({ ...facts, manager: { kind: "lxc" } }), "manager.name: expected a string"],
  [JSON.stringify({ ...facts, unknown: [null] }), "unknown[0]: expected an object"],
  [JSON.stringify({ ...facts, unknown: [{ fact: "x" }] }), "unknown[0].why: expected a string"],
])("an invalid report names the field: %s", (text, message) => {
  expect(() => parseFacts(text)).toThrow(FactsError);
  expect(() => parseFacts(text)).toThrow(message);
});

test("redaction removes names and paths, and keeps what decides", () => {
  const secret = container({
    program: "secret-agent",
    manager: { kind: "systemd", name: "secret.service" },
    bpffs: [bpffs, { ...bpffs, path: "/home/secret/bpf", root: "/secret" }],
  });
  const report = redact(secret);
  expect(JSON.stringify(report)).not.toContain("secret");
  expect(report.bpffs[0]).toEqual(bpffs);
  expect(report.capabilities).toEqual(secret.capabilities);
  expect(report.manager?.kind).toBe("systemd");
});
