import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Connection, type Driver, DriverError } from '../../src/drivers/driver.ts';
import type { FailureText } from '../../src/events/failure.ts';
import type { Target } from '../../src/events/profile.ts';
import { tcpProxy } from '../servers/tcp-proxy.ts';
import { processContract } from './process-contract.ts';
import { routeContract } from './route-contract.ts';
import { ask, CancelLog, Collector, endWatch, run, until } from './running.ts';

/** What the contract needs to know of an engine: how to say things in its language, and a look from outside. */
export interface ContractEngine {
  readonly driver: Driver;
  readonly target: Target;
  readonly password: string;
  /** Server processes with an application name, asked on a connection that is not the driver's. */
  processes(applicationName: string): Promise<number[]>;
  /** Ends a server process from outside. */
  kill(processId: number): Promise<void>;
  readonly say: {
    /** One row with the value `n`. */
    readonly value: (n: number) => string;
    /** `count` rows: a number from 1, and about 100 characters. */
    readonly rows: (count: number) => string;
    readonly noRows: string;
    /** Runs this long, and gives no row until then. */
    readonly sleep: (ms: number) => string;
    readonly wrong: string;
    readonly begin: string;
    readonly rollback: string;
  };
  /** How the whole number `n` reads in a cell, where it is more than its digits. */
  readonly reads?: (n: number) => string;
  readonly codes: { readonly cancelled: string; readonly wrong: string; readonly wrongPassword: string };
  /** Whether an error leaves a transaction failed, so that only its rollback is left. */
  readonly errorFailsTransaction: boolean;
}

export const NAME = 'querytape contract';
/** `npm run soak` makes it ten thousand. */
const RACES = Number(process.env.QUERYTAPE_RACES ?? 300);
const RACE_MS = 30;
/** Long enough to be found by a cancel that comes late. */
const NEXT_MS = 8;
/** Rows enough to fill every buffer between the server and a sink that does not read. */
const MANY = 400_000;

/** Opened connections, closed after each test, and what they said when they went. */
export class Connections {
  readonly lost: FailureText[] = [];
  private readonly open: Connection[] = [];

  constructor(private readonly engine: Pick<ContractEngine, 'driver' | 'target' | 'password'>) {}

  async connect(applicationName = NAME): Promise<Connection> {
    const { driver, target, password } = this.engine;
    const connection = await driver.connect(target, {
      password: () => password,
      signal: AbortSignal.timeout(60_000),
      applicationName,
      readOnly: false,
      onLost: (failure) => this.lost.push(failure),
    });
    this.open.push(connection);
    return connection;
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.open.splice(0).map((connection) => connection.close()));
    this.lost.length = 0;
  }
}

/** What every engine's driver has to keep. Run by each engine's own test against a real server. */
export function driverContract(name: string, engineOf: () => ContractEngine): void {
  describe(`${name} keeps the driver contract:`, () => {
    let connections: Connections;
    const engine = (): ContractEngine => engineOf();
    const connect = (): Promise<Connection> => connections.connect();
    const reads = (n: number): string => engine().reads?.(n) ?? `${n}`;

    beforeEach(() => {
      connections = new Connections(engine());
    });
    afterEach(async () => {
      await connections.closeAll();
      await until(
        'no process of ours is left on the server',
        async () => (await engine().processes(NAME)).length === 0,
      );
    });

    it('refuses to connect in words that help: a wrong password, no server, not in time', async () => {
      const { driver, target, password, codes } = engine();
      const failureOf = async (over: Partial<Target>, given: string, signal: AbortSignal) => {
        const options = { applicationName: NAME, readOnly: false, onLost: (): never => expect.unreachable() };
        const dialling = driver.connect(
          { ...target, ...over },
          { ...options, password: () => given, signal },
        );
        const error = await dialling.then(
          (connection) => connection.close(),
          (reason: unknown) => reason,
        );
        expect(error).toBeInstanceOf(DriverError);
        return (error as DriverError).failure;
      };
      const patient = AbortSignal.timeout(60_000);
      const failures = [
        await failureOf({}, `${password} but wrong`, patient),
        // Nothing of ours listens on the port of "discard".
        await failureOf({ host: '127.0.0.1', port: 9 }, password, patient),
        await failureOf({}, password, AbortSignal.abort()),
      ];
      expect(failures.map(({ code }) => code)).toEqual([
        codes.wrongPassword,
        'ECONNREFUSED',
        'connect.aborted',
      ]);
      for (const { advice } of failures) expect(advice).toMatch(/^[A-Z].*\.$/);
    });

    it('tells which server process answers', async () => {
      const connection = await connect();
      expect(await engine().processes(NAME)).toEqual([connection.server.process.processId]);
      expect(connection.server.version).toMatch(/^\d+\.\d+/);
      expect(connection.server.process.startedAt).not.toBe('');
      await connection.ping(AbortSignal.timeout(5000));
    });

    it('gives no rows, one row and 100 000 rows, each whole and in order', async () => {
      const connection = await connect();
      const { say } = engine();
      const none = await run(connection, say.noRows);
      expect(none.rows).toEqual([]);
      expect(none.columns?.length).toBeGreaterThan(0);
      expect(none.end.type).toBe('completed');
      expect(await ask(connection, say.value(7))).toEqual([[reads(7)]]);
      const { rows } = await run(connection, say.rows(100_000));
      expect(rows.length).toBe(100_000);
      expect(rows.findIndex(([number], at) => number !== reads(at + 1))).toBe(-1);
    });

    it('hands over batches of bounded size', async () => {
      const connection = await connect();
      const sink = new Collector({ keep: false });
      const { type } = await connection.execute(engine().say.rows(50_000), sink).ended;
      expect(type).toBe('completed');
      expect(sink.columnsCalls).toBe(1);
      expect(sink.count).toBe(50_000);
      expect(sink.largestBatch).toBeLessThanOrEqual(1024 * 1024);
    });

    it('stops reading when the sink says false, and reads on where it stopped', async () => {
      const connection = await connect();
      let go = false;
      const sink = new Collector({ keep: false, goOn: () => go });
      const execution = connection.execute(engine().say.rows(MANY), sink);
      const watch = endWatch(execution);
      await until('rows come', () => sink.count > 0);
      await new Promise((resolve) => setTimeout(resolve, 300));
      const stoppedAt = sink.bytes;
      expect(stoppedAt).toBeLessThan(1024 * 1024);
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(sink.bytes).toBe(stoppedAt);
      expect(watch.hasEnded).toBe(false);
      go = true;
      execution.resume();
      const end = await execution.ended;
      expect(end.type).toBe('completed');
      expect(sink.count).toBe(MANY);
      expect(end.pausedMs).toBeGreaterThan(400);
    });

    it('says which error the server gave, and goes on', async () => {
      const connection = await connect();
      const { say, codes } = engine();
      const { end } = await run(connection, say.wrong);
      expect(end).toMatchObject({
        type: 'failed',
        stopped: false,
        usable: true,
        transaction: 'none',
        failure: { code: codes.wrong, source: 'server' },
      });
      expect(await ask(connection, say.value(1))).toEqual([[reads(1)]]);
    });

    it('tells the transaction as the server has it, after an error too', async () => {
      const connection = await connect();
      const { say, errorFailsTransaction } = engine();
      expect(connection.transaction).toBe('none');
      expect((await run(connection, say.begin)).end.transaction).toBe('open');
      expect(connection.transaction).toBe('open');
      const failed = await run(connection, say.wrong);
      expect(failed.end.transaction).toBe(errorFailsTransaction ? 'failed' : 'open');
      expect((await run(connection, say.rollback)).end.transaction).toBe('none');
      expect(await ask(connection, say.value(2))).toEqual([[reads(2)]]);
    });

    it('refuses a second statement while one runs', async () => {
      const connection = await connect();
      const first = connection.execute(engine().say.sleep(200), new Collector());
      expect(() => connection.execute(engine().say.value(1), new Collector())).toThrow(
        /runs on this connection/,
      );
      expect((await first.ended).type).toBe('completed');
    });

    it('runs statements on several connections side by side, each with its own rows and its own end', async () => {
      const { say, codes } = engine();
      const [rows, wrong, stopped, short] = await Promise.all([connect(), connect(), connect(), connect()]);
      expect(new Set((await engine().processes(NAME)).values()).size).toBe(4);
      const sleeping = stopped.execute(say.sleep(60_000), new Collector());
      const watch = endWatch(sleeping);
      const [many, failed, one] = await Promise.all([
        run(rows, say.rows(50_000)),
        run(wrong, say.wrong),
        run(short, say.value(6)),
      ]);
      expect(many.rows.findIndex(([number], at) => number !== reads(at + 1))).toBe(-1);
      expect(many.rows.length).toBe(50_000);
      expect(failed.end).toMatchObject({ type: 'failed', failure: { code: codes.wrong } });
      expect(one.rows).toEqual([[reads(6)]]);
      expect(watch.hasEnded).toBe(false);
      const next = short.execute(say.sleep(300), new Collector());
      sleeping.cancel(new CancelLog());
      expect(await sleeping.ended).toMatchObject({ type: 'failed', stopped: true });
      expect((await next.ended).type).toBe('completed');
    });

    it('stops a statement on the server, and says so only when the server has', async () => {
      const connection = await connect();
      const { say, codes } = engine();
      const execution = connection.execute(say.sleep(60_000), new Collector());
      const log = new CancelLog();
      await new Promise((resolve) => setTimeout(resolve, 100));
      execution.cancel(log);
      execution.cancel(log);
      const end = await execution.ended;
      expect(end).toMatchObject({
        type: 'failed',
        stopped: true,
        usable: true,
        failure: { code: codes.cancelled, source: 'server' },
      });
      expect(end.type === 'failed' && end.confirmedAfterMs).toBeGreaterThan(0);
      expect(log.steps[0]).toBe('sent 1');
      expect(log.steps).toContain('acknowledged 1');
      expect(log.steps.filter((step) => step === 'sent 1')).toHaveLength(1);
      expect(await ask(connection, say.value(3))).toEqual([[reads(3)]]);
    });

    it(`${RACES} cancels at random moments: none lost, none hits the next statement`, async () => {
      const connection = await connect();
      const { say, codes } = engine();
      const counts = { stopped: 0, completed: 0, other: 0, nextHurt: 0 };
      for (let race = 0; race < RACES; race++) {
        const text = race % 2 === 0 ? say.sleep(20_000) : say.rows(2_000_000);
        const execution = connection.execute(text, new Collector({ keep: false }));
        if (race % 5 > 0) await new Promise((resolve) => setTimeout(resolve, Math.random() * RACE_MS));
        execution.cancel(new CancelLog());
        const end = await execution.ended;
        if (end.type === 'failed' && end.stopped && end.failure.code === codes.cancelled) counts.stopped++;
        else if (end.type === 'completed') counts.completed++;
        else counts.other++;
        if ((await run(connection, say.sleep(NEXT_MS))).end.type !== 'completed') counts.nextHurt++;
      }
      expect(counts).toEqual({ stopped: RACES, completed: 0, other: 0, nextHurt: 0 });
    });

    it(`${RACES} statements that end as they are cancelled: each says what it did, none hits the next`, async () => {
      const connection = await connect();
      const { say } = engine();
      const counts = { ended: 0, unusable: 0, nextHurt: 0 };
      let completed = 0;
      for (let race = 0; race < RACES; race++) {
        // It ends by itself while the cancel is on its way, so that the cancel finds the next one if that is let in.
        const text = race % 3 === 0 ? say.sleep(race % 5) : say.value(race);
        const execution = connection.execute(text, new Collector());
        execution.cancel(new CancelLog());
        const end = await execution.ended;
        if (end.type === 'completed' || (end.type === 'failed' && end.stopped)) counts.ended++;
        if (end.type === 'completed') completed++;
        if (!end.usable) counts.unusable++;
        if ((await run(connection, say.sleep(NEXT_MS))).end.type !== 'completed') counts.nextHurt++;
      }
      expect(counts).toMatchObject({ ended: RACES, nextHurt: 0 });
      // A cancel channel that a busy machine keeps from closing in time makes the connection be given up, which is safe.
      expect(counts.unusable).toBeLessThanOrEqual(RACES / 50);
      expect(completed).toBeGreaterThan(RACES / 4);
    });

    it('a cancel in a transaction leaves it to be rolled back', async () => {
      const connection = await connect();
      const { say, errorFailsTransaction } = engine();
      await ask(connection, say.begin);
      const execution = connection.execute(say.sleep(60_000), new Collector());
      execution.cancel(new CancelLog());
      expect(await execution.ended).toMatchObject({
        stopped: true,
        usable: true,
        transaction: errorFailsTransaction ? 'failed' : 'open',
      });
      expect((await run(connection, say.rollback)).end).toMatchObject({
        type: 'completed',
        transaction: 'none',
      });
    });

    it('stops a statement whose sink has stopped reading, and gives it no row afterwards', async () => {
      const connection = await connect();
      const { say } = engine();
      const sink = new Collector({ keep: false, goOn: () => false });
      const execution = connection.execute(say.rows(50_000_000), sink);
      await until('rows come', () => sink.count > 0);
      await new Promise((resolve) => setTimeout(resolve, 200));
      sink.countAfterMark = 0;
      execution.cancel(new CancelLog());
      expect(await execution.ended).toMatchObject({ type: 'failed', stopped: true, usable: true });
      expect(sink.countAfterMark).toBe(0);
      expect(await ask(connection, say.value(4))).toEqual([[reads(4)]]);
    });

    it('loses a paused result when its connection is reset, not when it is read on', async () => {
      const { target, say } = engine();
      let cut = (): void => {};
      const proxy = await tcpProxy(target, {
        fromServer(bytes, proxied) {
          cut = proxied.cut;
          return [bytes];
        },
      });
      const through = new Connections({ ...engine(), target: { ...target, port: proxy.port } });
      const connection = await through.connect();
      const sink = new Collector({ keep: false, goOn: () => false });
      const execution = connection.execute(say.rows(50_000_000), sink);
      await until('rows come', () => sink.count > 0);
      cut();
      expect(await execution.ended).toMatchObject({ type: 'lost', ran: 'mayHaveCompleted', usable: false });
      await until('the loss is reported', () => through.lost.length > 0);
      await through.closeAll();
      await proxy.close();
    });

    it('a statement whose server process is ended from outside is lost, and the connection tells it once', async () => {
      const connection = await connect();
      const execution = connection.execute(engine().say.sleep(60_000), new Collector());
      // The statement's own end is reported first: it says what became of it.
      let lostBefore = -1;
      void execution.ended.then(() => {
        lostBefore = connections.lost.length;
      });
      await new Promise((resolve) => setTimeout(resolve, 100));
      await engine().kill(connection.server.process.processId);
      const end = await execution.ended;
      expect(end).toMatchObject({ type: 'lost', ran: 'mayHaveCompleted', usable: false });
      expect(lostBefore).toBe(0);
      await until('the connection tells it', () => connections.lost.length > 0);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(connections.lost).toHaveLength(1);
      const next = await run(connection, engine().say.value(1));
      expect(next.end).toMatchObject({ type: 'lost', ran: 'notRun', usable: false });
    });

    it('an idle connection whose server process is ended tells it once', async () => {
      const connection = await connect();
      await engine().kill(connection.server.process.processId);
      await until('the connection tells it', () => connections.lost.length > 0);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(connections.lost).toHaveLength(1);
      await expect(connection.ping(AbortSignal.timeout(1000))).rejects.toMatchObject({ name: 'DriverError' });
    });

    it('closes in the middle of a statement, which is then lost, and tells no loss', async () => {
      const connection = await connect();
      const execution = connection.execute(engine().say.sleep(60_000), new Collector());
      await new Promise((resolve) => setTimeout(resolve, 50));
      await connection.close();
      expect(await execution.ended).toMatchObject({ type: 'lost', ran: 'mayHaveCompleted', usable: false });
      expect(connections.lost).toEqual([]);
    });

    processContract(engine, connect);
    routeContract(engine);
  });
}
