// SPDX-License-Identifier: MIT

/** Pseudo-random numbers below a bound, determined by a seed. */
export function randomNumbers(seed) {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

/** Values at which lengths, counts, offsets and ids are likely to fail. */
const edges = [0, 1, 2, 7, 8, 0x7f, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff];

/** Sections that control how other sections are read; other bytes are mutated only randomly. */
const controlling = /^\.(BTF|BTF\.ext|symtab|strtab|maps|rel.*)$/;

/** The controlling parts of a file: headers, tables, and the sections above. */
function regions(object, file) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const table = Number(view.getBigUint64(40, true));
  const found = [
    { at: 0, length: 64 },
    { at: table, length: file.length - table },
    { at: 0, length: file.length },
  ];
  for (const { name, data } of object.parseElf(file).sections) {
    if (!controlling.test(name) || data.length < 8) continue;
    found.push({ at: data.byteOffset - file.byteOffset, length: data.length });
  }
  return found;
}

/**
 * Creates a mutator of valid files.
 *
 * @param object - the package.
 * @param seeds - valid files.
 * @returns a function that takes a source of random numbers and returns a broken file.
 */
export function mutator(object, seeds) {
  const known = seeds.map((file) => ({ file, places: regions(object, file) }));
  return (random) => {
    const { file, places } = known[random(known.length)];
    const broken = file.slice();
    const changes = 1 + random(4);
    for (let i = 0; i < changes; i++) change(broken, places[random(places.length)], random);
    return random(16) === 0 ? broken.subarray(0, random(broken.length)) : broken;
  };
}

function change(file, { at, length }, random) {
  const word = at + 4 * random(Math.max(1, Math.floor(length / 4)));
  const view = new DataView(file.buffer);
  if (word + 4 > file.length) return;
  switch (random(6)) {
    case 0:
      file[word + random(4)] ^= 1 << random(8);
      break;
    case 1:
      view.setUint32(word, edges[random(edges.length)], true);
      break;
    case 2:
      // A nearby id or offset, for cycles and overlaps.
      view.setUint32(word, view.getUint32(word, true) + random(9) - 4, true);
      break;
    case 3:
      view.setUint16(word + 2 * random(2), edges[random(edges.length)] & 0xffff, true);
      break;
    case 4:
      view.setUint32(word, random(64), true);
      break;
    default:
      // Copies one part of the file over another, so that records appear in the wrong place.
      file.copyWithin(word, 4 * random(file.length / 4), 4 * random(file.length / 4));
  }
}
