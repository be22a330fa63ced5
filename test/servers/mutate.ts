/** A whole number from 0 to below `end`, from a seed, so that a failure can be had again. */
export type Random = (end: number) => number;

/** Numbers from a seed (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return (end) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
  };
}

/** Numbers that parsers stumble over. */
const NUMBERS = [
  0, 1, -1, -2, 4, 5, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, -0x80000000, 0x3fffffff,
];

type Mutation = (bytes: Buffer, random: Random) => Buffer;

const MUTATIONS: readonly Mutation[] = [
  // Cut.
  (bytes, random) => bytes.subarray(0, random(bytes.length)),
  // Lengthened.
  (bytes, random) => Buffer.concat([bytes, Buffer.alloc(1 + random(2000), random(256))]),
  // A part of it again.
  (bytes, random) => {
    const at = random(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(random(bytes.length))]);
  },
  // Without its zeros, or without one.
  (bytes, random) => {
    const all = random(2) === 0;
    const zero = bytes.indexOf(0, random(bytes.length));
    return Buffer.from(bytes.map((byte, at) => (byte === 0 && (all || at === zero) ? 65 : byte)));
  },
  // A number of two or four bytes, in either order, becomes another.
  (bytes, random) => {
    const size = random(2) === 0 ? 2 : 4;
    if (bytes.length < size) return bytes;
    const mutated = Buffer.from(bytes);
    const at = random(bytes.length - size + 1);
    const number = NUMBERS[random(NUMBERS.length)]!;
    if (size === 2) mutated[random(2) === 0 ? 'writeUInt16BE' : 'writeUInt16LE'](number & 0xffff, at);
    else mutated[random(2) === 0 ? 'writeInt32BE' : 'writeInt32LE'](number | 0, at);
    return mutated;
  },
  // Some bytes become others.
  (bytes, random) => {
    const mutated = Buffer.from(bytes);
    for (let n = 0; n <= random(8) && bytes.length > 0; n++) mutated[random(bytes.length)] = random(256);
    return mutated;
  },
  // Nothing but noise.
  (_bytes, random) => Buffer.from(Array.from({ length: 1 + random(200) }, () => random(256))),
];

/**
 * A message that is wrong in one way or two. `relength` writes the true length into a message, where its protocol has one: every
 * other mutant gets it, so that what is behind the header is looked at too.
 */
export function mutate(
  bytes: Buffer,
  random: Random,
  relength: (bytes: Buffer) => Buffer = (mutant) => mutant,
): Buffer {
  let mutant = MUTATIONS[random(MUTATIONS.length)]!(bytes, random);
  if (random(3) === 0 && mutant.length > 0) mutant = MUTATIONS[random(MUTATIONS.length)]!(mutant, random);
  return random(2) === 0 ? relength(mutant) : mutant;
}
