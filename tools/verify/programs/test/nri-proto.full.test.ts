// SPDX-License-Identifier: MIT
// The messages of `bpf-token nri` against the definitions of the protocol in Debian's packages.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  CREATE_CONTAINER,
  protoFields,
} from "../../../../packages/bpf-token/src/cli/nri/messages.ts";
import { fetchProtocol } from "../lib/debian.mjs";

const MINUTES_5 = 300_000;
const sources = ["containerd/nri/pkg/api/api.proto", "containerd/ttrpc/request.proto"];

/** The number of each field, by message and name. */
function parseProto(text: string): Record<string, Record<string, number>> {
  const messages: Record<string, Record<string, number>> = {};
  for (const [, name = "", body = ""] of text.matchAll(/^(?:message|enum) (\w+) \{([^}]*)\}/gm)) {
    const fields = body.matchAll(/\b(\w+) = (\d+);/g);
    messages[name] = Object.fromEntries(
      [...fields].map(([, field = "", number]) => [field, Number(number)]),
    );
  }
  return messages;
}

test.for(["trixie", "sid"])(
  "each field has the number that the protocol of Debian %s gives it",
  { timeout: MINUTES_5 },
  async (suite, context) => {
    const folder = await fetchProtocol(suite);
    if (folder === undefined) return context.skip("NRI's protocol: it cannot be downloaded");
    const read = (path: string): string =>
      readFileSync(join(folder, "usr/share/gocode/src/github.com", path), "utf8");
    const messages = Object.assign({}, ...sources.map((path) => parseProto(read(path))));
    expect(messages).toMatchObject(protoFields);
    expect(messages.Event).toMatchObject({ CREATE_CONTAINER });
    expect(read("containerd/nri/pkg/api/api.proto")).toContain("package nri.pkg.api.v1alpha1;");
  },
);
