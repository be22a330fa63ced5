import { Type } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { expect, it, vi } from 'vitest';
import { schemaCheck } from '../../../src/events/schema-check.ts';

it('compiles a schema that is used often, once, and checks alike before and after', () => {
  const compile = vi.spyOn(TypeCompiler, 'Compile');
  const check = schemaCheck(Type.Object({ a: Type.Integer() }));
  expect(check.Check({ a: 1 })).toBe(true);
  expect(compile).not.toHaveBeenCalled();
  for (let use = 0; use < 100; use++) {
    expect(check.Check({ a: use })).toBe(true);
    expect(check.Check({ a: 'x' })).toBe(false);
    expect(check.Check(null)).toBe(false);
  }
  expect(compile).toHaveBeenCalledTimes(1);
});
