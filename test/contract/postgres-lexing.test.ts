import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { postgresEngine, provided } from './postgres-engine.ts';
import { RealWorkspace } from './real-workspace.ts';

describe('standard_conforming_strings and client_encoding on a writable profile of PostgreSQL', () => {
  let world: RealWorkspace;
  let sessionId: string;
  let tabs = 0;
  const run = async (text: string) => {
    const command = { type: 'query.submit', sessionId, tabId: `t${tabs}`, text } as const;
    return world.ended((await world.send(command)).queryIds![0]!);
  };
  /** What a plain read is judged as now. */
  const verdict = async () => (await run("select 'a\\b'")).verdict;

  beforeAll(async () => {
    world = await RealWorkspace.start(postgresEngine(provided()));
    sessionId = await world.open();
  });
  beforeEach(() => {
    tabs++;
  });
  afterAll(() => world.stop());

  it.each([
    'set standard_conforming_strings = off',
    "set standard_conforming_strings to 'off'",
    "select set_config('standard_conforming_strings', 'off', false)",
    "do $$ begin perform set_config('standard_conforming_strings', 'off', false); end $$",
    "update pg_catalog.pg_settings set setting = 'off' where name = 'standard_conforming_strings'",
  ])('nothing is certain after %s, until it is taken back', async (text) => {
    expect(await verdict()).toBe('read');
    expect(await run(text)).toMatchObject({ outcome: 'succeeded' });
    expect(await verdict()).toBe('unknown');
    await run('reset standard_conforming_strings');
    expect(await verdict()).toBe('read');
  });

  it('is followed where a transaction sets it and its end takes it back', async () => {
    await run('begin');
    await run('set local standard_conforming_strings = off');
    expect(await verdict()).toBe('unknown');
    await run('rollback');
    expect(await verdict()).toBe('read');
  });

  it.each([
    "set client_encoding to 'SJIS'",
    "set names 'latin1'",
    "select set_config('client_encoding', 'GBK', false)",
  ])('stays UTF-8 after %s', async (text) => {
    expect(await run(text)).toMatchObject({ outcome: 'succeeded' });
    const { queryId } = await run('show client_encoding');
    expect(await world.rows(queryId)).toEqual([['UTF8']]);
    expect(await verdict()).toBe('read');
  });
});
