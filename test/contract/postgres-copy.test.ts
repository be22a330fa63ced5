import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/drivers/driver.ts';
import { Connections } from './contract.ts';
import { outside, postgresEngine, provided } from './postgres-engine.ts';
import { ask, CancelLog, Collector, run, until } from './running.ts';

/**
 * COPY … FROM STDIN sends its CopyInResponse before much that can fail: what it copies to, the triggers before the
 * statement. How many messages ReadyForQuery come depends on where the server was when it failed.
 */
describe('COPY FROM STDIN that the server itself ends', () => {
  let connections: Connections;
  let connection: Connection;

  const drop = () => outside(provided(), 'drop schema if exists copy_in cascade');

  beforeAll(async () => {
    await drop();
    await outside(
      provided(),
      `create schema copy_in;
       create table copy_in.plain (n int);
       create view copy_in.seen as select n, n as m from copy_in.plain;
       create table copy_in.guarded (n int);
       create table copy_in.slow (n int);
       create function copy_in.refuse() returns trigger language plpgsql as $$ begin raise exception 'no entry' using errcode = 'QT001'; end $$;
       create function copy_in.wait() returns trigger language plpgsql as $$ begin perform pg_sleep(60); return null; end $$;
       create trigger refuse before insert on copy_in.guarded for each statement execute function copy_in.refuse();
       create trigger wait before insert on copy_in.slow for each statement execute function copy_in.wait();`,
    );
    connections = new Connections(postgresEngine(provided()));
    connection = await connections.connect();
  });
  afterEach(async () => {
    // Whatever came before, each statement gets its own answer.
    for (let n = 0; n < 20; n++) expect(await ask(connection, `select ${n}`)).toEqual([[`${n}`]]);
  });
  afterAll(async () => {
    await connections?.closeAll();
    await drop();
  });

  it.each([
    ['a view', 'copy copy_in.seen from stdin', '42809'],
    ['a table whose trigger refuses', 'copy copy_in.guarded from stdin', 'QT001'],
    ['a table that is to be frozen', 'copy copy_in.plain from stdin (freeze)', '55000'],
  ])('into %s says what the server said', async (_name, text, code) => {
    for (let n = 0; n < 30; n++) {
      const { end } = await run(connection, text);
      expect(end).toMatchObject({ type: 'failed', stopped: false, usable: true, failure: { code } });
      expect(await ask(connection, `select ${n}, 'next'`)).toEqual([[`${n}`, 'next']]);
    }
  });

  it('in a transaction leaves it failed, and ROLLBACK is the next word', async () => {
    await ask(connection, 'begin');
    expect((await run(connection, 'copy copy_in.guarded from stdin')).end).toMatchObject({
      type: 'failed',
      transaction: 'failed',
    });
    expect((await run(connection, 'rollback')).end).toMatchObject({
      type: 'completed',
      command: 'ROLLBACK',
      transaction: 'none',
    });
  });

  it('can be cancelled while a trigger keeps it from reading, and says that it was stopped', async () => {
    const execution = connection.execute('copy copy_in.slow from stdin', new Collector());
    const sleeps = "select 1 from pg_stat_activity where wait_event = 'PgSleep' and pid = $1";
    await until('the trigger runs', async () => {
      const { processId } = connection.server.process;
      return (await outside(provided(), sleeps, [processId])).length === 1;
    });
    execution.cancel(new CancelLog());
    expect(await execution.ended).toMatchObject({
      type: 'failed',
      stopped: true,
      usable: true,
      failure: { code: '57014' },
    });
  });

  it('that a timeout ends is not said to have been stopped', async () => {
    await ask(connection, 'set statement_timeout = 100');
    expect((await run(connection, 'copy copy_in.slow from stdin')).end).toMatchObject({
      type: 'failed',
      stopped: false,
      usable: true,
      failure: { code: '57014' },
    });
    await ask(connection, 'reset statement_timeout');
  });
});
