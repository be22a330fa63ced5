import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { outside, postgresEngine, provided } from './postgres-engine.ts';
import { RealWorkspace } from './real-workspace.ts';

const NAME = 'scripts_of_dumps';
const ask = (text: string) => outside(provided(), text);

/** As pg_dump of 2025 writes it, with data that looks like statements. */
const DUMP = `--
-- PostgreSQL database dump
--

\\restrict aBc123

-- Dumped from database version 18.0

SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);

CREATE SCHEMA ${NAME};

CREATE FUNCTION ${NAME}.answer() RETURNS integer
    LANGUAGE plpgsql
    AS $$ begin delete from ${NAME}.ad where false; return 42; end; $$;

CREATE TABLE ${NAME}.ad (
    id integer NOT NULL,
    t text
);

--
-- Data for Name: ad; Type: TABLE DATA; Schema: ${NAME}; Owner: -
--

COPY ${NAME}.ad (id, t) FROM stdin;
1\tx; delete from ${NAME}.ad; y'
2\tit\\\\s 🦊
3\t\\N
4\t$$ /* --
\\.


COPY ${NAME}.ad (id, t) FROM stdin;
\\.


ALTER TABLE ONLY ${NAME}.ad
    ADD CONSTRAINT ad_pkey PRIMARY KEY (id);

--
-- PostgreSQL database dump complete
--

\\unrestrict aBc123

`;

describe('a script on PostgreSQL', () => {
  let world: RealWorkspace;
  let sessionId: string;
  let tabs = 0;

  const submit = async (text: string, goOnAfterError = false) => {
    const answer = await world.answer({
      type: 'query.submit',
      sessionId,
      tabId: `t${tabs}`,
      text,
      goOnAfterError,
    });
    if ('refused' in answer) return { refused: answer.refused };
    const queries = await Promise.all((answer.queryIds ?? []).map((queryId) => world.ended(queryId)));
    return { queries, outcomes: queries.map(({ outcome }) => outcome) };
  };

  beforeAll(async () => {
    world = await RealWorkspace.start(postgresEngine(provided()));
    sessionId = await world.open();
  });
  beforeEach(async () => {
    tabs++;
    await ask(`drop schema if exists ${NAME} cascade`);
  });
  afterAll(async () => {
    await ask(`drop schema if exists ${NAME} cascade`);
    await world?.stop();
  });

  it('of pg_dump makes what was dumped, row by row', async () => {
    const { outcomes, queries } = await submit(DUMP, true);
    expect(outcomes).toEqual(outcomes!.map(() => 'succeeded'));
    expect(
      queries!.filter(({ command }) => command === 'COPY').map(({ rowsAffected }) => rowsAffected),
    ).toEqual([4, 0]);
    expect(await ask(`select id, t, ${NAME}.answer() from ${NAME}.ad order by id`)).toEqual([
      [1, `x; delete from ${NAME}.ad; y'`, 42],
      [2, 'it\\s 🦊', 42],
      [3, null, 42],
      [4, '$$ /* --', 42],
    ]);
  });

  it('whose COPY is refused by the server runs none of its lines, and the connection goes on', async () => {
    await ask(
      `create schema ${NAME}; create table ${NAME}.ad (id int); insert into ${NAME}.ad values (1), (2)`,
    );
    const lines = Array.from({ length: 20_000 }, (_, n) => `${n}; delete from ${NAME}.ad;`).join('\n');
    const text = `copy ${NAME}.none from stdin;\n${lines}\n\\.\ncopy ${NAME}.ad from stdin;\n${lines}\n\\.\nselect 7;`;
    const { outcomes, queries } = await submit(text, true);
    expect(outcomes).toEqual(['failed', 'failed', 'succeeded']);
    expect(queries!.map(({ failure }) => failure?.code)).toEqual(['42P01', '22P02', undefined]);
    expect(await world.rows(queries![2]!.queryId)).toEqual([['7']]);
    expect(await ask(`select count(*) from ${NAME}.ad`)).toEqual([['2']]);
  });

  it('copies megabytes, and in a transaction too', async () => {
    await ask(`create schema ${NAME}; create table ${NAME}.ad (id int, t text)`);
    const lines = Array.from({ length: 50_000 }, (_, n) => `${n}\t${'x'.repeat(60)}`).join('\n');
    const { outcomes } = await submit(
      `begin;\ncopy ${NAME}.ad from stdin;\n${lines}\n\\.\ncommit;\nselect 1`,
    );
    expect(outcomes).toEqual(['succeeded', 'succeeded', 'succeeded', 'succeeded']);
    expect(await ask(`select count(*), sum(length(t)) from ${NAME}.ad`)).toEqual([['50000', '3000000']]);
  });

  it('that can’t run as a whole does not run its first statement', async () => {
    await ask(`create schema ${NAME}; create table ${NAME}.ad (id int); insert into ${NAME}.ad values (1)`);
    for (const [rest, code] of [
      ['\\d big', 'script.clientCommand'],
      ["select 'a", 'script.unterminated'],
      [`copy ${NAME}.ad from stdin;\n1\n`, 'script.copyData'],
    ]) {
      const { refused } = await submit(`delete from ${NAME}.ad;\n${rest}`, true);
      expect(refused).toMatchObject({
        code,
        message: expect.stringMatching(/^Line [23], column \d+: .* Nothing was run\.$/s),
      });
    }
    expect(await ask(`select count(*) from ${NAME}.ad`)).toEqual([['1']]);
  });

  it('reaches the server as it was typed, with its hints and tags', async () => {
    const text =
      "/*+ SeqScan(t) */ select query from pg_stat_activity where pid = pg_backend_pid() /*tag='1'*/";
    const { queries } = await submit(`-- before\n${text};\n`);
    expect(await world.rows(queries![0]!.queryId)).toEqual([[`-- before\n${text}`]]);
  });

  it('is read as its session reads it: standard_conforming_strings', async () => {
    await ask(`create schema ${NAME}; create table ${NAME}.ad (id int); insert into ${NAME}.ad values (1)`);
    const hidden = `select 'it\\'; delete from ${NAME}.ad; --';`;
    expect((await submit(`set standard_conforming_strings = off; ${hidden}`)).outcomes).toEqual([
      'succeeded',
      'succeeded',
    ]);
    expect((await submit(hidden)).outcomes).toEqual(['succeeded']);
    // The lexer can't know what a function sets, so the statement that it misread is not run.
    const unseen = "select set_config('standard_conforming_strings', 'on', false); ";
    expect((await submit(`${unseen}${hidden}`, true)).outcomes).toEqual(['succeeded', 'refused']);
    expect(await ask(`select count(*) from ${NAME}.ad`)).toEqual([['1']]);
  });
});
