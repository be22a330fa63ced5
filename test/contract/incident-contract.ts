import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CancelTimes } from '../../src/drivers/cancel-loop.ts';
import { MIB } from '../../src/events/limits.ts';
import type { Target } from '../../src/events/profile.ts';
import { type TcpProxy, tcpProxy } from '../servers/tcp-proxy.ts';
import type { ContractEngine } from './contract.ts';
import { type Diagnosed, Incident } from './incident.ts';

/** How a server ends. */
type End = 'orderly' | 'kill';

/** A server of the test's own, which is hurt here, and what its engine says and does in the incidents that every engine knows. */
export interface IncidentServer {
  readonly address: { readonly host: string; readonly port: number };
  engine(times?: Partial<CancelTimes>): ContractEngine;
  /** Has the server stop one statement. */
  stopStatement(processId: number): Promise<void>;
  /** Ends a connection: by the server where it can, else on the way. */
  endConnection(processId: number): Promise<void>;
  stop(how: End): Promise<void>;
  start(): Promise<void>;
  readonly words: {
    /** Changes a row, 1 or 2, that other transactions may hold. */
    readonly change: (id: number) => string;
    /** So many rows, of a statement that only reads. */
    readonly reads: (count: number) => string;
    /** A statement that writes, which a profile that only reads refuses. */
    readonly write: string;
  };
  /** Connections that are not opened, and why. */
  readonly refusals: readonly (readonly [
    what: string,
    target: Partial<Target>,
    password: string | null,
    cause: string,
    sentence: RegExp,
  ])[];
  /** What is said of a connection that is ended from outside: that another session did it, or why that is not known. */
  readonly ended: { readonly cause: 'outsideStop' | 'serverRestart'; readonly sentence: RegExp };
  /** How the end of the server is distinguished from a network that failed. */
  readonly restarted: RegExp;
}

/** What of the incidents an engine knows. */
interface IncidentOptions {
  /** How the server is stopped, before it is started again. */
  readonly ends: readonly End[];
  /** How long locks are waited for, in the words of a session, and how soon a deadlock is looked for; none where a write conflict is an error. */
  readonly locks?: { readonly limit: string; readonly deadlock: string | null };
}

/** Longer than what is not noticed. */
const SLOW_MS = 1100;
/** Rows that take longer to come than the first of them takes to be recorded. */
const MANY = 50_000;
/** Long enough for an answer to be there that is held back. */
const ANSWERED_MS = 150;
/** A minute and a second: a transaction that is idle for as long was left open. */
const LEFT_MS = 61_000;
/** So that a cancel that nothing comes of is over soon, but not before a server on a busy machine has answered its channel. */
const IMPATIENT: Partial<CancelTimes> = {
  retryMinMs: 20,
  retryMaxMs: 50,
  askMs: 3000,
  terminateMs: 200,
  channelMs: 3000,
};

/** Incidents that every engine knows, on a real server, and what they are diagnosed as. */
export function incidentContract(
  name: string,
  serverOf: () => IncidentServer,
  { ends, locks }: IncidentOptions,
): void {
  describe(`incidents on ${name}:`, () => {
    let server: IncidentServer;
    /** Answers on connections that are open now are held back until the release. */
    let freeze: () => () => void;
    let proxy: TcpProxy;

    beforeAll(async () => {
      server = serverOf();
      let frozen: { readonly upTo: number; readonly released: Promise<void> } | null = null;
      proxy = await tcpProxy(server.address, {
        holdAnswer: (number) => (frozen && number < frozen.upTo ? frozen.released : undefined),
      });
      freeze = () => {
        let release = (): void => {};
        const released = new Promise<void>((resolve) => {
          release = resolve;
        });
        frozen = { upTo: proxy.connections, released };
        return () => {
          frozen = null;
          release();
        };
      };
    });
    afterAll(async () => {
      await proxy?.close();
    });

    const on = (play: (incident: Incident) => Promise<void>, more: object = {}): Promise<Diagnosed> =>
      Incident.on({ ...server.engine(), ...more }, play);
    const onProxy = (play: (incident: Incident) => Promise<void>): Promise<Diagnosed> => {
      const { target, ...engine } = server.engine(IMPATIENT);
      return Incident.on({ ...engine, target: { ...target, port: proxy.port } }, play);
    };
    const say = () => server.engine().say;

    it('nothing that went wrong', async () => {
      const { value, rows, begin, rollback } = say();
      const found = await on(async (incident) => {
        await incident.open();
        for (const text of [value(1), rows(1000), begin, server.words.change(1), rollback])
          expect(await incident.run(text)).toBe('succeeded');
        await incident.run(value(2), 't2');
        await incident.cancel(await incident.running(say().sleep(30_000)));
      });
      expect(found.yes).toEqual([]);
    });

    it('a slow first row, and rows that are not looked at', async () => {
      const found = await on(async (incident) => {
        incident.world.rules = { fetchAheadBytes: MIB };
        await incident.open();
        await Promise.all([
          incident.run(say().sleep(SLOW_MS), 't1'),
          incident.pause(server.words.reads(MANY), SLOW_MS, 't2'),
        ]);
      });
      found.proves('slowFirstRow', /(?:It took|The first row came) [\d.]+ s/, 'query.recorded');
      found.proves('readingPause', /Reading was paused for [\d.]+ s/, 'query.paused');
      expect(found.yes).toEqual(['readingPause']);
    });

    it('rows that come slowly', async () => {
      const found = await onProxy(async (incident) => {
        await incident.open();
        const queryId = await incident.submit(say().rows(MANY));
        await incident.world.until(({ queries }) => queries[queryId]?.firstRowMs != null);
        const release = freeze();
        await wait(SLOW_MS);
        release();
        await incident.world.ended(queryId);
      });
      found.proves('slowStream', /Its rows took [\d.]+ s after the first one/, 'query.firstRowArrived');
      expect(found.yes).toEqual([]);
    });

    it('a cancel that comes after the end', async () => {
      const found = await onProxy(async (incident) => {
        await incident.open();
        await incident.run(say().value(1));
        const release = freeze();
        const queryId = await incident.running(say().value(2));
        await incident.cancel(queryId, ANSWERED_MS / 2);
        release();
        expect((await incident.world.ended(queryId)).outcome).toBe('succeeded');
      });
      found.allows('cancelRace', /It completed/);
      expect(found.yes.filter((cause) => cause !== 'cancelRace')).toEqual([]);
    });

    it('a network that is silent, and a cancel that nothing comes of', async () => {
      const found = await onProxy(async (incident) => {
        await incident.open();
        await incident.run(say().value(1));
        const release = freeze();
        const queryId = await incident.running(say().sleep(30_000));
        await incident.cancel(queryId);
        await incident.world.ended(queryId);
        release();
      });
      found.proves('cancelEscalation', /terminated there|given up/, 'query.cancelEscalated');
      expect(found.yes).toEqual(['cancelEscalation']);
    });

    it('a timeout that passes, while another statement waits for the same connection', async () => {
      const found = await on(async (incident) => {
        await incident.open();
        // So that the other one, which is sent when this one is seen to run, waits for a second even on a busy machine.
        await incident.running(say().sleep(30_000), 't1', { timeoutMs: 3500 });
        await incident.run(say().value(1));
      });
      found.proves('timeout', /It ran longer than its limit of 3\.5 s/, 'query.deadlinePassed');
      found.proves('connectionTurn', /It waited for [\d.]+ s until the statements before it/);
      expect(found.yes).toEqual(['timeout']);
    });

    const waits =
      ({ limit, deadlock }: NonNullable<IncidentOptions['locks']>) =>
      async (): Promise<void> => {
        const { words } = server;
        const waited = await on(async (incident) => {
          await incident.open();
          await incident.run(say().begin, 't2');
          await incident.run(words.change(1), 't2');
          await incident.run(limit);
          await incident.run(words.change(1));
        });
        waited.proves('lockWait', /another transaction held a lock/, 'query.recorded', 'query.failed');
        expect(waited.yes).toEqual(['lockWait']);
        const dead = await on(async (incident) => {
          await incident.open();
          for (const [tab, id] of [
            ['t1', 1],
            ['t2', 2],
          ] as const) {
            await incident.run(say().begin, tab);
            if (deadlock) await incident.run(deadlock, tab);
            await incident.run(words.change(id), tab);
          }
          const both = [
            await incident.submit(words.change(2), 't1'),
            await incident.submit(words.change(1), 't2'),
          ];
          await Promise.all(both.map((queryId) => incident.world.ended(queryId)));
        });
        dead.proves('lockWait', /to end a deadlock/, 'query.failed');
        expect(dead.yes).toEqual(['lockWait']);
      };
    if (locks) it('a lock that another transaction holds, and a deadlock', waits(locks));

    it('a transaction that is left open', async () => {
      const found = await on(async (incident) => {
        await incident.open();
        await incident.run(say().begin);
        await incident.run(server.words.change(1));
        incident.world.aheadMs = LEFT_MS;
        await incident.run(say().rollback);
      });
      found.proves('openTransaction', /open and unused for 1 min/, 'connection.released', 'query.recorded');
      expect(found.yes).toEqual(['openTransaction']);
    });

    it('a statement that a profile that only reads refuses', async () => {
      const found = await on(
        async (incident) => {
          await incident.open();
          expect(await incident.run(server.words.write)).toBe('refused');
        },
        { readOnly: true },
      );
      found.proves('refusal', /It was refused by the rule .* Nothing was sent/, 'query.classified');
      expect(found.yes).toEqual(['refusal']);
    });

    it('a statement that is wrong', async () => {
      const found = await on(async (incident) => {
        await incident.open();
        await incident.run(say().wrong);
      });
      const { wrong } = server.engine().codes;
      found.proves('serverError', new RegExp(`with the error ${wrong}`), 'query.recorded', 'query.failed');
      expect(found.yes).toEqual(['serverError']);
    });

    it('a statement that another session stops', async () => {
      const found = await on(async (incident) => {
        await incident.open();
        const queryId = await incident.running(say().sleep(30_000));
        await server.stopStatement(incident.processOf());
        expect((await incident.world.ended(queryId)).outcome).toBe('failed');
      });
      found.proves('outsideStop', /another session stopped it/, 'query.failed');
      expect(found.yes).toEqual(['outsideStop']);
    });

    it('a connection that is ended from outside while it is idle', async () => {
      const found = await on(async (incident) => {
        await incident.open();
        await incident.run(say().value(1));
        await server.endConnection(incident.processOf());
        await incident.lost();
        expect(await incident.run(say().value(1))).toBe('succeeded');
      });
      const { cause, sentence } = server.ended;
      if (cause === 'outsideStop') found.proves(cause, sentence, 'connection.lost');
      else found.leavesOpen(cause, sentence);
      expect(found.yes).toEqual(cause === 'outsideStop' ? [cause] : []);
    });

    it('connections that are ended from outside, one idle and one at work', async () => {
      const found = await on(async (incident) => {
        await incident.open();
        await incident.run(say().value(1), 't2');
        const queryId = await incident.running(say().sleep(30_000));
        for (const tabId of ['t2', 't1']) await server.endConnection(incident.processOf(tabId));
        await incident.world.ended(queryId);
        await incident.lost(2);
        expect(await incident.run(say().value(1))).toBe('succeeded');
      });
      expect(found.yes).toEqual(server.ended.cause === 'outsideStop' ? ['outsideStop'] : []);
    });

    it('connections that are not opened', async () => {
      const { target } = server.engine();
      for (const [what, other, password, cause, sentence] of server.refusals) {
        const found = await on((incident) => incident.open(), {
          target: { ...target, ...other },
          ...(password === null ? {} : { password }),
        });
        found.proves(cause, sentence, 'connection.notOpened');
        expect([what, found.yes]).toEqual([what, [cause]]);
      }
    });

    it.each(ends)('a server that is stopped (%s) under work, then started again', async (how) => {
      const found = await on(async (incident) => {
        await incident.open();
        await incident.run(say().value(1), 't2');
        const queryId = await incident.running(say().sleep(30_000));
        await server.stop(how);
        await incident.world.ended(queryId);
        await incident.lost(2);
        await incident.run(say().value(1));
        await server.start();
      });
      found.proves('serverRestart', server.restarted, 'connection.lost');
      expect(found.yes.filter((cause) => cause !== 'unreachable')).toEqual(['serverRestart']);
    });
  });
}
