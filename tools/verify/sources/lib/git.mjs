// SPDX-License-Identifier: MIT
// Git checkouts with damaged objects, references and configuration.
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { deflateSync } from "node:zlib";
import { base } from "./base.mjs";
import { mangleBytes, pick } from "./mangle.mjs";

function git(folder, ...args) {
  const who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "gc.auto=0"];
  const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
  const run = spawnSync("git", ["-C", folder, ...who, ...args], { encoding: "utf8", env });
  if (run.status !== 0) throw new Error(`git ${args.join(" ")}: ${run.stderr}`);
}

/** Creates the checkout that each run copies: two commits, a tag, and a pack next to loose objects. */
export function createTemplate(folder) {
  for (const [path, text] of Object.entries(base)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  git(folder, "init", "-q", "-b", "main");
  git(folder, "add", "-A");
  git(folder, "commit", "-qm", "first");
  git(folder, "tag", "-am", "tag", "v6.12");
  git(folder, "repack", "-qad");
  appendFileSync(join(folder, "Makefile"), "# more\n");
  git(folder, "commit", "-qam", "second");
  rmSync(join(folder, ".git/hooks"), { recursive: true, force: true });
}

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Lines of a configuration that would run a command or connect to a network. */
const settings = (proof) => [
  `[core]\n\tfsmonitor = "touch ${proof}"`,
  `[core]\n\tsshCommand = "touch ${proof}"\n\thooksPath = .`,
  `[core]\n\tpager = "touch ${proof}"\n\teditor = "touch ${proof}"\n[pager]\n\tcat-file = true`,
  `[filter "x"]\n\tsmudge = "touch ${proof}"\n\trequired = true`,
  `[core]\n\trepositoryformatversion = 1\n[extensions]\n\tpartialClone = origin\n` +
    `[remote "origin"]\n\turl = "ext::sh -c 'touch ${proof}'"\n\tpromisor = true\n[protocol]\n\tallow = always`,
  `[alias]\n\tcat-file = "!touch ${proof}"\n\tls-tree = "!touch ${proof}"`,
  `[diff "x"]\n\ttextconv = "touch ${proof}"`,
  `[core]\n\trepositoryformatversion = 99`,
  `[extensions]\n\tobjectFormat = sha256\n\trefStorage = reftable`,
  `[core]\n\tworktree = /nowhere`,
  "[core\n",
  `[x "${"y".repeat(100_000)}"]\n`,
  `[credential]\n\thelper = "!touch ${proof}"`,
];

const revisions = [
  "HEAD",
  "v6.12",
  "main",
  "HEAD~1",
  "v6.12^{}",
  "HEAD:kernel",
  "HEAD^{tree}",
  "--help",
  "-x",
  "",
  "@{-1}",
  "main@{yesterday}",
  ":/first",
  "HEAD...v6.12",
  "a\nb",
  "\u001b[2J",
  "0".repeat(40),
  "../../etc/passwd",
  "refs/../../x",
  `HEAD${"^".repeat(20_000)}`,
  "x".repeat(100_000),
  "HEAD\0x",
  "FETCH_HEAD",
  "stash@{0}",
  "*",
  "HEAD --batch-all-objects",
];

/** Damages the repository. */
const damages = [
  (random, { repository }) => {
    const file = pick(random, filesBelow(repository));
    writeFileSync(file, mangleBytes(random, readFileSync(file), 6), { mode: 0o644, flag: "w" });
  },
  (random, { repository }) => rmSync(pick(random, filesBelow(repository))),
  (random, { repository, proof }) =>
    appendFileSync(join(repository, "config"), `\n${pick(random, settings(proof))}\n`),
  (random, { repository }) => {
    const file = pick(random, filesBelow(join(repository, "objects")));
    rmSync(file);
    spawnSync("mkfifo", [file]);
  },
  (random, { repository, bait }) => {
    const file = pick(
      random,
      filesBelow(repository).filter((name) => !name.endsWith("/config")),
    );
    rmSync(file);
    symlinkSync(pick(random, ["/dev/zero", file, bait.missing]), file);
  },
  (random, { repository }) => {
    const text = pick(random, [
      "ref: refs/heads/x\n",
      "ref: refs/heads/../../HEAD\n",
      "x",
      "",
      "ref: HEAD\n",
    ]);
    writeFileSync(join(repository, "HEAD"), text);
  },
  (random, { repository }) => {
    const name = "ab";
    const object = join(repository, "objects", name, "c".repeat(38));
    mkdirSync(dirname(object), { recursive: true });
    const head = pick(random, [
      "blob 9999999999999\0",
      "tree 5\0",
      "commit -1\0",
      "x\0",
      "blob 67108864\0",
    ]);
    writeFileSync(
      object,
      deflateSync(Buffer.concat([Buffer.from(head), Buffer.alloc(random(1 << 26))])),
    );
    writeFileSync(join(repository, "refs/heads/main"), `${name}${"c".repeat(38)}\n`);
  },
  (random, { repository }) => {
    const line = `${"1".repeat(40)} refs/heads/x\n`;
    writeFileSync(join(repository, "packed-refs"), line.repeat(random(200_000)));
  },
  (_, { repository }) => {
    const file = join(repository, "index");
    truncateSync(file, 0);
    truncateSync(file, 2 ** 36);
  },
  (random, { top }) => {
    rmSync(join(top, ".git"), { recursive: true, force: true });
    writeFileSync(
      join(top, ".git"),
      pick(random, ["gitdir: .git\n", "gitdir: /dev/zero\n", "x", "gitdir: ..\n"]),
    );
  },
];

/** Copies the template and damages it. */
export function checkout(random, { folder, bait, template }) {
  const top = join(folder, pick(random, ["linux", "a@b", "-c", "x y"]));
  cpSync(template, top, { recursive: true });
  const repository = join(top, ".git");
  const context = { top, repository, bait, proof: join(folder, "proof") };
  const done = [];
  for (let n = random(4); n > 0; n--) {
    if (!statSync(repository, { throwIfNoEntry: false })?.isDirectory()) break;
    const which = random(damages.length);
    done.push(which);
    try {
      damages[which](random, context);
    } catch (error) {
      // An earlier damage removed what this one changes.
      if (error.code === undefined) throw error;
    }
  }
  const revision =
    random(3) === 0 ? pick(random, revisions) : pick(random, ["HEAD", "v6.12", "main"]);
  return { place: `${top}@${revision}`, what: `damages ${done.join(", ")}`, proof: context.proof };
}
