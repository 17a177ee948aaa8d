// SPDX-License-Identifier: MIT
import type { Diagnosis, Finding } from "@bpf-token/diagnose";

/** A diagnosis, and the process that it is about. */
interface Report {
  readonly diagnosis: Diagnosis;
  readonly about: string;
}

/** Formats diagnoses as SARIF 2.1.0, which code scanning services read. */
export function sarifOf(reports: readonly Report[]): object {
  const ids = [
    ...new Set(reports.flatMap(({ diagnosis }) => diagnosis.findings.map(({ id }) => id))),
  ];
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "bpf-token doctor",
            rules: ids.map((id) => ({
              id,
              help: {
                text: `see ${id.startsWith("doctor.") ? "docs/doctor.md" : "docs/checks.md"}`,
              },
            })),
          },
        },
        results: reports.flatMap(({ diagnosis, about }) =>
          diagnosis.findings.map((finding) => resultOf(finding, ids, about)),
        ),
      },
    ],
  };
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
