// SPDX-License-Identifier: MIT
import { axisNames, delegationAxes } from "@bpf-token/delegation";
import { type KernelRelease, releaseCode } from "@bpf-token/uapi";
import { featureOf } from "../compatibility/table.js";
import { escapeMarkup } from "../diff/markup.js";
import type { Policy } from "./policy-result.js";

/**
 * Returns a badge for the README of an object: `loads with a delegation of 8 bits since Linux 6.9`. The
 * SVG is 20 pixels high, and has no script, link or font of its own.
 *
 * The release is the first one that has each name of the policy. What the programs need of the kernel
 * besides a token, such as kernel functions, is not part of it.
 *
 * @example
 * ```ts
 * writeFileSync("token.svg", policyBadge(policyOf([{ file: "x.bpf.o", object }])));
 * ```
 */
export function policyBadge(policy: Policy): string {
  const text = `loads with ${sizeText(policy)} since Linux ${sinceOf(policy)}`;
  // Fonts differ, so the length is set; a character of these fonts has some 5.9 pixels.
  const [label, value] = ["BPF token", text].map((part) => ({
    part: escapeMarkup(part),
    length: Math.round(part.length * 5.9),
  })) as [Part, Part];
  const [first, second] = [label.length + 12, value.length + 12];
  const shown = ({ part, length }: Part, x: number): string =>
    `<text x="${x}" y="14" textLength="${length}">${part}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${first + second}" height="20" role="img">
<title>${label.part}: ${value.part}</title>
<rect width="${first + second}" height="20" rx="3" fill="#24292f"/>
<path d="M${first} 0h${second - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H${first}z" fill="#1a6b3c"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
${shown(label, 6)}
${shown(value, first + 6)}
</g>
</svg>
`;
}

interface Part {
  readonly part: string;
  readonly length: number;
}

function sizeText({ delegation }: Policy): string {
  const named = axisNames.flatMap((axis) => {
    const items = delegation[axis] ?? [];
    return items === "any" ? [] : items;
  });
  const any = axisNames.filter((axis) => delegation[axis] === "any");
  const rest = any.map((axis) => ` and any ${delegationAxes[axis].what}`).join("");
  return `a delegation of ${named.length} ${named.length === 1 ? "bit" : "bits"}${rest}`;
}

function sinceOf({ delegation }: Policy): string {
  const releases = axisNames.flatMap((axis) => {
    const items = delegation[axis] ?? [];
    if (items === "any") return [];
    return items.flatMap((item) => {
      const { linux } = featureOf(axis, String(item)).support;
      const [cell] = [linux ?? []].flat();
      return typeof cell?.version_added === "string" ? [cell.version_added] : [];
    });
  });
  const code = (release: string): number => releaseCode(release as KernelRelease);
  return releases.reduce((newest, one) => (code(one) > code(newest) ? one : newest), "6.9");
}
