import { Type } from '@sinclair/typebox';
import type { Envelope } from './envelope.ts';
import type { LogLine } from './log/log-entry.ts';
import { Code, Count, Id, type Of, part, Version } from './schema.ts';

/** The version of a bundle's layout and manifest (doc/bundle.md). */
export const BUNDLE_FORMAT = 1;

const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });

/** A file of a bundle. `packed…` is what stands in the ZIP, so that not one of its bits can change unnoticed. */
export const BundlePart = part({
  name: Type.String({ pattern: '^[a-z0-9./-]{1,64}$' }),
  bytes: Count,
  sha256: Sha256,
  packedBytes: Count,
  packedSha256: Sha256,
});
export type BundlePart = Of<typeof BundlePart>;

/** Kinds of names, each of which a bundle has as they are or replaced. */
export const NAME_KINDS = ['hosts', 'users', 'databases', 'schemas', 'tables', 'columns'] as const;
export type NameKind = (typeof NAME_KINDS)[number];

const NameKinds = Type.Array(Type.Union(NAME_KINDS.map((kind) => Type.Literal(kind))));

/** A place of the exported tape that was not what had been written. */
const SourceDamage = part({ segment: Count, line: Count, offset: Count, code: Code });

/** What a bundle says of itself, and what its signature covers. */
export const BundleManifest = part({
  format: Type.Literal(BUNDLE_FORMAT),
  /** Milliseconds since 1970 UTC. */
  createdAt: Count,
  querytape: Version,
  node: Version,
  /** Of the records in it; 0 and 0 where there is none. Their seqs are those of the tape they were taken from. */
  firstSeq: Count,
  lastSeq: Count,
  records: Count,
  /** What was chosen. Null is no bound, and every session. */
  span: part({
    fromSeq: Type.Union([Count, Type.Null()]),
    toSeq: Type.Union([Count, Type.Null()]),
    fromAt: Type.Union([Count, Type.Null()]),
    toAt: Type.Union([Count, Type.Null()]),
  }),
  sessions: Type.Union([Type.Array(Id), Type.Null()]),
  /** The kinds of names that are as they were; all others are replaced. */
  namesKept: NameKinds,
  /** Actors with records in it that were created before it begins: a replay can't prove theirs. */
  earlierActors: Count,
  /** Lines of the log in it; left out where there is none, as in bundles of versions that wrote none. */
  logLines: Type.Optional(Count),
  /** The tape that it was taken from, as far as it was read: whether every CRC, seq and seal of it held. */
  source: part({ ok: Type.Boolean(), damages: Type.Array(SourceDamage), damagesMore: Count }),
  parts: Type.Array(BundlePart),
});
export type BundleManifest = Of<typeof BundleManifest>;

/** `signature.json`: who signed the manifest. */
export const BundleSignature = part({
  algorithm: Type.Literal('ed25519'),
  /** The 32 bytes of the public key (RFC 8032), and the 64 of the signature. */
  publicKey: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  signature: Type.String({ pattern: '^[0-9a-f]{128}$' }),
});
export type BundleSignature = Of<typeof BundleSignature>;

/**
 * What is known of a tape's integrity before it is read. `signed`: the signature of the key with this fingerprint holds and every part
 * is what was signed, so it was not rewritten without that key; whose key it is, the sender has to say. `altered`: it does not
 * hold, or `parts` are not what was signed. `unsigned`: a folder; its chain of hashes alone is checked as it is read, which shows
 * that nothing broke, not that nothing was rewritten.
 */
export type BundleVerdict =
  | { readonly verdict: 'signed'; readonly fingerprint: string }
  | { readonly verdict: 'altered'; readonly fingerprint: string; readonly parts: readonly string[] }
  | { readonly verdict: 'unsigned' };

/** A verdict in words. */
export function bundleVerdictText(verdict: BundleVerdict): string {
  switch (verdict.verdict) {
    case 'signed':
      return `Signature checked: not altered since the key ${verdict.fingerprint} signed it`;
    case 'altered':
      return verdict.parts.length > 0
        ? `Altered: ${verdict.parts.join(', ')} differ from what the key ${verdict.fingerprint} signed`
        : `Altered: the signature of the key ${verdict.fingerprint} does not hold`;
    case 'unsigned':
      return 'No signature: only the chain of hashes is checked, which shows damage but not rewriting';
  }
}

/** The body of `POST /api/bundles`: what is chosen, all of it without bounds, and the kinds of names that stay. */
export const BundleRequest = part({
  fromSeq: Type.Optional(Count),
  toSeq: Type.Optional(Count),
  /** Milliseconds since 1970 UTC, as is `toAt`. */
  fromAt: Type.Optional(Count),
  toAt: Type.Optional(Count),
  sessions: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 1000 })),
  namesKept: Type.Optional(NameKinds),
});
export type BundleRequest = Of<typeof BundleRequest>;

/** A bundle before it is written: what `GET /api/bundles/ID` then sends, byte for byte as large. */
export interface BundlePreview {
  readonly bundleId: string;
  readonly fileName: string;
  /** Of the file. */
  readonly bytes: number;
  /** Of the key that signs it. */
  readonly fingerprint: string;
  readonly manifest: BundleManifest;
  /** What is in it, and what is not, in sentences. */
  readonly has: readonly string[];
  readonly hasNot: readonly string[];
  /** Its first events, as they are in it. */
  readonly events: readonly Envelope[];
  /** The last lines of the log, as they are in it. */
  readonly log: readonly LogLine[];
}
