import { afterEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/drivers/driver.ts';
import { type ProxyOptions, type TcpProxy, tcpProxy } from '../servers/tcp-proxy.ts';
import { Connections } from './contract.ts';
import { postgresEngine, provided } from './postgres-engine.ts';
import { VALUES } from './postgres-values.ts';
import { ask, CancelLog, Collector, endWatch, type Outcome, run, until } from './running.ts';

/** A number from 0 to below `end` from a seed, so that a failure can be had again. */
function seeded(seed: number): (end: number) => number {
  let state = seed;
  return (end) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * end);
  };
}

/** Values whose types every server has. */
const PLAIN = VALUES.filter((value) => !value.includes('values_'));
const SELECT = `select ${PLAIN.map((value, at) => `${value} as v${at}`).join(', ')}`;

/** Columns less the number of the schema that a session's temporary tables are in. */
function places(columns: Outcome['columns']): unknown {
  const text = JSON.stringify(columns).replace(/pg_temp_\d+/g, 'pg_temp');
  // Each connection makes a table of its own, with an oid of its own.
  return JSON.parse(text.replace(/"identity":"\d+\./g, '"identity":"table.'));
}

describe('on a network that', () => {
  const proxies: TcpProxy[] = [];
  const opened: Connections[] = [];

  const through = async (options: ProxyOptions, times = {}) => {
    const proxy = await tcpProxy(provided(), options);
    proxies.push(proxy);
    const engine = postgresEngine(provided(), { times });
    const connections = new Connections({ ...engine, target: { ...engine.target, port: proxy.port } });
    opened.push(connections);
    const connection: Connection = await connections.connect();
    return { proxy, connection, connections };
  };

  afterEach(async () => {
    for (const connections of opened.splice(0)) await connections.closeAll();
    for (const proxy of proxies.splice(0)) await proxy.close();
  });

  it.each([1, 2, 3])('cuts the stream anywhere (%i) every statement is the same', async (seed) => {
    const random = seeded(seed);
    function* crumbs(bytes: Buffer): Iterable<Buffer> {
      for (let at = 0; at < bytes.length; ) {
        const end = at + 1 + random(random(4) === 0 ? 200 : 7);
        yield bytes.subarray(at, end);
        at = end;
      }
    }
    const { connection } = await through({ fromServer: crumbs });
    const direct = new Connections(postgresEngine(provided()));
    opened.push(direct);
    const straight = await direct.connect();
    const statements = [
      'select',
      SELECT,
      "select i, repeat('x', i), null from generate_series(1, 60) i",
      'select 1/0',
      'select 10 / (20 - i) from generate_series(1, 30) i',
      "do $$ begin for i in 1..20 loop raise notice 'n %', i; end loop; end $$",
      'copy (select i, i * i from generate_series(1, 40) i) to stdout',
      'create temp table crumbs (n int)',
      'copy crumbs from stdin',
      'insert into crumbs values (1), (2) returning n',
      '',
      "select repeat('y', 30000)",
      'select 2',
    ];
    for (const text of statements) {
      const [ours, theirs] = [await run(connection, text), await run(straight, text)];
      expect(ours.rows, text).toEqual(theirs.rows);
      expect(places(ours.columns), text).toEqual(places(theirs.columns));
      expect(ours.notices, text).toEqual(theirs.notices);
      const [end, other] = [ours.end, theirs.end].map(({ serverMs, pausedMs, ...rest }) => rest);
      expect(end, text).toEqual(other);
    }
  });

  it('cuts the several answers to a refused COPY FROM STDIN anywhere, the next statement has its own', async () => {
    const ready = Buffer.from('Z\0\0\0\x05I');
    /** Cut so many bytes before the end; null lets all pass. */
    let cutAt: number | null = null;
    let kept = Buffer.alloc(0);
    const { connection } = await through({
      *fromServer(bytes) {
        if (cutAt === null) return yield bytes;
        kept = Buffer.concat([kept, bytes]);
        // CopyInResponse goes on at once, as the rest is the answer to what it brings about.
        const copyIn = kept.indexOf(Buffer.from('G\0\0\0'));
        if (copyIn >= 0) {
          const end = copyIn + 1 + kept.readInt32BE(copyIn + 1);
          yield kept.subarray(0, end);
          kept = kept.subarray(end);
        }
        // ErrorResponse, ReadyForQuery for each of two Sync, CloseComplete, ReadyForQuery: given as two pieces.
        if (kept.toString('latin1').split(ready.toString('latin1')).length <= 3) return;
        const at = kept.length - cutAt;
        const pieces = [kept.subarray(0, at), kept.subarray(at)];
        kept = Buffer.alloc(0);
        // What is asked between two statements is none of this.
        cutAt = null;
        yield* pieces;
      },
    });
    await ask(connection, 'create temp view cut_view as select 1 as n');
    for (let cut = 1; cut <= 24; cut++) {
      cutAt = cut;
      expect((await run(connection, 'copy cut_view from stdin')).end).toMatchObject({
        type: 'failed',
        usable: true,
        failure: { code: '42809' },
      });
      cutAt = null;
      expect(await ask(connection, `select ${cut}`)).toEqual([[`${cut}`]]);
    }
  });

  it('is slow, a cancel on its way keeps the connection until it has arrived, and hits nothing else', async () => {
    let letGo: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    // The first connection is the one that is used; what comes after it are cancels.
    const { proxy, connection } = await through(
      { hold: (number) => (number > 0 ? held : undefined) },
      { channelMs: 60_000 },
    );
    const execution = connection.execute('select pg_sleep(0.2), 42', new Collector());
    const watch = endWatch(execution);
    execution.cancel(new CancelLog());
    await until('the cancel is on its way', () => proxy.connections === 2);
    // The statement has ended by itself long since.
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(watch.hasEnded).toBe(false);
    letGo();
    expect(await execution.ended).toMatchObject({ type: 'completed', usable: true });
    expect(await run(connection, 'select pg_sleep(0.3), 43')).toMatchObject({
      rows: [['', '43']],
      end: { type: 'completed' },
    });
    expect(proxy.connections).toBe(2);
  });

  it('swallows the cancel’s first channel another one is tried, and the connection is not used again', async () => {
    const never = new Promise<void>(() => {});
    const { connection } = await through(
      { hold: (number) => (number === 1 ? never : undefined) },
      { channelMs: 150 },
    );
    const execution = connection.execute('select pg_sleep(60)', new Collector());
    const log = new CancelLog();
    execution.cancel(log);
    // The first one may arrive at any time, so it would hit what runs then.
    expect(await execution.ended).toMatchObject({ type: 'failed', stopped: true, usable: false });
    expect(log.steps).toEqual(['sent 1', 'sent 2', 'acknowledged 2']);
  });

  it.each([20_000, 200_000, 2_000_000])(
    'cuts the connection after %i bytes the statement is lost, whole rows were given, and the loss is reported once',
    async (bytesMax) => {
      let passed = 0;
      let counts = false;
      const { connection, connections } = await through({
        *fromServer(bytes, { number, cut }) {
          if (number === 0 && counts) passed += bytes.length;
          yield bytes;
          if (passed > bytesMax) cut();
        },
      });
      const sink = new Collector();
      counts = true;
      const end = await connection.execute(
        "select i, repeat('x', i % 5000) from generate_series(1, 1000000) i",
        sink,
      ).ended;
      expect(end).toMatchObject({ type: 'lost', ran: 'mayHaveCompleted', usable: false });
      expect(end.type === 'lost' && end.failure.code).toMatch(/^(ECONNRESET|connection\.closed)$/);
      expect(end.type === 'lost' && end.failure.advice).toBeTruthy();
      expect(sink.values().findIndex(([i], at) => i !== `${at + 1}`)).toBe(-1);
      await until('the loss is reported', () => connections.lost.length > 0);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(connections.lost).toHaveLength(1);
    },
  );

  it('delivers what is not PostgreSQL’s in the middle of rows the statement is lost, and says so', async () => {
    let spoil = false;
    const { connection, connections } = await through({
      *fromServer(bytes) {
        yield spoil ? Buffer.alloc(bytes.length, 0xff) : bytes;
      },
    });
    spoil = true;
    expect((await run(connection, 'select 1')).end).toMatchObject({
      type: 'lost',
      ran: 'mayHaveCompleted',
      usable: false,
      failure: { code: 'protocol.violated' },
    });
    await until('the loss is reported', () => connections.lost.length > 0);
    expect(connections.lost).toHaveLength(1);
  });

  it('works, a connection whose sink has stopped reading closes in bounded time', async () => {
    const { connection, connections } = await through({});
    const sink = new Collector({ keep: false, goOn: () => false });
    const execution = connection.execute("select repeat('x', 1000) from generate_series(1, 10000000)", sink);
    await until('rows come', () => sink.count > 0);
    await connection.close();
    expect(await execution.ended).toMatchObject({ type: 'lost', ran: 'mayHaveCompleted', usable: false });
    expect(connections.lost).toEqual([]);
    expect(await ask(await connections.connect(), 'select 1')).toEqual([['1']]);
  });
});
