/**
 * Probes: what each candidate does with frames and values that are wrong. Speed without these checks is not the same
 * thing, so the table stands beside the times.
 *
 * @module
 */

import { createOffer, listing, recordBytes } from "../frames/records.mjs";
import { cut, pooledViews } from "./inputs.mjs";

/** @typedef {import("../candidates/index.mjs").Candidate} Candidate */

const BOM = "\uFEFF";
const offer = { opcode: 2, peer: "02ab", path: "photos/a" };

/** The result of a run, or the error that it threw. */
function attempt(run) {
  try {
    return { result: run() };
  } catch (error) {
    return { error };
  }
}

/** "refused" when all runs throw, "accepted" when none does. */
function verdict(runs) {
  const refused = runs.filter((run) => attempt(run).error !== undefined).length;
  if (refused === runs.length) return "refused";
  return refused === 0 ? "accepted" : `${runs.length - refused} of ${runs.length} accepted`;
}

/** Every proper prefix of the first frame of each kind, with the missing bytes still behind it in memory. */
function cutFrames({ frames, input }, all) {
  const runs = all.filter(({ id }) => frames[id]?.decode !== undefined).flatMap(
    ({ id, bytes }) => {
      const [whole] = pooledViews(bytes.slice(0, 1), input);
      return Array.from({ length: whole.length }, (_, length) => () => frames[id].decode(cut(whole, length)));
    },
  );
  return verdict(runs);
}

function trailingByte({ frames, input }, all) {
  const runs = all.filter(({ id }) => frames[id]?.decode !== undefined).map(
    ({ id, bytes }) => {
      const [whole] = pooledViews([Uint8Array.of(...bytes[0], 0)], input);
      return () => frames[id].decode(whole);
    },
  );
  return verdict(runs);
}

/** Decodes an offer that `change` has changed. */
function decodeOffer({ frames, input }, value, change = (bytes) => bytes) {
  const { decode, fromNative = (native) => native } = frames.F2;
  const [bytes] = pooledViews([change(recordBytes(createOffer, value))], input);
  return fromNative(decode(bytes));
}

/** A stray continuation byte, a byte that never occurs, a surrogate, an overlong form and a cut sequence. */
const BAD_SEQUENCES = [[0x80], [0xff], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0xe2, 0x82]];

/** At the end of a short and of a long text, since fast decoders read the two in different ways. */
function badUtf8(candidate) {
  const offers = [offer, { ...offer, path: `photos/${"a".repeat(60)}` }];
  return verdict(
    offers.flatMap((value) =>
      BAD_SEQUENCES.map((sequence) => () =>
        decodeOffer(candidate, value, (bytes) => {
          bytes.set(sequence, bytes.length - sequence.length);
          return bytes;
        })
      )
    ),
  );
}

function leadingBom(candidate) {
  const path = `${BOM}photos/a-name-of-more-than-one-word`;
  const { result, error } = attempt(() => decodeOffer(candidate, { ...offer, path }));
  if (error !== undefined) return "refused";
  return result.path === path ? "kept" : "stripped";
}

/** 2^53 + 1, which a number cannot hold. */
function wideInteger({ frames, input }) {
  const bytes = recordBytes(listing, { entries: [{ name: "a", size: 0, perm: 0, kind: 0 }] });
  bytes.set([0x00, 0x20, 0, 0, 0, 0, 0, 0x01], 4);
  const { result, error } = attempt(() => frames.F3.decode(pooledViews([bytes], input)[0]));
  if (error !== undefined) return "refused";
  const { size } = result.entries[0];
  if (typeof size === "number") return "rounded";
  return BigInt(size.valueOf()) === 2n ** 53n + 1n ? "exact" : "wrong";
}

/** Encodes offers that have `changes`. */
function encodeOffers({ frames }, changes) {
  const { encode, toNative = (value) => value } = frames.F2;
  if (encode === undefined) return "–";
  return verdict(changes.map((change) => () => encode(toNative({ ...offer, ...change }))));
}

/** Texts that end in a multi-byte character or not, one byte too long. */
const LONG_TEXTS = ["a".repeat(256), `${"a".repeat(254)}é`].map((path) => ({ path }));
const WRONG_TYPES = [
  { opcode: "7" },
  { opcode: undefined },
  { opcode: null },
  { path: 7 },
  { path: undefined },
];

/**
 * Columns of the table. `all` are the frames.
 *
 * @type {{ title: string, needs?: string, probe: (candidate: Candidate, all: object[]) => string }[]}
 */
const probes = [
  { title: "cut frames", probe: cutFrames },
  { title: "trailing byte", probe: trailingByte },
  { title: "bad UTF-8", needs: "F2", probe: badUtf8 },
  { title: "leading BOM", needs: "F2", probe: leadingBom },
  { title: "u64 above 2^53", needs: "F3", probe: wideInteger },
  {
    title: "encode u8 256, -1, 1.5",
    needs: "F2",
    probe: (candidate) => encodeOffers(candidate, [256, -1, 1.5].map((opcode) => ({ opcode }))),
  },
  { title: "encode wrong types", needs: "F2", probe: (candidate) => encodeOffers(candidate, WRONG_TYPES) },
  {
    title: "encode 256 bytes of text",
    needs: "F2",
    probe: (candidate) => encodeOffers(candidate, LONG_TEXTS),
  },
  {
    title: "encode lone surrogate",
    needs: "F2",
    probe: (candidate) => encodeOffers(candidate, [{ path: "photos/\ud800" }, { path: "photos/\udc00\ud800" }]),
  },
];

/** What a strict candidate may answer. */
const STRICT_ANSWERS = ["refused", "kept", "–"];

/** Titles of the probes, in the order of the answers. */
export const probeTitles = probes.map(({ title }) => title);

/**
 * Runs all probes on a candidate.
 *
 * @param {Candidate} candidate
 * @param {import("../frames/frames.mjs").Frame[]} all
 * @returns {string[]} one answer per probe; "–" where the candidate has no such frame
 * @throws when a candidate that says it is strict is not
 */
export function probe(candidate, all) {
  const answers = probes.map(({ needs, probe }) =>
    needs !== undefined && candidate.frames[needs] === undefined ? "–" : probe(candidate, all)
  );
  const lenient = candidate.strict ? answers.findIndex((answer) => !STRICT_ANSWERS.includes(answer)) : -1;
  if (lenient >= 0) throw new Error(`${candidate.name} is not strict: ${probes[lenient].title} ${answers[lenient]}`);
  return answers;
}
