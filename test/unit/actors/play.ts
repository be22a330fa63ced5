import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { vi } from 'vitest';
import type { Command, CommandAnswer } from '../../../src/events/command.ts';
import { type FakeConnection, type FakeExecution, fakeWorkspace, JUDGED } from './fakes.ts';

const TABS = ['t0', 't1', 't2'];
/** Longer than every limit of a session's close together. */
const CLOSED_MS = 120_000;

/** One thing that the user, the server, the disk or the clock does. */
export type Step =
  | {
      readonly kind: 'submit';
      readonly tab: number;
      readonly statements: number;
      readonly goOn: boolean;
      readonly manual: boolean;
    }
  | { readonly kind: 'cancel' | 'confirm' | 'count'; readonly which: number }
  | { readonly kind: 'transaction'; readonly tab: number; readonly step: 'begin' | 'commit' | 'rollback' }
  | { readonly kind: 'edit' | 'closeTab'; readonly tab: number }
  | {
      readonly kind:
        | 'closeSession'
        | 'open'
        | 'reconnect'
        | 'catalogue'
        | 'hold'
        | 'release'
        | 'failTape'
        | 'mendTape';
    }
  | {
      readonly kind: 'complete' | 'fail' | 'stop' | 'unusable' | 'lose' | 'reject' | 'throwInSink';
      readonly which: number;
      readonly transaction: 'none' | 'open';
    }
  | { readonly kind: 'loseConnection'; readonly which: number }
  | { readonly kind: 'throwAtExecute' | 'refuseSignIn' | 'refuseDial' | 'welcome' }
  | { readonly kind: 'stricter' | 'laxer' | 'dangerous' | 'harmless' }
  | { readonly kind: 'wait'; readonly ms: number };

const which = fc.nat(9);
const tab = fc.nat(TABS.length - 1);
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('submit' as const),
      tab,
      statements: fc.integer({ min: 1, max: 3 }),
      goOn: fc.boolean(),
      manual: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('cancel' as const, 'confirm' as const, 'count' as const),
      which,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('transaction' as const),
      tab,
      step: fc.constantFrom('begin' as const, 'commit' as const, 'rollback' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('edit' as const, 'closeTab' as const), tab }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'closeSession' as const,
        'open' as const,
        'reconnect' as const,
        'catalogue' as const,
        'hold' as const,
        'release' as const,
        'failTape' as const,
        'mendTape' as const,
      ),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'complete' as const,
        'complete' as const,
        'fail' as const,
        'stop' as const,
        'unusable' as const,
        'lose' as const,
        'reject' as const,
        'throwInSink' as const,
      ),
      which,
      transaction: fc.constantFrom('none' as const, 'open' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('loseConnection' as const), which }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'throwAtExecute' as const,
        'refuseSignIn' as const,
        'refuseDial' as const,
        'welcome' as const,
        'stricter' as const,
        'laxer' as const,
        'dangerous' as const,
        'harmless' as const,
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(300, 5_000, 130_000) }),
  },
);

type EndStep = Extract<Step, { readonly transaction: 'none' | 'open' }>;

/** Ends after which a connection is given up. */
const HARMFUL: ReadonlySet<string> = new Set(['throwInSink', 'unusable', 'lose', 'reject']);

/** Lets promises and immediates run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Plays steps on a fake server, and remembers what the server saw and which harm was done on purpose. */
export class Play {
  readonly world: ReturnType<typeof fakeWorkspace>;
  readonly accepted = new Map<string, string>();
  /** The queries whose statement reached the server, with what was on disk by then. */
  readonly seen = new Map<string, number>();
  /** Connections that were harmed on purpose, or whose loss was asked for. */
  readonly harmed = new Set<FakeConnection>();
  protected readonly texts = new Map<string, string>();
  private sessionId = '';
  private marker = 0;
  private throwing = false;

  /** @param start which start of the program is played, the last record of the one before, and the tunnel to the server */
  constructor(
    start: Pick<
      Parameters<typeof fakeWorkspace>[0],
      'runId' | 'afterSeq' | 'openTunnel' | 'tunnel' | 'tunnelPace'
    > = {},
  ) {
    const spillFolder = mkdtempSync(join(tmpdir(), 'querytape-truth-'));
    this.world = fakeWorkspace({ spillFolder, ...start });
    const { world } = this;
    world.driver.onExecute = (execution) => {
      const queryId = this.texts.get(execution.text);
      if (queryId && !this.seen.has(queryId)) this.seen.set(queryId, world.tape.durableSeq);
      if (!this.throwing) return;
      this.throwing = false;
      this.harmed.add(execution.connection);
      execution.hasEnded = true;
      throw new TypeError('a defect of the driver');
    };
  }

  protected send(command: Command): void {
    const answer = this.world.workspace.take(command);
    const learn = (answered: CommandAnswer): void => {
      if ('refused' in answered) return;
      if (answered.sessionId && command.type === 'session.open') this.sessionId = answered.sessionId;
      for (const queryId of answered.queryIds ?? []) {
        this.accepted.set(queryId, this.accepted.get(queryId) ?? command.type);
        const text = this.world.workspace.query(queryId)?.text;
        if (text?.includes('mark')) this.texts.set(text, queryId);
      }
    };
    if (answer instanceof Promise) void answer.then(learn);
    else learn(answer);
  }

  protected running(at: number): FakeExecution | undefined {
    const living = this.world.driver.executions.filter((one) => !one.hasEnded);
    return living[at % Math.max(1, living.length)];
  }

  private query(at: number): string | undefined {
    const ids = [...this.accepted.keys()];
    return ids[ids.length - 1 - (at % Math.max(1, ids.length))];
  }

  async open(): Promise<void> {
    this.send({ type: 'session.open', profileId: 'p1' });
    await settle();
  }

  async take(one: Step): Promise<void> {
    const { world, sessionId } = this;
    switch (one.kind) {
      case 'submit': {
        const text = Array.from({ length: one.statements }, () => `select 'mark${++this.marker}'`).join('; ');
        const { goOn: goOnAfterError, manual: manualCommit } = one;
        this.send({
          type: 'query.submit',
          sessionId,
          tabId: TABS[one.tab]!,
          text,
          goOnAfterError,
          manualCommit,
        });
        break;
      }
      case 'cancel':
      case 'count': {
        const queryId = this.query(one.which);
        if (queryId) this.send({ type: `query.${one.kind}`, queryId });
        break;
      }
      case 'confirm': {
        const queryId = this.query(one.which);
        const challenge = queryId && world.workspace.query(queryId)?.challenge?.id;
        if (challenge) this.send({ type: 'query.confirm', queryId: queryId!, challenge, name: 'One' });
        break;
      }
      case 'transaction':
        this.send({ type: `transaction.${one.step}`, sessionId, tabId: TABS[one.tab]! });
        break;
      case 'edit':
        this.send({
          type: 'row.delete',
          sessionId,
          tabId: TABS[one.tab]!,
          namespace: 'public',
          collection: `mark${++this.marker}`,
          key: [{ column: 'id', value: '1' }],
        } as Command);
        break;
      case 'closeTab':
        // Also one whose running statement may yet open a transaction.
        this.harm(
          ({ transaction, executions }) => transaction !== 'none' || executions.some((one) => !one.hasEnded),
        );
        this.send({ type: 'tab.close', sessionId, tabId: TABS[one.tab]!, rollback: true });
        break;
      case 'closeSession':
        this.harm(() => true);
        this.send({ type: 'session.close', sessionId, rollback: true });
        break;
      case 'open':
        await this.open();
        break;
      case 'reconnect':
        this.send({ type: 'session.reconnect', sessionId });
        break;
      case 'catalogue':
        void Promise.resolve()
          .then(() => world.workspace.catalogue(sessionId, { list: 'databases' }))
          .catch(() => undefined);
        break;
      case 'hold':
        world.tape.hold();
        break;
      case 'release':
        world.tape.release();
        break;
      case 'failTape':
        world.tape.failing = 'ENOSPC';
        break;
      case 'mendTape':
        world.tape.failing = null;
        break;
      case 'wait':
        await vi.advanceTimersByTimeAsync(one.ms);
        break;
      case 'throwAtExecute':
        this.throwing = true;
        break;
      case 'refuseSignIn':
        world.driver.refuse = { code: '28P01', source: 'server', message: 'no' };
        break;
      case 'refuseDial':
        world.driver.refuse = { code: 'ECONNREFUSED', source: 'connection', message: 'no' };
        break;
      case 'welcome':
        world.driver.refuse = null;
        break;
      case 'stricter':
        world.profiles.add({ ...world.profiles.get('p1')!, readOnly: true }, 'x');
        break;
      case 'laxer':
        world.profiles.add({ ...world.profiles.get('p1')!, readOnly: false }, 'x');
        break;
      case 'dangerous':
        world.rules = { ...world.rules, confirmDangerous: true };
        world.judge = () => ({
          ...JUDGED,
          verdict: 'write',
          dangers: [{ kind: 'drop', position: 1, reason: 'x' }],
          counting: { text: 'count' },
        });
        break;
      case 'harmless':
        world.judge = () => ({ ...JUDGED, verdict: 'read' });
        break;
      case 'loseConnection': {
        const living = world.driver.connections.filter(({ closed }) => !closed);
        const connection = living[one.which % Math.max(1, living.length)];
        if (!connection) break;
        this.harmed.add(connection);
        // A driver ends what runs before it says that the connection is lost.
        for (const execution of connection.executions) if (!execution.hasEnded) execution.lose();
        await settle();
        if (!connection.closed) connection.lose();
        break;
      }
      default:
        this.end(one);
    }
    await settle();
  }

  private harm(is: (connection: FakeConnection) => boolean): void {
    for (const connection of this.world.driver.connections) if (is(connection)) this.harmed.add(connection);
  }

  private end(one: EndStep): void {
    const execution = this.running(one.which);
    if (!execution) return;
    const { transaction } = one;
    if (HARMFUL.has(one.kind)) this.harmed.add(execution.connection);
    switch (one.kind) {
      case 'throwInSink':
        execution.sink.rows(null as unknown as Uint8Array, 1);
        execution.complete('SELECT', transaction, 1);
        break;
      case 'complete':
        execution.complete('SELECT', transaction, 1, execution.cancelled ? { afterCancel: 'won' } : {});
        break;
      case 'fail':
        execution.fail('42601', { transaction });
        break;
      case 'stop':
        // Only what was asked to stop is reported as stopped.
        if (execution.cancelled) execution.fail('57014', { stopped: true, transaction });
        break;
      case 'unusable':
        execution.fail('57014', { usable: false });
        break;
      case 'lose':
        execution.lose();
        break;
      case 'reject':
        execution.reject(new RangeError('a defect of the driver'));
    }
  }

  /** Ends the program in order; statements that the server never ends are abandoned. */
  async finish(): Promise<void> {
    this.harm(() => true);
    this.world.tape.failing = null;
    this.world.tape.release();
    await settle();
    const stopped = this.world.workspace.stop();
    await vi.advanceTimersByTimeAsync(CLOSED_MS);
    await settle();
    await stopped;
  }
}
