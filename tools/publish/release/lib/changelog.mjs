// SPDX-License-Identifier: MIT

/**
 * Moves the unreleased entries of the changelog below a version and a date, and adds an empty
 * `Unreleased`.
 */
export function release(changelog, version, day) {
  const head = "## Unreleased\n";
  const [before, after, ...more] = changelog.split(head);
  if (after === undefined || more.length > 0) {
    throw new Error('the changelog must have one heading "## Unreleased"');
  }
  const end = after.indexOf("\n## ");
  const section = end < 0 ? after : after.slice(0, end);
  if (section.trim() === "") throw new Error("the changelog has no unreleased entries");
  return `${before}${head}\n## ${version} – ${day}\n${after}`;
}
