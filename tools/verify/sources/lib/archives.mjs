// SPDX-License-Identifier: MIT
// Archives: tar with damaged headers, also compressed.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { base, INODE, TOKEN } from "./base.mjs";
import { mangleBytes, pick } from "./mangle.mjs";

const BLOCK = 512;

function octal(value, length) {
  return `${Math.max(0, value)
    .toString(8)
    .padStart(length - 1, "0")
    .slice(-(length - 1))}\0`;
}

/** Sizes beyond the octal field are in base 256. */
function sizeField(size) {
  if (size >= 0 && size < 8 ** 11) return Buffer.from(octal(size, 12));
  const field = Buffer.alloc(12, size < 0 ? 0xff : 0);
  field[0] = size < 0 ? 0xff : 0x80;
  if (size >= 0) field.writeBigUInt64BE(BigInt(Math.min(size, 2 ** 62)), 4);
  return field;
}

/** A header of one member; wrong values stay wrong. */
function header({ name, size, type = "0", link = "", checksum, magic = "ustar\0" + "00" }) {
  const block = Buffer.alloc(BLOCK);
  block.write(name.slice(0, 100), 0, "utf8");
  block.write(octal(0o644, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  sizeField(size).copy(block, 124);
  block.write(octal(0, 12), 136);
  block.fill(" ", 148, 156);
  block.write(type, 156);
  block.write(link.slice(0, 100), 157);
  block.write(magic, 257, "latin1");
  const sum = checksum ?? block.reduce((all, byte) => all + byte, 0);
  block.write(`${octal(sum, 7)} `, 148);
  return block;
}

function padded(bytes) {
  const rest = bytes.length % BLOCK;
  return rest === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(BLOCK - rest)]);
}

function member(options, content) {
  const bytes = Buffer.from(content);
  return Buffer.concat([header({ size: bytes.length, ...options }), padded(bytes)]);
}

/** A record of an extended header: its length in decimal, a space, and key=value. */
function record(key, value) {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length++;
  return `${length}${rest}`;
}

/** Members that are no regular files, or claim to be something else. */
function odd(random, bait, name) {
  const huge = pick(random, [0, -1, 2 ** 31, 2 ** 33, 2 ** 50, 33 << 20]);
  const long = "a/".repeat(random(5000));
  const pieces = [
    () => header({ name, size: 0, type: "2", link: bait.token }),
    () => header({ name, size: 0, type: "1", link: bait.token }),
    () => header({ name, size: 0, type: pick(random, ["3", "4", "5", "6", "7", "S", "Z", "\0"]) }),
    () => header({ name, size: huge }),
    () => header({ name, size: huge, type: pick(random, ["5", "x", "g", "L", "K"]) }),
    () => member({ name: "x", type: "x" }, record("path", `linux/${TOKEN}`) + record("size", huge)),
    () => member({ name: "x", type: "x" }, `${huge} path=linux/${TOKEN}\n`),
    () => member({ name: "x", type: "g" }, record("linkpath", bait.token)),
    () => member({ name: "././@LongLink", type: "L" }, `${long}linux/${TOKEN}\0`),
    () => member({ name: "././@LongLink", type: "K" }, bait.token),
    () => header({ name, size: 100, checksum: random(1 << 17) }),
    () => header({ name, size: 100, magic: pick(random, ["", "ustar  \0", "\xff\xff"]) }),
    () => Buffer.alloc(BLOCK * (1 + random(3))),
    () => Buffer.from(Array.from({ length: BLOCK }, () => random(256))),
    () =>
      Buffer.concat(
        Array.from({ length: random(3000) }, () => header({ name: "linux/x", size: 0 })),
      ),
  ];
  return pick(random, pieces)();
}

const names = (path) => [
  `linux/${path}`,
  `./linux/${path}`,
  `/linux/${path}`,
  `../${path}`,
  path,
  `linux/../${path}`,
];

const compressions = [
  (bytes) => bytes,
  (bytes) => bytes,
  gzipSync,
  (bytes, random) => mangleBytes(random, gzipSync(bytes)),
  (bytes) => Buffer.concat([gzipSync(bytes.subarray(0, 700)), gzipSync(bytes.subarray(700))]),
  (bytes) => Buffer.concat([gzipSync(bytes), Buffer.from("garbage")]),
  (bytes, random) => Buffer.concat([gzipSync(Buffer.alloc(random(1 << 26))), gzipSync(bytes)]),
  (bytes) => deflateSync(bytes),
  (bytes) => brotliCompressSync(bytes),
  // heads of other compressions, whose programs must refuse the rest
  (bytes) => Buffer.concat([Buffer.from("fd377a585a000004", "hex"), bytes]),
  (bytes) => Buffer.concat([Buffer.from("425a6839", "hex"), bytes]),
  (bytes) => Buffer.concat([Buffer.from("28b52ffd", "hex"), bytes]),
  (bytes) => Buffer.concat([Buffer.from("1f8b0808", "hex"), bytes]),
];

/** Writes a damaged archive. */
export function archive(random, { folder, bait }) {
  const pieces = [];
  for (const path of ["Makefile", TOKEN, INODE]) {
    const name = random(6) === 0 ? pick(random, names(path)) : `linux/${path}`;
    if (random(2) === 0) pieces.push(odd(random, bait, name));
    if (random(8) !== 0) pieces.push(member({ name }, base[path]));
  }
  if (random(8) === 0) pieces.reverse();
  if (random(3) !== 0) pieces.push(Buffer.alloc(2 * BLOCK));
  if (random(8) === 0) pieces.push(Buffer.alloc(random(1 << 16), 0x61));
  let bytes = Buffer.concat(pieces);
  if (random(3) === 0) bytes = mangleBytes(random, bytes, 8);
  bytes = pick(random, compressions)(bytes, random);
  const ending = pick(random, ["tar", "tar.gz", "tar.xz", "tgz", "txz", "tar.zst", "tar.bz2"]);
  const place = join(
    folder,
    `${pick(random, ["linux-6.12", "host:a", "-a", "a\u001b[2J"])}.${ending}`,
  );
  writeFileSync(place, bytes);
  return { place, what: `${bytes.length} bytes` };
}
