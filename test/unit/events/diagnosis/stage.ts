import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import type { Accepted, Command } from '../../../../src/events/command.ts';
import type { Envelope } from '../../../../src/events/envelope.ts';
import type { Failure } from '../../../../src/events/failure.ts';
import type { TapeFact } from '../../../../src/events/tape.ts';
import type { ConfigFact } from '../../../../src/events/workspace.ts';
import { type FakeExecution, fakeWorkspace } from '../../actors/fakes.ts';
import { NO_CONFIG } from '../../actors/no-config.ts';
import { COLUMNS, dataRows } from '../../store/results-support.ts';

/** What a stage fakes of the platform, so that an hour passes at once. */
export const FAKED = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] as const;

/** What a submission may say beside its text. */
type Options = Omit<Extract<Command, { type: 'query.submit' }>, 'type' | 'sessionId' | 'tabId' | 'text'>;

/** What a time that passes is cut into, so that what happens in it has its place there. */
const STEPS = 10;

/** The real machines on a fake server, a tape in memory and a clock that the scene moves. Needs fake timers. */
export class Stage {
  private tellConfig: (fact: ConfigFact) => void = () => undefined;
  readonly world = fakeWorkspace({
    spillFolder: mkdtempSync(join(tmpdir(), 'querytape-diagnosis-')),
    kept: (profiles) => ({
      profiles,
      config: {
        ...NO_CONFIG,
        onFact: (listener) => {
          this.tellConfig = listener;
        },
      },
    }),
  });
  sessionId = '';

  get tape(): readonly Envelope[] {
    return this.world.tape.envelopes;
  }

  /** Lets promises and immediates run. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Time passes, by every clock. */
  async pass(ms: number): Promise<void> {
    for (let step = 0; step < STEPS; step++) {
      this.world.clock.offsetMs += ms / STEPS;
      await vi.advanceTimersByTimeAsync(ms / STEPS);
    }
    await this.settle();
  }

  async take(command: Command): Promise<Accepted> {
    const answer = await this.world.workspace.take(command);
    await this.settle();
    if ('refused' in answer) throw new Error(`${command.type} was refused: ${answer.refused.code}`);
    return answer;
  }

  async open(): Promise<string> {
    const { sessionId } = await this.take({ type: 'session.open', profileId: 'p1' });
    this.sessionId = sessionId!;
    return this.sessionId;
  }

  async submit(text: string, tabId = 't1', options: Options = {}): Promise<string> {
    const { sessionId } = this;
    const { queryIds } = await this.take({ type: 'query.submit', sessionId, tabId, text, ...options });
    return queryIds![0]!;
  }

  async cancel(queryId: string): Promise<void> {
    await this.take({ type: 'query.cancel', queryId });
  }

  running(text: string): FakeExecution {
    const found = this.world.driver.executions.find((one) => one.text === text && !one.hasEnded);
    if (!found) throw new Error(`${text} does not run`);
    return found;
  }

  /** The statement completes, after so long on the server. */
  async complete(text: string, serverMs = 1, transaction: 'none' | 'open' = 'none'): Promise<void> {
    const execution = this.running(text);
    execution.serverMs = serverMs;
    execution.complete('SELECT', transaction);
    await this.settle();
  }

  async fail(text: string, code: string, options: Parameters<FakeExecution['fail']>[1] = {}): Promise<void> {
    this.running(text).fail(code, options);
    await this.settle();
  }

  /** Rows of a statement come; false says that no more are to. */
  async rows(text: string, bytes = 8): Promise<boolean> {
    const { sink } = this.running(text);
    if (!this.columned.has(text)) {
      this.columned.add(text);
      sink.columns(COLUMNS, 'postgres-datarow');
    }
    const wantsMore = sink.rows(Buffer.concat(dataRows(0, 1, bytes)), 1);
    await this.settle();
    return wantsMore;
  }
  private readonly columned = new Set<string>();

  /** The connection of a tab, or the session's own, is lost. */
  async lose(at: number, failure: Failure = { code: 'ECONNRESET', source: 'connection' }): Promise<void> {
    const connection = this.world.driver.connections[at]!;
    for (const execution of connection.executions) if (!execution.hasEnded) execution.lose();
    await this.settle();
    connection.loseWith({ ...failure, message: 'lost' });
    await this.settle();
  }

  /** What the server answers to a connection attempt; null accepts them. */
  refuse(code: string | null, source: Failure['source'] = 'server'): void {
    this.world.driver.refuse = code === null ? null : { code, source, message: 'refused' };
  }

  /** The user locks the vault. */
  lockVault(): void {
    this.tellConfig({ type: 'vault.locked', reason: 'user' });
  }

  /** What the process records of itself. */
  fact(event: TapeFact): void {
    const ofTape = { actor: 'tape', kind: 'tape', machine: null, cause: null, state: null } as const;
    const at = 1_000_000 + this.tape.length + this.world.clock.offsetMs;
    this.world.tape.append({ ...ofTape, at, event });
  }

  /** The process is killed, and starts again: the next start's first record follows. */
  killed(): readonly Envelope[] {
    const [first] = this.tape;
    const last = this.tape.at(-1)!;
    return [...this.tape, { ...first!, seq: last.seq + 1, at: last.at + 1, actor: 'run-2' }];
  }

  /** The tape as it is once everything up to an event was cut. */
  after(type: string): readonly Envelope[] {
    const at = this.tape.findIndex(({ event }) => event.type === type);
    if (at < 0) throw new Error(`${type} is not on the tape`);
    return this.tape.slice(at + 1);
  }
}
