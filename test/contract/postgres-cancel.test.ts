import { afterEach, describe, expect, it } from 'vitest';
import { Connections, NAME } from './contract.ts';
import { outside, postgresEngine, provided } from './postgres-engine.ts';
import { ask, CancelLog, Collector, endWatch, run, until } from './running.ts';

/** A cancel that loses its patience soon. */
const HASTY = { askMs: 150, terminateMs: 2000 };

/** Takes no notice of being asked to stop. */
const STUBBORN = `do $$ begin
  for i in 1..600 loop
    begin perform pg_sleep(0.1); exception when query_canceled then null; end;
  end loop;
end $$`;

describe('a cancel on PostgreSQL', () => {
  const open: Connections[] = [];
  const connect = (times = {}) => {
    const connections = new Connections(postgresEngine(provided(), { times }));
    open.push(connections);
    return connections.connect();
  };

  afterEach(async () => {
    for (const connections of open.splice(0)) await connections.closeAll();
    await outside(provided(), 'drop table if exists cancel_rows');
    const left = () =>
      outside(provided(), 'select pid, query from pg_stat_activity where application_name = $1', [NAME]);
    await until('nothing is left behind on the server', async () => (await left()).length === 0);
  });

  it('in a transaction leaves it failed; ROLLBACK TO SAVEPOINT saves what was before', async () => {
    const connection = await connect();
    await ask(connection, 'create table cancel_rows (n int)');
    await ask(connection, 'begin');
    await ask(connection, 'insert into cancel_rows values (1)');
    await ask(connection, 'savepoint before');
    const execution = connection.execute('select pg_sleep(60)', new Collector());
    execution.cancel(new CancelLog());
    expect(await execution.ended).toMatchObject({ stopped: true, transaction: 'failed' });
    expect((await run(connection, 'select 1')).end).toMatchObject({
      type: 'failed',
      transaction: 'failed',
      failure: { code: '25P02' },
    });
    expect((await run(connection, 'rollback to savepoint before')).end.transaction).toBe('open');
    expect((await run(connection, 'commit')).end.transaction).toBe('none');
    expect(await ask(connection, 'select n from cancel_rows')).toEqual([['1']]);
  });

  it('ends a wait for a lock, and leaves the one who holds it alone', async () => {
    const [holder, waiter] = [await connect(), await connect()];
    await ask(holder, 'create table cancel_rows (n int)');
    await ask(holder, 'begin');
    await ask(holder, 'lock table cancel_rows');
    const execution = waiter.execute('select * from cancel_rows', new Collector());
    const waits = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and application_name = $1";
    await until('it waits', async () => (await outside(provided(), waits, [NAME])).length === 1);
    execution.cancel(new CancelLog());
    expect(await execution.ended).toMatchObject({
      type: 'failed',
      stopped: true,
      transaction: 'none',
      usable: true,
    });
    expect(holder.transaction).toBe('open');
    expect((await run(holder, 'commit')).end.type).toBe('completed');
  });

  it('is not what statement_timeout does by itself, though the code is the same', async () => {
    const connection = await connect();
    await ask(connection, 'set statement_timeout = 100');
    const { end } = await run(connection, 'select pg_sleep(60)');
    expect(end).toMatchObject({ type: 'failed', stopped: false, usable: true, failure: { code: '57014' } });
    expect(end.type === 'failed' && end.failure.message).toMatch(/timeout/);
    expect(end).not.toHaveProperty('confirmedAfterMs');
  });

  it('asks again with growing pauses while the server does not stop', async () => {
    const connection = await connect({ askMs: 700, retryMinMs: 50, retryMaxMs: 200 });
    const execution = connection.execute(STUBBORN, new Collector());
    const log = new CancelLog();
    await new Promise((resolve) => setTimeout(resolve, 50));
    execution.cancel(log);
    await execution.ended;
    // 50, 100, 200, 200, … ms: never in a hurry, never giving up before its time.
    const asked = log.steps.filter((step) => step.startsWith('sent')).length;
    expect(asked).toBeGreaterThanOrEqual(3);
    expect(asked).toBeLessThanOrEqual(7);
  });

  it('that is swallowed by PL/pgSQL ends the server process, and the server says so', async () => {
    const connections = new Connections(postgresEngine(provided(), { times: HASTY }));
    open.push(connections);
    const connection = await connections.connect();
    const execution = connection.execute(STUBBORN, new Collector());
    const log = new CancelLog();
    await new Promise((resolve) => setTimeout(resolve, 50));
    execution.cancel(log);
    const end = await execution.ended;
    expect(end).toMatchObject({ type: 'failed', stopped: true, usable: false, failure: { code: '57P01' } });
    expect(log.steps.filter((step) => !/^(sent|ack)/.test(step))).toEqual(['terminate']);
    await until('the loss is reported', () => connections.lost.length > 0);
    expect(connections.lost).toMatchObject([{ code: '57P01', source: 'server' }]);
  });

  it('whose termination is refused ends by giving the connection up', async () => {
    const connections = new Connections(
      postgresEngine(provided(), { times: { askMs: 100, terminateMs: 300 } }),
    );
    open.push(connections);
    const connection = await connections.connect();
    // No side connection can be made: the server would need a password that is not given twice.
    (connection as unknown as { dialling: { password: () => undefined } }).dialling.password = () =>
      undefined;
    const execution = connection.execute(STUBBORN, new Collector());
    const log = new CancelLog();
    await new Promise((resolve) => setTimeout(resolve, 50));
    execution.cancel(log);
    const end = await execution.ended;
    expect(end).toMatchObject({
      type: 'lost',
      ran: 'mayHaveCompleted',
      usable: false,
      failure: { code: 'cancel.abandoned' },
    });
    expect(log.steps.filter((step) => !/^(sent|ack)/.test(step))).toEqual(['terminate', 'abandon']);
    expect(log.refusals).toMatchObject([
      {
        code: 'password.missing',
        severity: 'WARNING',
        advice: expect.stringContaining('pg_terminate_backend'),
      },
    ]);
    await until('the loss is reported', () => connections.lost.length > 0);
    expect(connections.lost).toHaveLength(1);
  });

  it('does not end a process that is not the one it was, or does not run this statement', async () => {
    const { terminateBackend } = await import('../../src/drivers/postgres/terminate.ts');
    const connection = await connect();
    const { dialling } = connection as unknown as { dialling: Parameters<typeof terminateBackend>[0] };
    const { process } = connection.server;
    const never = new AbortController().signal;
    const execution = connection.execute('select pg_sleep(1)', new Collector());
    const watch = endWatch(execution);
    const impostor = { ...process, startedAt: '2001-01-01T00:00:00.000000Z' };
    expect(await terminateBackend(dialling, impostor, () => false, never)).toBe('notDone');
    expect(await terminateBackend(dialling, process, () => true, never)).toBe('notDone');
    expect(watch.hasEnded).toBe(false);
    expect(await execution.ended).toMatchObject({ type: 'completed', usable: true });
    expect(await terminateBackend(dialling, process, () => false, never)).toBe('notDone');
    expect(await ask(connection, 'select 1')).toEqual([['1']]);
  });

  it('is not confirmed before the server has stopped', async () => {
    const connection = await connect({ retryMinMs: 5000, retryMaxMs: 5000 });
    const slow = `do $$ begin
      begin perform pg_sleep(60); exception when query_canceled then perform pg_sleep(0.3); raise; end;
    end $$`;
    const execution = connection.execute(slow, new Collector());
    await new Promise((resolve) => setTimeout(resolve, 50));
    const watch = endWatch(execution);
    const log = new CancelLog();
    // One request only: a second one would end the slow goodbye as well.
    execution.cancel(log);
    await until('it was acknowledged', () => log.steps.includes('acknowledged 1'));
    expect(watch.hasEnded).toBe(false);
    const end = await execution.ended;
    expect(end).toMatchObject({ type: 'failed', stopped: true });
    expect(end.type === 'failed' && end.confirmedAfterMs).toBeGreaterThan(250);
    // It is asked again as long as the server has not stopped.
    expect(log.steps.slice(0, 2)).toEqual(['sent 1', 'acknowledged 1']);
  });

  it('of a statement that has ended sends nothing', async () => {
    const connection = await connect();
    const execution = connection.execute('select 1', new Collector());
    await execution.ended;
    const log = new CancelLog();
    execution.cancel(log);
    await ask(connection, 'select 2');
    expect(log.steps).toEqual([]);
  });
});
