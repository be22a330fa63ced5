import type { Static, TSchema } from '@sinclair/typebox';
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler';

/**
 * The check of a schema, compiled when it is first used: compiling those of all commands takes a noticeable part of the program's
 * start, before there is anything to check.
 */
export function schemaCheck<T extends TSchema>(schema: T): { Check(value: unknown): value is Static<T> } {
  let compiled: TypeCheck<T> | undefined;
  return {
    Check(value: unknown): value is Static<T> {
      compiled ??= TypeCompiler.Compile(schema);
      return compiled.Check(value);
    },
  };
}
