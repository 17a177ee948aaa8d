// SPDX-License-Identifier: MIT

/** The changelog with what was unreleased under a version and a day, and an empty `Unreleased`. */
export function release(changelog, version, day) {
  const head = "## Unreleased\n";
  const [before, after, ...more] = changelog.split(head);
  if (after === undefined || more.length > 0) {
    throw new Error('the changelog has to have one heading "## Unreleased"');
  }
  const end = after.indexOf("\n## ");
  const section = end < 0 ? after : after.slice(0, end);
  if (section.trim() === "") throw new Error("the changelog tells nothing that is unreleased");
  return `${before}${head}\n## ${version} – ${day}\n${after}`;
}
