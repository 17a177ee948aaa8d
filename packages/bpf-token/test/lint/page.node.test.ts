// SPDX-License-Identifier: MIT
// docs/lint-findings.md is written by this test: npx vitest run -u --project node FILE
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type LintExample, type LintFinding, lintFindings } from "../../src/lint/index.ts";

const page = fileURLToPath(new URL("../../../../docs/lint-findings.md", import.meta.url));

const languages: Readonly<Record<string, string>> = { sh: "sh", yaml: "yaml" };

function block(word: string, { file, text }: LintExample): string {
  const language = languages[file.split(".").at(-1) ?? ""] ?? "text";
  return `${word}, in \`${file}\`:

<!-- not run: packages/bpf-token/test/lint/findings.test.ts runs it on the model -->
\`\`\`${language}
${shortened(text)}\`\`\`
`;
}

/** An example with too many lines shows the first ones. */
function shortened(text: string): string {
  const lines = text.split("\n").slice(0, -1);
  if (lines.length <= 100) return text;
  return `${[...lines.slice(0, 3), `# and ${lines.length - 3} more lines`].join("\n")}\n`;
}

function section(finding: LintFinding): string {
  const { id, severity, confidence, persona, sentence, bad, good, safe, loads } = finding;
  const facts = [
    `${severity}, ${confidence}`,
    ...(persona === "auditor" ? ["printed with `--persona auditor`"] : []),
    ...(safe ? ["`--fix` writes it"] : []),
    ...(loads ? ["the program loads all the same"] : []),
  ];
  return `### ${id}

${facts.join("; ")}. ${sentence}

${block("Wrong", bad)}
${block("Right", good)}`;
}

test("docs/lint-findings.md has every finding", async () => {
  const text = `# Findings of lint

This page is for people whose file \`bpf-token lint\` reported. It has every finding with a wrong and a right example.
[lint.md](lint.md) says what \`lint\` reads.

The program of the examples is an XDP program with an array map, and its loader makes no probes. On the model, it loads
with each right example. With a wrong one it does not load, unless the finding names that.

## Findings

${lintFindings.map(section).join("\n")}`;
  await expect(text).toMatchFileSnapshot(page);
});
