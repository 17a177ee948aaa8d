// SPDX-License-Identifier: MIT
import type { Diagnosis, Finding } from "@bpf-token/diagnose";
import { pageOf } from "@bpf-token/uapi/names";

/** A diagnosis, and the process that it is about. */
interface Report {
  readonly diagnosis: Pick<Diagnosis, "findings">;
  readonly about: string;
}

/** A rule of a SARIF log, and what to read about it. */
interface SarifRule {
  readonly id: string;
  readonly text: string;
}

/** A log of SARIF 2.1.0, which code scanning services read. */
export const sarifLog = (
  name: string,
  rules: readonly SarifRule[],
  results: readonly object[],
): object => ({
  $schema: "https://json.schemastore.org/sarif-2.1.0.json",
  version: "2.1.0",
  runs: [
    {
      tool: {
        driver: {
          name,
          // helpUri has to be absolute, and the site has no fixed host.
          rules: rules.map(({ id, text }) => ({
            ...{ id, help: { text }, properties: { page: pageOf(id) } },
          })),
        },
      },
      results,
    },
  ],
});

/** Formats diagnoses as SARIF. */
export function sarifOf(reports: readonly Report[], tool = "bpf-token doctor"): object {
  const ids = [
    ...new Set(reports.flatMap(({ diagnosis }) => diagnosis.findings.map(({ id }) => id))),
  ];
  const rules = ids.map((id) => ({ id, text: `see ${pageOf(id)} in the site of bpf-token` }));
  const results = reports.flatMap(({ diagnosis, about }) =>
    diagnosis.findings.map((finding) => resultOf(finding, ids, about)),
  );
  return sarifLog(tool, rules, results);
}

function resultOf(
  { id, severity, confidence, cause, evidence, fix }: Finding,
  ids: readonly string[],
  about: string,
): object {
  const text = [cause, ...fix.map((step) => `fix: ${step}`)].join("; ");
  return {
    ruleId: id,
    ruleIndex: ids.indexOf(id),
    level: severity,
    message: { text },
    // Findings concern a process or an object, not a line of a file.
    locations: [{ logicalLocations: [{ name: about, kind: "module" }] }],
    properties: { confidence, evidence, fix },
  };
}
