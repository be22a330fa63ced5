import { Type } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { expect, it, vi } from 'vitest';
import { schemaCheck } from '../../../src/server/schema-check.ts';

it('compiles a schema at its first use, and once', () => {
  const compile = vi.spyOn(TypeCompiler, 'Compile');
  const check = schemaCheck(Type.Object({ a: Type.Integer() }));
  expect(compile).not.toHaveBeenCalled();
  expect(check.Check({ a: 1 })).toBe(true);
  expect(check.Check({ a: 'x' })).toBe(false);
  expect(compile).toHaveBeenCalledTimes(1);
});
