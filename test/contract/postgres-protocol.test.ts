import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/drivers/driver.ts';
import { Connections, NAME } from './contract.ts';
import { outside, postgresEngine, provided } from './postgres-engine.ts';
import { ask, Collector, run, until } from './running.ts';

const MIB = 1024 * 1024;

describe('the PostgreSQL protocol', () => {
  let connections: Connections;
  const connect = (): Promise<Connection> => {
    connections = new Connections(postgresEngine(provided()));
    return connections.connect();
  };

  afterEach(async () => {
    await connections.closeAll();
    const left = () =>
      outside(provided(), 'select pid, query from pg_stat_activity where application_name = $1', [NAME]);
    await until('nothing is left behind on the server', async () => (await left()).length === 0);
  });

  it('gives a row of no columns, and 1 600 columns', async () => {
    const connection = await connect();
    const none = await run(connection, 'select');
    expect([none.columns, none.rows]).toEqual([[], [[]]]);
    const numbers = Array.from({ length: 1600 }, (_, n) => `${n}`);
    const { columns, rows } = await run(
      connection,
      `select ${numbers.map((n) => `${n} as c${n}`).join(', ')} from generate_series(1, 100)`,
    );
    expect(columns?.map(({ name }) => name)).toEqual(numbers.map((n) => `c${n}`));
    expect(rows).toEqual(Array.from({ length: 100 }, () => numbers));
  });

  it('gives a value of 64 MiB and 50 rows of 1 MiB whole', async () => {
    const connection = await connect();
    const huge = await run(connection, "select repeat('0123456789abcdef', 4 * 1024 * 1024), 'after'");
    expect(huge.rows[0]?.[0]?.length).toBe(64 * MIB);
    expect(huge.rows[0]?.[1]).toBe('after');
    const { rows } = await run(
      connection,
      "select i, repeat('x', 1024 * 1024) from generate_series(1, 50) i",
    );
    expect(rows.map(([i, text]) => [i, text?.length])).toEqual(
      Array.from({ length: 50 }, (_, i) => [`${i + 1}`, MIB]),
    );
  });

  it('joins a huge row in time that grows with its size, not with its square', async () => {
    const connection = await connect();
    const cpuMs = async (mib: number): Promise<number> => {
      const before = process.cpuUsage();
      await connection.execute(`select repeat('x', ${mib} * 1024 * 1024)`, new Collector({ keep: false }))
        .ended;
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    };
    // Both are large enough to be made of fresh pages: below some 30 MiB a buffer that was used before is used again.
    const [small, large] = [32, 160];
    await cpuMs(small);
    const rates = { small: Number.POSITIVE_INFINITY, large: Number.POSITIVE_INFINITY };
    for (let round = 0; round < 2; round++) {
      rates.small = Math.min(rates.small, (await cpuMs(small)) / small);
      rates.large = Math.min(rates.large, (await cpuMs(large)) / large);
    }
    // Per MiB: the same by copying once, five times as much by joining again and again.
    expect(rates.large / rates.small).toBeLessThan(2.8);
  }, 300_000);

  it('tells the command and the rows it touched', async () => {
    const connection = await connect();
    const endOf = async (text: string) => {
      const { end } = await run(connection, text);
      return end.type === 'completed' ? [end.command, end.rowsAffected] : [end.type, end.failure.message];
    };
    expect(await endOf('create temp table touched (n int primary key, t text)')).toEqual([
      'CREATE TABLE',
      null,
    ]);
    expect(await endOf("insert into touched select i, 'x' from generate_series(1, 5) i")).toEqual([
      'INSERT',
      5,
    ]);
    expect(await endOf("update touched set t = 'y' where n > 2 returning n")).toEqual(['UPDATE', 3]);
    expect(await endOf('delete from touched where n = 99')).toEqual(['DELETE', 0]);
    expect(
      await endOf('merge into touched using (select 1 as n) s on touched.n = s.n when matched then delete'),
    ).toEqual(['MERGE', 1]);
    expect(await endOf('select * from touched')).toEqual(['SELECT', null]);
    expect(await endOf('create temp table copied as select * from touched')).toEqual(['SELECT', 4]);
    expect(await endOf('begin')).toEqual(['BEGIN', null]);
    expect(await endOf('declare c cursor for select * from touched')).toEqual(['DECLARE CURSOR', null]);
    expect(await endOf('fetch 2 from c')).toEqual(['FETCH', null]);
    expect(await endOf('rollback')).toEqual(['ROLLBACK', null]);
    expect(await endOf('')).toEqual(['', null]);
    expect(await endOf('-- nothing')).toEqual(['', null]);
  });

  it('points at the character where the server found the error, with its detail and hint', async () => {
    const connection = await connect();
    const text = "select '🦊' as fox, nosuchcolumn";
    const { end } = await run(connection, text);
    const failure = end.type === 'failed' ? end.failure : null;
    expect(failure).toMatchObject({
      code: '42703',
      severity: 'ERROR',
      position: Array.from(text).join('').length - 12,
    });
    const other = await run(connection, 'select uper(1)');
    expect(other.end).toMatchObject({ type: 'failed', failure: { code: '42883', position: 8 } });
    expect((other.end as { failure: { hint?: string } }).failure.hint).toBeTruthy();
  });

  it('passes several statements in one text to the server, which refuses them', async () => {
    const connection = await connect();
    await ask(connection, 'create temp table untouched (n int)');
    const { end } = await run(connection, 'insert into untouched values (1); select 1');
    expect(end).toMatchObject({ type: 'failed', usable: true, failure: { code: '42601', source: 'server' } });
    expect(await ask(connection, 'select count(*) from untouched')).toEqual([['0']]);
  });

  it('sends nothing of a text that PostgreSQL can’t take as it is', async () => {
    const connection = await connect();
    await ask(connection, 'create temp table intact (n int)');
    // All after a NUL would be cut off, and a lone surrogate would become another character.
    for (const text of ['delete from intact \0 where false', "select '\ud800'"]) {
      const { end } = await run(connection, text);
      expect(end).toMatchObject({
        type: 'failed',
        usable: true,
        failure: { code: 'statement.malformed', source: 'client' },
      });
    }
    expect(await ask(connection, 'select 1')).toEqual([['1']]);
  });

  it('runs what must not run in a transaction, and what ends transactions of its own', async () => {
    const connection = await connect();
    await outside(
      provided(),
      `drop schema if exists alone cascade; create schema alone; create table alone.t (n int);
       create procedure alone.commits() language plpgsql as $$ begin
         insert into alone.t values (1); commit; insert into alone.t values (2); rollback;
       end $$`,
    );
    try {
      for (const [text, command] of [
        ['vacuum (analyze) alone.t', 'VACUUM'],
        ['create index concurrently t_n on alone.t (n)', 'CREATE INDEX'],
        ['reindex table concurrently alone.t', 'REINDEX'],
        ['call alone.commits()', 'CALL'],
      ] as const)
        expect((await run(connection, text)).end).toMatchObject({
          type: 'completed',
          command,
          transaction: 'none',
        });
      expect(await ask(connection, 'select n from alone.t')).toEqual([['1']]);
      await ask(connection, 'begin');
      const { end } = await run(connection, 'vacuum alone.t');
      expect(end).toMatchObject({ type: 'failed', transaction: 'failed', failure: { code: '25001' } });
      await ask(connection, 'rollback');
    } finally {
      await outside(provided(), 'drop schema alone cascade');
    }
  });

  it('an error after rows and an error at commit are failures', async () => {
    const connection = await connect();
    const late = await run(connection, 'select 1 / (3 - i) from generate_series(1, 5) i');
    expect(late.rows.length).toBeLessThanOrEqual(2);
    expect(late.end).toMatchObject({ type: 'failed', failure: { code: '22012' } });
    await ask(connection, 'create temp table parent (n int primary key)');
    await ask(connection, 'create temp table child (n int references parent deferrable initially deferred)');
    // CommandComplete comes before the commit that fails.
    const { end } = await run(connection, 'insert into child values (1)');
    expect(end).toMatchObject({ type: 'failed', usable: true, failure: { code: '23503' } });
    expect(await ask(connection, 'select count(*) from child')).toEqual([['0']]);
  });

  it('hears notices in their order while a statement runs, and goes on after notifications', async () => {
    const connection = await connect();
    const { notices, end } = await run(
      connection,
      "do $$ begin for i in 1..200 loop raise notice 'step %', i using hint = 'a hint'; end loop; raise warning 'careful'; end $$",
    );
    expect(end.type).toBe('completed');
    expect(notices.map(({ message }) => message)).toEqual([
      ...Array.from({ length: 200 }, (_, i) => `step ${i + 1}`),
      'careful',
    ]);
    expect(notices[0]).toMatchObject({ code: '00000', severity: 'NOTICE', hint: 'a hint', source: 'server' });
    expect(notices.at(-1)).toMatchObject({ code: '01000', severity: 'WARNING' });
    await ask(connection, 'listen contract');
    await outside(provided(), "select pg_notify('contract', repeat('x', 7000)) from generate_series(1, 5)");
    for (let n = 0; n < 20; n++) {
      await ask(connection, "select pg_notify('contract', 'to myself')");
      expect(await ask(connection, `select ${n}`)).toEqual([[`${n}`]]);
    }
  });

  it('COPY FROM STDIN fails clearly, in a transaction too, and the connection goes on', async () => {
    const connection = await connect();
    await ask(connection, 'create temp table filled (n int)');
    const { end } = await run(connection, 'copy filled from stdin');
    expect(end).toMatchObject({
      type: 'failed',
      stopped: false,
      usable: true,
      failure: { code: 'copy.unsupported' },
    });
    expect((end as { failure: { advice?: string } }).failure.advice).toMatch(/Write the lines below it/);
    expect(await ask(connection, 'select count(*) from filled')).toEqual([['0']]);
    expect((await run(connection, 'copy nosuchtable from stdin')).end).toMatchObject({
      failure: { code: '42P01' },
    });
    await ask(connection, 'begin');
    expect((await run(connection, 'copy filled from stdin')).end).toMatchObject({ transaction: 'failed' });
    await ask(connection, 'rollback');
    expect(await ask(connection, 'select 5')).toEqual([['5']]);
  });

  it('COPY TO STDOUT gives its lines as rows', async () => {
    const connection = await connect();
    await ask(
      connection,
      String.raw`create temp table given as select i, E'a\tb' as t from generate_series(1, 3) i`,
    );
    const copied = await run(connection, 'copy given to stdout');
    expect(copied.rows).toEqual([[String.raw`1	a\tb`], [String.raw`2	a\tb`], [String.raw`3	a\tb`]]);
    expect(copied.columns).toEqual([{ name: 'copy', type: 'text', numeric: false }]);
    expect(copied.end).toMatchObject({ type: 'completed', command: 'COPY', rowsAffected: null });
    const binary = await run(connection, 'copy given to stdout (format binary)');
    expect(binary.columns?.[0]?.type).toBe('bytea');
    expect(binary.rows[0]?.[0]).toMatch(/^\\x5047434f5059/);
    expect((await run(connection, 'copy (select 1 where false) to stdout')).rows).toEqual([]);
    const many = await run(connection, 'copy (select i from generate_series(1, 200000) i) to stdout');
    expect(many.rows.length).toBe(200_000);
    expect(many.rows.at(-1)).toEqual(['200000']);
  });

  it('COPY TO STDOUT stops reading when the sink says false, and can be cancelled there', async () => {
    const connection = await connect();
    const sink = new Collector({ keep: false, goOn: () => false });
    const execution = connection.execute(
      "copy (select repeat('x', 1000) from generate_series(1, 10000000)) to stdout",
      sink,
    );
    await until('rows come', () => sink.count > 0);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const stoppedAt = sink.bytes;
    expect(stoppedAt).toBeLessThan(2 * MIB);
    execution.cancel({ sent() {}, acknowledged() {}, escalated() {} });
    expect(await execution.ended).toMatchObject({ type: 'failed', stopped: true, usable: true });
    expect(sink.bytes).toBe(stoppedAt);
  });

  it('EXPLAIN (GENERIC_PLAN) leaves placeholders open, is one statement, and fails as any other', async () => {
    const connection = await connect();
    const proven = (text: string) => {
      const sink = new Collector();
      return { sink, execution: connection.execute(text, sink, [], { reads: true, rowsMax: 10 }) };
    };
    const plan = async (text: string) => {
      const { sink, execution } = proven(text);
      return { end: await execution.ended, rows: sink.values().flat().join('\n') };
    };
    if (Number.parseInt(connection.server.version, 10) < 16) {
      const { end } = await plan('explain (generic_plan) select 1');
      expect(end).toMatchObject({ failure: { code: '42601' } });
      return;
    }
    for (const before of ['', '-- why is it slow?\n'])
      expect(
        await plan(`${before}EXPLAIN (costs off, GENERIC_PLAN) select * from pg_class where oid = $1;`),
      ).toMatchObject({
        end: { type: 'completed', command: 'EXPLAIN', usable: true },
        rows: expect.stringContaining('(oid = $1)'),
      });
    expect((await plan('explain (generic_plan) select * from nowhere where a = $1')).end).toMatchObject({
      type: 'failed',
      usable: true,
      failure: { code: '42P01', position: 38 },
    });
    expect((await plan('explain (generic_plan) select 1; select 2')).end).toMatchObject({
      type: 'failed',
      failure: { code: '42601' },
    });
    // What has a semicolon goes as anything else does, and is read through once, however long.
    const blanks = ' '.repeat(1_000_000);
    expect((await plan(`explain (generic_plan) select '${blanks};'`)).end).toMatchObject({
      type: 'completed',
    });
    // What is not proven to read goes so, too.
    expect((await run(connection, 'explain (generic_plan) select $1::int')).end).toMatchObject({
      failure: { code: '08P01' },
    });
    expect(await ask(connection, 'select 1')).toEqual([['1']]);
  });

  it('a sink that stops often and reads on at once gets every row in order', async () => {
    const connection = await connect();
    let refusals = 0;
    const sink = new Collector({ goOn: () => refusals++ % 3 !== 0 });
    const execution = connection.execute(
      "select i, repeat('y', i % 3000) from generate_series(1, 20000) i",
      sink,
    );
    const resuming = setInterval(() => execution.resume(), 0);
    const end = await execution.ended;
    clearInterval(resuming);
    expect(end.type).toBe('completed');
    expect(
      sink.values().findIndex(([i, text], at) => i !== `${at + 1}` || text?.length !== (at + 1) % 3000),
    ).toBe(-1);
  });

  it('keeps reading UTF-8 when a statement sets another client_encoding, and says so', async () => {
    const connection = await connect();
    const { notices } = await run(connection, "set client_encoding to 'LATIN1'");
    expect(notices).toMatchObject([{ code: 'encoding.kept', severity: 'WARNING' }]);
    expect(await ask(connection, "select 'ü', current_setting('client_encoding')")).toEqual([['ü', 'UTF8']]);
    await ask(connection, 'begin');
    await ask(connection, "set local client_encoding to 'LATIN1'");
    expect(await ask(connection, "select 'ü'")).toEqual([['ü']]);
    await ask(connection, 'commit');
    expect(await ask(connection, "select 'ü'")).toEqual([['ü']]);
  });

  it.each(['none', 'open'])(
    'what runs between statements is stopped when it is held up, and hurts nothing (transaction: %s)',
    async (transaction) => {
      const connection = await connect();
      const holder = new pg.Client({ ...provided() });
      await holder.connect();
      try {
        if (transaction === 'open') await ask(connection, 'begin');
        await holder.query('begin');
        await holder.query('lock table pg_catalog.pg_type in access exclusive mode');
        // After DO there may be new types, and their names can't be read now.
        const { end } = await run(connection, 'do $$ begin end $$');
        expect(end).toMatchObject({ type: 'completed', usable: true, transaction });
      } finally {
        await holder.end();
      }
      expect(await ask(connection, 'select 1')).toEqual([['1']]);
      expect(connection.transaction).toBe(transaction);
      await ask(connection, 'rollback');
    },
  );

  it('a session’s settings and temporary tables are its own, as nothing is pooled', async () => {
    const connection = await connect();
    await ask(connection, "set application_name to 'querytape contract'");
    await ask(connection, 'create temp table own (n int)');
    await ask(connection, 'prepare p as select 42');
    expect(await ask(connection, 'execute p')).toEqual([['42']]);
    expect(await ask(connection, 'select count(*) from own')).toEqual([['0']]);
  });
});
