import { OptionalKind, type TProperties, type TSchema, Type } from '@sinclair/typebox';
import { TapeEvent } from '../events/envelope.ts';
import { type SchemaCheck, schemaCheck } from '../events/schema-check.ts';

/** The schemas whose `type` is a literal, by it; under null those whose `type` is a pattern. */
const BY_TYPE = new Map<string | null, TSchema[]>();
for (const schema of flat(TapeEvent)) {
  const type = (schema.properties as Record<string, TSchema>).type!.const as string | undefined;
  BY_TYPE.set(type ?? null, [...(BY_TYPE.get(type ?? null) ?? []), schema]);
}

const checks = new Map<string | null, SchemaCheck<TSchema>>();
const looseChecks = new Map<string, SchemaCheck<TSchema>>();
/** What earlier versions had less of. */
const GREW: ReadonlySet<string> = new Set(['input', 'capabilities']);

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

/**
 * Whether what folds a tape can take an event that another version of its machine received: it is of a type that is not known here, or
 * what is known of it has the kinds of values that are known. It may have more, words of its own, and less in what has grown.
 */
export function isFoldable(event: { readonly type: string }): boolean {
  const schemas = BY_TYPE.get(event.type);
  if (schemas === undefined) return true;
  let check = looseChecks.get(event.type);
  if (check === undefined) {
    check = schemaCheck(Type.Union(schemas.map((schema) => loose(schema))));
    looseChecks.set(event.type, check);
  }
  return check.Check(event);
}

/** A schema of the same kinds of values, with any words for its own. */
export function loose(schema: TSchema, isGrown = false): TSchema {
  const { anyOf, items, properties, type } = schema as {
    readonly anyOf?: readonly TSchema[];
    readonly items?: TSchema;
    readonly properties?: TProperties;
    readonly type?: string;
  };
  const made = (): TSchema => {
    if (anyOf) return Type.Union(anyOf.map((one) => loose(one, isGrown)));
    if (items) return Type.Array(loose(items, isGrown));
    if (!properties) return type === 'string' ? Type.String() : schema;
    const kinds = Object.entries(properties).map(([name, one]) => [
      name,
      loose(one, isGrown || GREW.has(name)),
    ]);
    const object = Type.Object(Object.fromEntries(kinds) as TProperties);
    return isGrown ? Type.Partial(object) : object;
  };
  return OptionalKind in schema ? Type.Optional(made()) : made();
}

/** The alternatives of a union, and of the unions in it. */
function flat(schema: TSchema): TSchema[] {
  const { anyOf } = schema as { anyOf?: TSchema[] };
  return anyOf === undefined ? [schema] : anyOf.flatMap(flat);
}
