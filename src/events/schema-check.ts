import type { Static, TSchema } from '@sinclair/typebox';
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler';
import { Value } from '@sinclair/typebox/value';

/** A schema is read for each of its first checks, and compiled with the next: compiling takes as long as reading it a hundred times. */
const READ_TIMES = 10;

/** What a value is checked by. */
export interface SchemaCheck<T extends TSchema> {
  Check(value: unknown): value is Static<T>;
}

/**
 * The check of a schema. It costs nothing before its first use, and little where it is used a few times, as most are: compiling the
 * checks of a program's start, or of its first statement, takes a noticeable part of it.
 */
export function schemaCheck<T extends TSchema>(schema: T): SchemaCheck<T> {
  let reads = 0;
  let compiled: TypeCheck<T> | undefined;
  return {
    Check(value: unknown): value is Static<T> {
      if (reads < READ_TIMES) {
        reads++;
        return Value.Check(schema, value);
      }
      compiled ??= TypeCompiler.Compile(schema);
      return compiled.Check(value);
    },
  };
}
