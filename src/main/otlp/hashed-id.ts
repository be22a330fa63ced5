import { createHash } from 'node:crypto';
import type { IdOf } from '../../events/otlp/otlp-json.ts';

/** An id made of a key by SHA-256: the same span has the same id live and in an export of the tape. */
export const hashedId: IdOf = (key, bytes) =>
  createHash('sha256')
    .update(key)
    .digest('hex')
    .slice(0, bytes * 2);
