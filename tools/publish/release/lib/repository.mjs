// SPDX-License-Identifier: MIT
// Where the source of a published package is. npm compares it with the provenance.

/**
 * The address of the repository that runs the workflow.
 *
 * @param {NodeJS.ProcessEnv} env - GitHub sets GITHUB_SERVER_URL and GITHUB_REPOSITORY.
 * @throws Error without them.
 */
export function repositoryUrl({ GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name }) {
  if (server && name) return `${server}/${name}`;
  throw new Error(
    "--publish runs in the workflow publish.yml: only there has npm proof of the source; docs/publishing.md",
  );
}

/** A manifest with the addresses of its source, its page and its issues. */
export function withRepository(json, url, directory) {
  return {
    ...json,
    homepage: `${url}#readme`,
    bugs: { url: `${url}/issues` },
    repository: { type: "git", url: `git+${url}.git`, directory },
  };
}
