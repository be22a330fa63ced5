import { type TSchema, Type } from '@sinclair/typebox';
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler';
import { TapeEvent } from '../events/envelope.ts';

/** The schemas whose `type` is a literal, by it; under null those whose `type` is a pattern. */
const BY_TYPE = new Map<string | null, TSchema[]>();
for (const schema of flat(TapeEvent)) {
  const type = (schema.properties as Record<string, TSchema>).type!.const as string | undefined;
  BY_TYPE.set(type ?? null, [...(BY_TYPE.get(type ?? null) ?? []), schema]);
}

const compiled = new Map<string | null, TypeCheck<TSchema>>();

/**
 * Whether the vocabulary knows an event. Only the schemas of the event's own type are looked at, and they are compiled when the first
 * of that type comes: the union of all has dozens of alternatives, each tried in turn.
 */
export function isTapeEvent(event: { readonly type: string }): event is TapeEvent {
  const key = BY_TYPE.has(event.type) ? event.type : null;
  let check = compiled.get(key);
  if (check === undefined) {
    check = TypeCompiler.Compile(Type.Union(BY_TYPE.get(key)!));
    compiled.set(key, check);
  }
  return check.Check(event);
}

/** The alternatives of a union, and of the unions in it. */
function flat(schema: TSchema): TSchema[] {
  const { anyOf } = schema as { anyOf?: TSchema[] };
  return anyOf === undefined ? [schema] : anyOf.flatMap(flat);
}
