import { type Static, type TObject, type TProperties, Type } from '@sinclair/typebox';

/**
 * Builds the schema of one command or fact: a closed object whose `type` names it. Closed, because the tape
 * may hold nothing that the vocabulary does not name.
 */
export function message<const T extends string, P extends TProperties>(type: T, properties: P) {
  return Type.Object({ type: Type.Literal(type), ...properties }, { additionalProperties: false });
}

/** A closed object inside a message. */
export function part<P extends TProperties>(properties: P): TObject<P> {
  return Type.Object(properties, { additionalProperties: false });
}

/** The type of a schema's values, read-only at the top, as events are never edited. */
export type Of<S extends { static: unknown }> = Readonly<Static<S & import('@sinclair/typebox').TSchema>>;

/** Names an actor, profile, tab or command. Made at the edge; never derived from user text. */
export const Id = Type.String({ pattern: '^[A-Za-z0-9_.-]{1,64}$' });

/** A machine-readable code: an SQLSTATE (`57014`), a system errno (`ECONNREFUSED`) or one of ours (`queue.full`). */
export const Code = Type.String({ pattern: '^[A-Za-z0-9_.-]{1,48}$' });

/** A version of this program or of Node. */
export const Version = Type.String({ maxLength: 64 });

/** A whole number from 0. Used for counts of rows and bytes and for durations in whole milliseconds. */
export const Count = Type.Integer({ minimum: 0 });

/** A duration in milliseconds; fractions are microseconds. */
export const Milliseconds = Type.Number({ minimum: 0 });

/** A keyed fingerprint in lower-case hexadecimal. */
export const Fingerprint = Type.String({ pattern: '^[0-9a-f]{16,64}$' });
