import { Type } from '@sinclair/typebox';
import { HOST_KEY_LINES_MAX } from './limits.ts';
import { type Of, part } from './schema.ts';

const seen = {
  /** `ssh-ed25519`, … (RFC 4253 §6.6). */
  keyType: Type.String({ maxLength: 64 }),
  /** `SHA256:…` */
  fingerprint: Type.String({ maxLength: 64 }),
  /** The fingerprint's random art; null where it can't be drawn. */
  art: Type.Union([Type.String({ maxLength: 1000 }), Type.Null()]),
};

/** A host's key, as the user compares it. */
export const SeenHostKey = part(seen);
export type SeenHostKey = Of<typeof SeenHostKey>;

/** A key of a known_hosts file, and the line that has it, from 1. */
export const KnownHostKey = part({
  ...seen,
  file: Type.String({ maxLength: 4096 }),
  line: Type.Integer({ minimum: 1 }),
});
export type KnownHostKey = Of<typeof KnownHostKey>;

/** A host's key that is not the one that is known, or a revoked one. Never on the tape. */
export const HostKeyClash = part({
  /** As known_hosts writes it: `bastion`, `[bastion]:2222`. */
  host: Type.String({ maxLength: 300 }),
  /** What the host shows; null where ssh does not say. */
  shown: Type.Union([SeenHostKey, Type.Null()]),
  known: Type.Array(KnownHostKey, { maxItems: HOST_KEY_LINES_MAX }),
});
export type HostKeyClash = Of<typeof HostKeyClash>;
