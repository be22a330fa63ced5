import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { SCRIPT_STATEMENTS_MAX } from '../../../src/actors/limits.ts';
import { classifyMysql } from '../../../src/drivers/mysql/classify.ts';
import { classifyPostgres, loadPostgresParser } from '../../../src/drivers/postgres/classify.ts';
import type { Accepted, Command } from '../../../src/events/command.ts';
import { fold } from '../../../src/events/views/state.ts';
import { type Canary, canary, found } from '../../canary.ts';
import { eventually, type FakeExecution, fakeWorkspace } from './fakes.ts';

beforeAll(() => loadPostgresParser());

type Way = (word: string) => string;

/** Texts that hold a word which the tape may not. Not all of them are right: what is sent by mistake is recorded too. */
const POSTGRES: readonly Way[] = [
  (word) => `select '${word}'`,
  (word) => `select 'it''s ${word}'`,
  (word) => `select E'\\'${word}\\n'`,
  (word) => `select U&'\\0061${word}' uescape '\\'`,
  (word) => `select N'${word}', B'01'`,
  (word) => `select $$${word}$$, $tag$ '${word}' $tag$`,
  (word) => `select array['${word}'], '{"a": "${word}"}'::jsonb -> '${word}'`,
  (word) => `select 1 -- ${word}`,
  (word) => `/* ${word} /* ${word} */ */ select 1`,
  (word) => `select 1 as "${word}"`,
  (word) => `select 1 as "a ""${word}"" b"`,
  (word) => `select U&"${word}" from t`,
  (word) => `select “${word}”`,
  (word) => `select 1 from t where name = "${word}"`,
  (word) => `select 1 from t where name is distinct from "${word}"`,
  (word) => `delete from t where name is not distinct from "${word}"`,
  (word) => `select trim(both 'x' from "${word}"), extract(year from "${word}") from t`,
  (word) => `select 1 from t where exists (select 1 from u where substring(a from "${word}") = 'x')`,
  (word) => `update t set a = "${word}" where b in ("${word}", '${word}')`,
  (word) => `create user u password '${word}'`,
  (word) => `create user u password ${word}`,
  (word) => `alter role r set x to ${word}`,
  (word) => `alter system set x = '${word}'`,
  (word) => `set my.setting = ${word}`,
  (word) => `set my.setting to '${word}', ${word}`,
  (word) => `select set_config('my.setting', '${word}', false)`,
  (word) => `copy t from program '${word}' with (delimiter '${word}', null "${word}")`,
  (word) => `prepare p as select '${word}'; execute p('${word}', "${word}")`,
  (word) => `notify channel, '${word}'`,
  (word) => `comment on table t is '${word}'`,
  (word) => `do $do$ begin raise exception '${word}'; end $do$`,
  (word) => `create subscription s connection 'host=h password=${word}' publication p`,
  (word) => `create user mapping for u server s options (add password '${word}')`,
  (word) => `create function f() returns int language sql set x to ${word} as '${word}'`,
  (word) => `my password is ${word}`,
  (word) => word,
];

const MARIADB: readonly Way[] = [
  (word) => `SELECT '${word}', "${word}"`,
  (word) => `SELECT 'it''s ${word}', "\\"${word}"`,
  (word) => `SELECT N'${word}', _utf8mb4'${word}'`,
  (word) => `SELECT 1 -- ${word}`,
  (word) => `SELECT 1 # ${word}`,
  (word) => `SELECT /* ${word} */ 1`,
  (word) => `SELECT /*+ ${word} */ 1`,
  (word) => `/*!99999 ${word} */ SELECT 1`,
  (word) => `SELECT 1 /*!50000 + '${word}' */`,
  (word) => `SELECT 1 AS '${word}', 2 AS \`${word}\`, 3 \`a \`\`${word}\``,
  (word) => `SELECT 1 FROM t WHERE name = \`${word}\``,
  (word) => `SELECT TRIM(BOTH 'x' FROM \`${word}\`) FROM t`,
  (word) => `SELECT @'${word}', @\`${word}\``,
  (word) => `SET @a = '${word}', b = ${word}, @@session.c := "${word}"`,
  (word) => `SET PASSWORD = ${word}`,
  (word) => `SET PASSWORD FOR u = PASSWORD('${word}')`,
  (word) => `CREATE USER u IDENTIFIED BY '${word}'`,
  (word) => `CREATE USER u IDENTIFIED BY ${word}`,
  (word) => `ALTER USER u IDENTIFIED BY ${word}`,
  (word) => `GRANT ALL ON *.* TO u IDENTIFIED BY ${word}`,
  (word) => `CHANGE MASTER TO MASTER_PASSWORD=${word}`,
  (word) => `CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (PASSWORD '${word}')`,
  (word) => `LOAD DATA INFILE '${word}' INTO TABLE t FIELDS TERMINATED BY '${word}'`,
  (word) => `PREPARE p FROM 'SELECT "${word}"'`,
  (word) => `EXECUTE IMMEDIATE '${word}'`,
  (word) => `SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '${word}'`,
  (word) => `CALL p('${word}')`,
  (word) => `INSERT INTO t VALUES ('${word}', 0x00), (DATE'${word}', "${word}")`,
  (word) => `my password is ${word}`,
  (word) => word,
];

const ENGINES = [
  { engine: 'postgres', ways: POSTGRES, judge: (text: string) => classifyPostgres(text) },
  {
    engine: 'mariadb',
    ways: MARIADB,
    judge: (text: string) => classifyMysql('mariadb', text, { sqlMode: '' }),
  },
] as const;

const folder = mkdtempSync(join(tmpdir(), 'querytape-unit-'));

/** A workspace whose statements are really judged, with a session open on the engine. */
async function open({ engine, judge }: (typeof ENGINES)[number]) {
  const world = fakeWorkspace({ spillFolder: folder });
  world.judge = judge;
  world.rules = { ...world.rules, confirmDangerous: true };
  const { target } = world.profiles.get('p1')!;
  const profile = { name: 'Two', environment: 'staging', readOnly: false } as const;
  world.profiles.add({ profileId: 'p2', target: { ...target, engine }, ...profile }, 'hunter2-secret');
  const send = async (command: Command): Promise<Accepted> => {
    const answer = await world.workspace.take(command);
    if ('refused' in answer) throw new Error(`${answer.refused.code}: ${answer.refused.message}`);
    return answer;
  };
  const { sessionId } = await send({ type: 'session.open', profileId: 'p2' });
  const state = () => fold(world.tape.envelopes);
  await eventually(() => state().sessions[sessionId!]?.state === 'ready');
  return { world, send, state, at: { sessionId: sessionId!, tabId: 't' } };
}
type Opened = Awaited<ReturnType<typeof open>>;

/** Everything that is made of the records, and so may hold what they may. */
function recorded({ world, state }: Opened, unrecordable = 0): string {
  expect(world.unrecordable).toEqual([]);
  const defects = world.tape.envelopes.filter(({ event }) => event.type.startsWith('xstate.error'));
  expect(defects).toHaveLength(unrecordable);
  return [JSON.stringify(world.tape.envelopes), JSON.stringify(state())].join('\n');
}

/** What a server says while it runs a statement, and at its end, quoting the canary wherever servers quote. */
function answer(execution: FakeExecution, word: Canary, completes: boolean): void {
  if (execution.hasEnded) return;
  const words = { message: `about ${word}`, detail: `Key (a)=(${word})`, hint: word, severity: 'NOTICE' };
  execution.sink.notice({ code: '00000', source: 'server', ...words });
  if (!completes) {
    execution.fail('23505', { message: `duplicate key (${word})` });
    return;
  }
  const column = { type: word, numeric: false, origin: { namespace: word, collection: word, column: word } };
  execution.sink.columns([{ name: word, ...column }], 'postgres-datarow');
  execution.complete();
}

/** Words of a server in every place that has some. */
function answerWith(execution: FakeExecution, text: string): void {
  const origin = { namespace: text, collection: text, column: text, identity: text };
  execution.sink.notice({
    code: text,
    source: 'server',
    message: text,
    detail: text,
    hint: text,
    severity: text,
  });
  execution.sink.columns([{ name: text, type: text, numeric: true, origin }], 'postgres-datarow');
}

/** Runs a text to the end of each of its statements; what is dangerous is confirmed. */
async function run(opened: Opened, text: string, word: Canary, completes: boolean): Promise<void> {
  const { world, send, state, at } = opened;
  const { queryIds } = await send({ type: 'query.submit', ...at, text, goOnAfterError: true });
  world.driver.onExecute = (execution) => setImmediate(() => answer(execution, word, completes));
  for (const queryId of queryIds!) {
    await eventually(() => {
      const query = state().queries[queryId]!;
      const { challenge } = world.workspace.query(queryId)!;
      if (query.state === 'confirming' && challenge)
        world.workspace.take({ type: 'query.confirm', queryId, challenge: challenge.id, name: 'Two' });
      return query.outcome ?? undefined;
    });
  }
}

describe.each(ENGINES)('on $engine', (engine) => {
  const { ways } = engine;

  it.each(ways.map((way) => [way('WORD'), way] as const))(
    'the tape does not hold WORD of %s',
    async (_text, way) => {
      for (const completes of [true, false]) {
        const opened = await open(engine);
        const word = canary();
        await run(opened, way(word), word, completes);
        expect(found(recorded(opened), [word])).toEqual([]);
      }
    },
  );

  it('nor that of any of them in one script with others', { tags: ['slow'] }, async () => {
    // Right behind another statement a word in no quotes is a name: `SELECT 1 word`.
    const statements = ways.filter((way) => !/^(?:my password is )?WORD$/.test(way('WORD')));
    expect(statements).toHaveLength(ways.length - 2);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...statements), { minLength: 2, maxLength: 5 }),
        fc.constantFrom(';', ';\n', ' ', '\n;;', ' /* */ ; '),
        fc.boolean(),
        async (some, between, completes) => {
          const opened = await open(engine);
          const word = canary();
          await run(opened, some.map((way) => way(word)).join(between), word, completes);
          expect(found(recorded(opened), [word])).toEqual([]);
        },
      ),
      { numRuns: 80 },
    );
  });

  it('nor values of an edit, whatever they are', { tags: ['slow'] }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary', maxLength: 20 }),
        fc.boolean(),
        async (around, completes) => {
          const opened = await open(engine);
          const { world, send, state, at } = opened;
          const word = canary();
          const column = { type: 'text', nullable: true, default: null, generated: false };
          const columns = [
            { name: 'id', primaryKey: 1, ...column },
            { name: word, primaryKey: null, ...column },
          ];
          world.driver.page = { columns, more: false };
          world.driver.onExecute = (execution) =>
            setImmediate(() => {
              if (['begin', 'commit', 'rollback', 'catalogue'].includes(execution.text)) execution.complete();
              else answer(execution, word, completes);
            });
          const value = `${around}${word}${around}`;
          const { queryIds } = await send({
            type: 'row.update',
            ...at,
            namespace: 'public',
            collection: `t ${word}`,
            key: [{ column: 'id', value }],
            old: [{ column: word, value }],
            values: [{ column: word, value }],
          });
          await eventually(() => state().queries[queryIds![0]!]!.outcome ?? undefined);
          expect(world.driver.executions.some(({ params }) => params.includes(value))).toBe(true);
          expect(found(recorded(opened), [word])).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('a server that says what it likes', () => {
  const [postgres] = ENGINES;

  it.each<[string, (word: Canary) => Way]>([
    ['as it is', () => (word) => word],
    ['in capitals', () => (word) => word.toUpperCase()],
    ['behind a number', () => (word) => `18.4-${word}`],
    ['behind a date', () => (word) => `2026-01-01T00:00:00Z${word}`],
    ['behind a command', () => (word) => `SELECT ${word.toUpperCase()}`],
    ['behind a line', () => (word) => `SELECT\n${word}`],
    ['as a code of ours', () => (word) => `server.${word} `],
    ['very long', () => (word) => word.repeat(1000)],
  ])('a hostile server: none of its texts stands on the tape %s', async (_name, spelled) => {
    for (const completes of [true, false]) {
      const opened = await open(postgres);
      const { world, send, state, at } = opened;
      const word = canary();
      const text = spelled(word)(word);
      world.driver.said = { version: text, process: { processId: Number.NaN, startedAt: text } };
      world.driver.onExecute = (execution) =>
        setImmediate(() => {
          answerWith(execution, text);
          if (completes) execution.complete(text, undefined, -1);
          else execution.fail(text, { message: text });
        });
      const { queryIds } = await send({ type: 'query.submit', ...at, tabId: 'new', text: 'select 1' });
      const [queryId] = queryIds!;
      const outcome = await eventually(() => state().queries[queryId!]!.outcome ?? undefined);
      expect(outcome).toBe(completes ? 'succeeded' : 'failed');
      world.driver.connections.at(-1)!.loseWith({ code: text, source: 'server', message: text });
      await eventually(() => Object.values(state().connections).some((one) => one.state === 'lost'));
      expect(found(recorded(opened), [word, word.toUpperCase()])).toEqual([]);
      expect(world.workspace.query(queryId!)?.notices[0]?.message).toBe(text);
    }
  });
});

describe('a defect of a driver', () => {
  const [postgres] = ENGINES;
  const events = ({ world }: Opened) => world.tape.envelopes.map(({ event }) => event);

  it('that gives words where the tape takes none leaves them off it', async () => {
    const opened = await open(postgres);
    const word = canary();
    opened.world.driver.said = { flavour: word };
    await opened.send({ type: 'query.submit', ...opened.at, tabId: 'other', text: 'select 1' });
    await eventually(() => events(opened).some(({ type }) => type.startsWith('xstate.error.unrecordable')));
    const records = JSON.stringify(opened.world.tape.envelopes);
    expect(found(records, [word])).toEqual([]);
  });

  it('that throws is a lost statement, and its words stay off the tape', async () => {
    const opened = await open(postgres);
    const word = canary();
    opened.world.driver.onExecute = () => {
      throw Object.assign(new Error(word), { detail: word });
    };
    const { queryIds } = await opened.send({ type: 'query.submit', ...opened.at, text: 'select 1' });
    const [queryId] = queryIds!;
    expect(await eventually(() => opened.state().queries[queryId!]!.outcome ?? undefined)).toBe(
      'lost.mayHaveCompleted',
    );
    expect(opened.world.workspace.query(queryId!)?.failure?.message).toBe(word);
    expect(found(recorded(opened), [word])).toEqual([]);
  });
});

describe('a command that is refused', () => {
  const [postgres] = ENGINES;
  const word = canary();
  const cell = [{ column: word, value: word }];
  const place = { namespace: word, collection: word };
  const target = {
    engine: 'postgres',
    host: `${word}.example`,
    port: 1,
    database: word,
    user: word,
    tls: { mode: 'disable' },
  } as const;
  const unsaved = { type: 'session.openUnsaved', name: word, target, password: word } as const;

  it.each<[string, (at: Opened['at']) => Command]>([
    ['an empty text', (at) => ({ type: 'query.submit', ...at, text: `-- ${word}` })],
    ['a NUL', (at) => ({ type: 'query.submit', ...at, text: `select '${word}\0'` })],
    [
      'a long script',
      (at) => ({ type: 'query.submit', ...at, text: `select '${word}';`.repeat(SCRIPT_STATEMENTS_MAX + 1) }),
    ],
    ['an unknown table', (at) => ({ type: 'row.insert', ...at, ...place, values: cell })],
    [
      'an unknown table to delete from',
      (at) => ({ type: 'row.delete', ...at, ...place, key: cell, old: cell }),
    ],
    ['an unknown level', (at) => ({ type: 'transaction.begin', ...at, options: { isolationLevel: word } })],
    ['a target', () => ({ ...unsaved, environment: 'development' })],
    ['a target of production', () => ({ ...unsaved, environment: 'production' })],
    ['a name', () => ({ type: 'query.confirm', queryId: 'q', challenge: 'c', name: word })],
  ])('leaves %s off the tape', async (_name, command) => {
    const opened = await open(postgres);
    opened.world.driver.onExecute = (execution) => setImmediate(() => execution.complete());
    const answered = await opened.world.workspace.take(command(opened.at));
    expect(answered).toHaveProperty('refused');
    expect(opened.world.tape.envelopes.at(-1)!.event.type).toBe('command.refused');
    expect(found(recorded(opened), [word])).toEqual([]);
  });
});
