import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Kind, type TSchema } from '@sinclair/typebox';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TapeEvent } from '../../../src/events/envelope.ts';
import { withoutWords } from '../../../src/events/failure.ts';
import { commandWords, failureCode, momentOf, versionOf } from '../../../src/events/server-words.ts';

/** Texts of a schema that no pattern closes, by their place. */
function openTexts(schema: TSchema, at = ''): string[] {
  if (schema[Kind] === 'String') return schema.pattern === undefined ? [at] : [];
  const {
    anyOf = [],
    properties = {},
    items,
  } = schema as {
    anyOf?: TSchema[];
    properties?: Record<string, TSchema>;
    items?: TSchema;
  };
  const { type } = properties;
  const here = type && type[Kind] === 'Literal' ? `${type.const}` : at;
  return [
    ...anyOf.flatMap((one) => openTexts(one, at)),
    ...Object.entries(properties).flatMap(([name, one]) =>
      openTexts(one, here === '' ? name : `${here}.${name}`),
    ),
    ...(items ? openTexts(items, `${at}[]`) : []),
  ];
}

describe('what a server says of itself', () => {
  it('a hostile server: every text of the tape’s events has a closed shape, but a statement’s own and our versions', () => {
    expect([...new Set(openTexts(TapeEvent as unknown as TSchema))].sort()).toEqual([
      'query.classified.shape',
      'xstate.init.input.node',
      'xstate.init.input.version',
    ]);
  });

  it.each([
    ['18.4 (Debian 18.4-1.pgdg12+1)', '18.4'],
    ['19beta2', '19beta2'],
    ['10.11.19-MariaDB-0+deb12u1', '10.11.19-MariaDB'],
    ['10.11.19', '10.11.19'],
    ['7.0.5-rc1', '7.0.5-rc1'],
    ['9.7.4-hunter2', '9.7.4'],
    ['18.4hunter2', '18.4'],
    ['8.0.36-0ubuntu0.22.04.1', '8.0.36'],
    ['hunter2', ''],
    ['', ''],
    ['99999999999999', ''],
  ])('a hostile server: of its version %j the tape has %j', (said, version) => {
    expect(versionOf(said)).toBe(version);
  });

  it.each([
    ['2026-11-28T00:33:59.123456Z', '2026-11-28T00:33:59.123456Z'],
    ['2026-11-28T00:33:59Z', '2026-11-28T00:33:59Z'],
    ['2026-11-28', ''],
    ['2026-11-28T00:33:59Z hunter2', ''],
    ['hunter2', ''],
  ])('a hostile server: of its start %j the tape has %j', (said, moment) => {
    expect(momentOf(said)).toBe(moment);
  });

  it('a hostile server: a command has a name that commands have, or none', () => {
    for (const name of [
      'SELECT',
      'CREATE TABLE',
      'REFRESH MATERIALIZED VIEW',
      'FIND AND MODIFY',
      'START TRANSACTION',
      '',
    ])
      expect(commandWords(name)).toBe(name);
    for (const name of [
      'HUNTER',
      'SELECT HUNTER',
      'SELECT\nUPDATE',
      'select',
      'SELECT 5',
      ' SELECT',
      'SELECT  UPDATE',
    ])
      expect(commandWords(name)).toBe('');
  });

  it('has every tag that PostgreSQL has, and every command of MySQL', () => {
    const source = (file: string) =>
      readFileSync(resolve(import.meta.dirname, '../../../src/drivers', file), 'utf8');
    const tags = [...source('postgres/command-tags.ts').matchAll(/'([A-Z |]+)'/g)].flatMap(([, text]) =>
      text!.split('|'),
    );
    const words = /new Set\(\s*`([A-Z\s]+)`/.exec(source('mysql/command-word.ts'))![1]!.trim().split(/\s+/);
    expect(tags.length).toBeGreaterThan(100);
    expect(words.length).toBeGreaterThan(50);
    expect([...tags, ...words].filter((name) => commandWords(name) !== name)).toEqual([]);
  });

  it('a hostile server: its code is an SQLSTATE or a number, and a place is a count', () => {
    for (const code of ['23505', '57P01', '1045', '8000', 'state.notRestored', 'unknown'])
      expect(failureCode(code, 'server')).toBe(code);
    for (const code of [
      'hunter2',
      'HUNTER2',
      '57P01 hunter2',
      '23505\n',
      'a.b-c',
      '',
      '12345678901',
      'x.'.repeat(40),
    ])
      expect(failureCode(code, 'server')).toBe('unknown');
    expect(failureCode('ERR_TLS_CERT_ALTNAME_INVALID', 'connection')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    const failed = { code: '42601', source: 'server', message: 'hunter2' } as const;
    expect(withoutWords({ ...failed, position: 5 })).toEqual({
      code: '42601',
      source: 'server',
      position: 5,
    });
    for (const position of [Number.NaN, -1, 1.5, Number.POSITIVE_INFINITY])
      expect(withoutWords({ ...failed, position })).toEqual({ code: '42601', source: 'server' });
  });

  it('a hostile server: whatever text it sends, the tape has none of its letters in a row', {
    timeout: 30_000,
  }, () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 60 }),
        fc.constantFrom('', '18.4', '18.4-', 'SELECT ', '57P01'),
        (text, lead) => {
          const said = `${lead}zz${text}zz`;
          for (const kept of [
            versionOf(said),
            momentOf(said),
            commandWords(said),
            failureCode(said, 'server'),
          ])
            expect(kept).not.toContain('zz');
        },
      ),
      { numRuns: 2000 },
    );
  });
});
