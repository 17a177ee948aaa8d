// SPDX-License-Identifier: MIT
// @ts-check

/**
 * Formats rules as JSON with one rule a line, so that a difference shows whole rules.
 * @param {readonly unknown[]} rules
 * @returns {string} with a newline at the end
 */
export function formatJson(rules) {
  return `[\n${rules.map((rule) => JSON.stringify(rule)).join(",\n")}\n]\n`;
}
