// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  attrLayout,
  attrUnionSize,
  type BpfCmdName,
  enumBound,
  enumMembers,
  type KernelRelease,
  kernelReleases,
  releaseCode,
} from "@bpf-token/uapi";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { assertsHeader } from "../emit-c-uapi.mjs";
import { loadFacts } from "../facts.mjs";

const core = fileURLToPath(new URL("../../../../core-c", import.meta.url));
const facts = fileURLToPath(new URL("../facts.json", import.meta.url));
const dir = mkdtempSync(join(tmpdir(), "uapi-headers-"));
afterAll(() => rmSync(dir, { recursive: true }));
writeFileSync(join(dir, "uapi_asserts.h"), assertsHeader(loadFacts(facts)));
const strict = ["-std=gnu11", "-ffreestanding", "-nostdinc", "-Wall", "-Wextra", "-Werror"];
const compilers = [
  ["cc", []],
  ["clang-19", ["--target=wasm32"]],
] as const;

/** Only the interface headers; then the same with the model's `linux/types.h` first. */
const paths = [
  ["-Iinclude/uapi", "-Iinclude", `-I${dir}`],
  ["-Iinclude", "-Iinclude/uapi", `-I${dir}`],
];

const headers = ["linux", "asm", "asm-generic"].flatMap((d) =>
  readdirSync(`${core}/include/uapi/${d}`).map((f) => `uapi/${d}/${f}`),
);
const source = [...headers, "uapi_asserts.h", "generated/facts_tables.h", "generated/syscalls.h"]
  .map((h) => `#include <${h}>`)
  .join("\n");

function compile(cc: string, args: readonly string[], input: string) {
  const run = spawnSync(cc, [...strict, ...args, "-fsyntax-only", "-x", "c", "-"], {
    cwd: core,
    input: `${input}\n`,
    encoding: "utf8",
  });
  return { missing: run.error !== undefined, status: run.status, err: run.stderr };
}

describe.each(compilers)("headers under %s %s", (cc, target) => {
  const { missing } = compile(cc, target, "int x;");
  beforeEach((context) => {
    if (missing) context.skip(`headers in C: ${cc} is not installed`);
  });

  describe.each(kernelReleases)("for release %s", (release) => {
    it.each(paths)("have the sizes and offsets of the facts (%s %s)", (...order) => {
      const define = `-DUAPI_RELEASE=${releaseCode(release)}`;
      const { status, err } = compile(cc, [...target, ...order, define], source);
      expect({ status, err }).toEqual({ status: 0, err: "" });
    });
  });

  it("default to the newest release", () => {
    const assert =
      '_Static_assert(sizeof(union bpf_attr) == 168, "");_Static_assert(__MAX_BPF_CMD == 39, "");';
    const { status, err } = compile(
      cc,
      [...target, "-Iinclude/uapi"],
      `#include <linux/bpf.h>\n${assert}`,
    );
    expect({ status, err }).toEqual({ status: 0, err: "" });
  });

  it("contain assertions: a wrong size does not compile", () => {
    const wrong = '#include <linux/bpf.h>\n_Static_assert(sizeof(union bpf_attr) == 160, "size");';
    expect(compile(cc, [...target, "-Iinclude/uapi"], wrong).status).not.toBe(0);
  });
});

describe("the core's tables", () => {
  const { missing } = compile("cc", [], "int x;");

  it("match the TypeScript tables for every release", (context) => {
    if (missing) context.skip("headers in C: cc is not installed");
    const program = join(dir, "tables");
    const args = ["-std=gnu11", "-Iinclude/uapi", "-Iinclude", "-x", "c", "-", "-o", program];
    const built = spawnSync("cc", args, { cwd: core, input: tables, encoding: "utf8" });
    expect({ status: built.status, err: built.stderr }).toEqual({ status: 0, err: "" });
    const said = spawnSync(program, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    expect(said.stdout.trim().split("\n")).toEqual(kernelReleases.flatMap(expected));
  });
});

const tables = `
#include <generated/facts_tables.h>
int printf(const char *, ...);
int main(void)
{
	for (int i = 0; i < FACTS_NR_RELEASES; i++) {
		__u32 code = facts_releases[i].code;

		printf("%s %u", facts_releases[i].name, bpf_attr_union_size(code));
		for (int e = 0; e < NR_FACTS_ENUMS; e++)
			printf(" %u", bpf_enum_bound(e, code));
		printf("\\n");
		for (__u32 c = 0; c < 40; c++)
			printf("%u %u %d\\n", c, bpf_attr_last_field_end(c, code), bpf_token_fd_offset(c, code));
	}
	return bpf_attr_union_size(4) || facts_release_by_code(6010) ? 1 : 0;
}
`;

const tokenFields = ["map_token_fd", "prog_token_fd", "btf_token_fd", "fd_by_id_token_fd"];

function expected(release: KernelRelease): string[] {
  const kinds = ["bpf_cmd", "bpf_map_type", "bpf_prog_type", "bpf_attach_type"] as const;
  const bounds = kinds.map((k) => enumBound(k, release)).join(" ");
  const commands = [...Array(40).keys()].map((nr) => {
    const cmd = enumMembers("bpf_cmd", release).find((m) => m.value === nr)?.name;
    if (cmd === undefined) return `${nr} 0 -1`;
    const { lastFieldEnd, fields } = attrLayout(cmd as BpfCmdName, release);
    const token = fields.find((f) => tokenFields.includes(f.name) && f.offset < lastFieldEnd);
    return `${nr} ${lastFieldEnd} ${token?.offset ?? -1}`;
  });
  return [`${release} ${attrUnionSize(release)} ${bounds}`, ...commands];
}
