// SPDX-License-Identifier: MIT
import type { KernelRelease } from "@bpf-token/uapi";

/**
 * Formats a scenario as a TypeScript program that runs it.
 *
 * @param yaml - the scenario in its canonical form.
 * @example
 * ```ts
 * typescriptOf("name: x\nsteps: []\n", "6.12");
 * ```
 */
export function typescriptOf(yaml: string, release: KernelRelease): string {
  const text = yaml.replaceAll(/[\\`]|\$(?=\{)/g, "\\$&");
  return `import { createKernel } from "bpf-token";
import { parseScenario, run } from "bpf-token/scenario";

const scenario = parseScenario(\`
${text}\`);
const kernel = createKernel({ release: "${release}" });
const { outcome, reason } = run(kernel, scenario);
kernel.close();
if (outcome !== "passed") throw new Error(\`\${scenario.name}: \${outcome} \${reason ?? ""}\`);
`;
}
