// SPDX-License-Identifier: MIT
// The text of a private apt configuration, derived from that of the machine.

/** Debian's keys, for sources without Signed-By. */
const DEBIAN_KEYS = "/usr/share/keyrings/debian-archive-keyring.pgp";

/**
 * Reads sources of apt.
 *
 * @param text - a file of `sources.list.d`, or `sources.list`.
 * @param format - `sources` for paragraphs of fields (deb822), `list` for one line each.
 * @returns for each enabled source of binary packages its URIs, suites, components and options.
 */
export function parseSources(text, format) {
  const entries = format === "sources" ? parseParagraphs(text) : parseLines(text);
  return entries.filter(({ types, enabled }) => types.includes("deb") && enabled);
}

function parseParagraphs(text) {
  const lines = text.split("\n").filter((line) => !line.startsWith("#"));
  const paragraphs = lines.join("\n").split(/\n[ \t]*\n/);
  return paragraphs
    .map(fieldsOf)
    .filter((fields) => fields.has("uris"))
    .map((fields) => ({
      types: words(fields.get("types")),
      uris: words(fields.get("uris")),
      suites: words(fields.get("suites")),
      components: words(fields.get("components")),
      signedBy: fields.get("signed-by"),
      trusted: fields.get("trusted") === "yes",
      enabled: fields.get("enabled") !== "no",
    }));
}

/** The fields of a paragraph by name in lower case; a value keeps its further lines. */
function fieldsOf(paragraph) {
  const fields = new Map();
  let name;
  for (const line of paragraph.split("\n")) {
    const start = /^([\w-]+):(.*)$/.exec(line);
    if (start !== null) {
      name = start[1].toLowerCase();
      fields.set(name, start[2].trim());
    } else if (name !== undefined && /^[ \t]/.test(line)) {
      fields.set(name, `${fields.get(name)}\n${line}`);
    }
  }
  return fields;
}

function parseLines(text) {
  return text.split("\n").flatMap((line) => {
    const found = /^\s*(deb|deb-src)\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (found === null) return [];
    const [, type, options = "", uri, suite, components] = found;
    const option = (name) =>
      words(options)
        .find((word) => word.startsWith(`${name}=`))
        ?.slice(name.length + 1);
    return [
      {
        types: [type],
        uris: [uri],
        suites: [suite],
        components: words(components),
        signedBy: option("signed-by")?.replaceAll(",", " "),
        trusted: option("trusted") === "yes",
        enabled: true,
      },
    ];
  });
}

function words(text = "") {
  return text.split(/\s+/).filter((word) => word !== "");
}

/**
 * The sources that a private apt reads: the machine's sources of one Debian release, and further
 * suites of the same mirrors. Sources whose signature apt would not check are skipped.
 *
 * @param entries - as {@link parseSources} returns them.
 * @param stable - the release by its code name.
 * @param more - further suites.
 * @returns text of a `.sources` file; empty if the machine has no source of that release.
 */
export function privateSources(entries, { stable, more }) {
  const ours = new RegExp(`^${stable}(-updates|-security)?$`);
  const paragraphs = entries
    .filter(
      ({ trusted, uris }) => !trusted && uris.every((uri) => /^(https?|mirror\S*):/.test(uri)),
    )
    .map((entry) => {
      const suites = entry.suites.filter((suite) => ours.test(suite));
      const added = suites.includes(stable) ? more : [];
      return { ...entry, suites: [...suites, ...added] };
    })
    .filter(({ suites }) => suites.length > 0);
  return paragraphs.map(paragraphOf).join("\n");
}

function paragraphOf({ uris, suites, signedBy = DEBIAN_KEYS }) {
  return `Types: deb
URIs: ${uris.join(" ")}
Suites: ${suites.join(" ")}
Components: main
Signed-By: ${signedBy}
`;
}

/** The machine's settings that a download needs: proxies, retries and date checks. */
const kept = /^Acquire::(https?|Retries|ForceIPv[46]|Check-Valid-Until|Check-Date)\b/i;

/**
 * The configuration of a private apt with its own state, cache and sources. It reads no file of the
 * machine's configuration, so none of the machine's hooks run.
 *
 * @param folder - an empty folder, see {@link privateFolders}.
 * @param dump - what `apt-config dump` prints.
 * @param architecture - of the packages, as Debian names it.
 */
export function privateConfig(folder, dump, architecture) {
  const settings = dump.split("\n").filter((line) => kept.test(line) && !/ "";$/.test(line));
  return `${settings.join("\n")}
Dir::State "${folder}/state";
Dir::State::status "${folder}/status";
Dir::Cache "${folder}/cache";
Dir::Log "${folder}/log";
Dir::Etc::main "/dev/null";
Dir::Etc::parts "${folder}/none";
Dir::Etc::sourcelist "${folder}/private.sources";
Dir::Etc::sourceparts "${folder}/none";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "${folder}/none";
Dir::Etc::trusted "/dev/null";
Dir::Etc::trustedparts "${folder}/none";
APT::Sandbox::User "root";
APT::Architecture "${architecture}";
APT::Architectures "${architecture}";
APT::Get::AllowUnauthenticated "false";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::AllowDowngradeToInsecureRepositories "false";
Acquire::Languages "none";
`;
}

/** The folders that the configuration names. */
export function privateFolders(folder) {
  return ["state/lists/partial", "cache/archives/partial", "log", "none"].map(
    (name) => `${folder}/${name}`,
  );
}

/** The fields of a package from what `apt-cache show` prints. */
export function describePackage(text) {
  const field = (name) => new RegExp(`^${name}: (.+)$`, "m").exec(text)?.[1];
  return { version: field("Version"), sha256: field("SHA256") };
}
