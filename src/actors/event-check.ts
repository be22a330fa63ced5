import { type TSchema, Type } from '@sinclair/typebox';
import { TapeEvent } from '../events/envelope.ts';
import { type SchemaCheck, schemaCheck } from '../events/schema-check.ts';

/** The schemas whose `type` is a literal, by it; under null those whose `type` is a pattern. */
const BY_TYPE = new Map<string | null, TSchema[]>();
for (const schema of flat(TapeEvent)) {
  const type = (schema.properties as Record<string, TSchema>).type!.const as string | undefined;
  BY_TYPE.set(type ?? null, [...(BY_TYPE.get(type ?? null) ?? []), schema]);
}

const checks = new Map<string | null, SchemaCheck<TSchema>>();

/**
 * Whether the vocabulary knows an event. Only the schemas of the event's own type are looked at: the union of all has dozens of
 * alternatives, each tried in turn.
 */
export function isTapeEvent(event: { readonly type: string }): event is TapeEvent {
  const key = BY_TYPE.has(event.type) ? event.type : null;
  let check = checks.get(key);
  if (check === undefined) {
    check = schemaCheck(Type.Union(BY_TYPE.get(key)!));
    checks.set(key, check);
  }
  return check.Check(event);
}

/** The alternatives of a union, and of the unions in it. */
function flat(schema: TSchema): TSchema[] {
  const { anyOf } = schema as { anyOf?: TSchema[] };
  return anyOf === undefined ? [schema] : anyOf.flatMap(flat);
}
