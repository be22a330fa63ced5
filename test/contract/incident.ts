import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Command } from '../../src/events/command.ts';
import { Diagnosis } from '../../src/events/diagnosis/diagnosis.ts';
import type { CauseReport } from '../../src/events/diagnosis/report.ts';
import type { Envelope } from '../../src/events/envelope.ts';
import { RealWorkspace, type Stage } from './real-workspace.ts';

/** What a submission may say beside its text. */
type Options = Pick<Extract<Command, { type: 'query.submit' }>, 'timeoutMs'>;

/** An incident on a real server: a session, its tabs and the tape that is diagnosed afterwards. */
export class Incident {
  private sessionId = '';

  private constructor(readonly world: RealWorkspace) {}

  /** Plays on a server, and says what the tape of it is diagnosed as. The tape is proved to replay. */
  static async on(stage: Stage, play: (incident: Incident) => Promise<void>): Promise<Diagnosed> {
    const incident = new Incident(await RealWorkspace.start(stage));
    try {
      await play(incident);
      return new Diagnosed(await incident.world.records());
    } finally {
      await incident.world.stop();
    }
  }

  async open(): Promise<void> {
    this.sessionId = await this.world.open();
  }

  /** Submits a statement; resolves once it was taken. */
  async submit(text: string, tabId = 't1', options: Options = {}): Promise<string> {
    const { sessionId } = this;
    const { queryIds } = await this.world.send({ type: 'query.submit', sessionId, tabId, text, ...options });
    return queryIds![0]!;
  }

  /** Runs a statement to its end. */
  async run(text: string, tabId = 't1'): Promise<string> {
    const queryId = await this.submit(text, tabId);
    const { outcome } = await this.world.ended(queryId);
    return outcome!;
  }

  /** Submits a statement, and waits until the server has it. */
  async running(text: string, tabId = 't1', options: Options = {}): Promise<string> {
    const queryId = await this.submit(text, tabId, options);
    await this.world.until(({ queries }) => queries[queryId]?.dispatchedAt != null);
    await wait(100);
    return queryId;
  }

  /** Asks a statement to stop; resolves once it has ended, or where a time is given after that. */
  async cancel(queryId: string, ms?: number): Promise<void> {
    await this.world.send({ type: 'query.cancel', queryId });
    if (ms === undefined) await this.world.ended(queryId);
    else await wait(ms);
  }

  /** Runs a statement whose rows are not looked at for so long, and then are. */
  async pause(text: string, ms: number, tabId = 't1'): Promise<void> {
    const queryId = await this.submit(text, tabId);
    await this.world.until(({ queries }) => queries[queryId]?.state === 'paused');
    await wait(ms);
    await this.world.send({ type: 'query.fetchAll', queryId });
    await this.world.ended(queryId);
  }

  /** The server process of a tab's connection. */
  processOf(tabId = 't1'): number {
    const { connections } = this.world.state;
    const found = Object.values(connections).findLast((one) => one.tabId === tabId && one.server);
    return found!.server!.process.processId;
  }

  /** Waits until so many connections were lost. */
  async lost(count = 1): Promise<void> {
    await this.world.until(
      ({ connections }) => Object.values(connections).filter(({ state }) => state === 'lost').length >= count,
    );
  }
}

/** Causes that a busy machine may bring about by itself. */
const SLOW: ReadonlySet<string> = new Set([
  'slowConnect',
  'slowFirstRow',
  'slowStream',
  'slowDisk',
  'connectionTurn',
  'slotTurn',
]);

/** What the causes say of an incident. */
export class Diagnosed {
  private readonly reports: readonly CauseReport[];

  constructor(private readonly tape: readonly Envelope[]) {
    const diagnosis = new Diagnosis();
    for (const envelope of tape) diagnosis.take(envelope);
    this.reports = diagnosis.report();
  }

  /** The causes that hold. */
  get yes(): string[] {
    // How long things take here says nothing of what is staged.
    return this.reports.flatMap(({ cause, answer }) => (answer === 'yes' && !SLOW.has(cause) ? [cause] : []));
  }

  /** A cause holds, in these words, proved by events of these types. */
  proves(cause: string, sentence: RegExp, ...types: string[]): void {
    const report = this.reports.find((one) => one.cause === cause)!;
    expect(report, JSON.stringify(this.words, null, 1)).toMatchObject({ answer: 'yes' });
    const found = report.findings.find((one) => sentence.test(one.sentence));
    expect(found, JSON.stringify(report.findings)).toBeDefined();
    const proof = found!.events.map((seq) => this.tape.find((one) => one.seq === seq)!.event.type);
    expect(proof).toEqual(expect.arrayContaining(types));
  }

  /** A cause holds, or the tape does not say, in these words. */
  allows(cause: string, sentence: RegExp): void {
    const report = this.reports.find((one) => one.cause === cause)!;
    expect(report, JSON.stringify(this.words, null, 1)).not.toMatchObject({ answer: 'no' });
    expect(report.findings[0]!.sentence).toMatch(sentence);
  }

  /** The tape does not say whether a cause holds, for a reason in these words. */
  leavesOpen(cause: string, sentence: RegExp): void {
    const report = this.reports.find((one) => one.cause === cause)!;
    expect(report, JSON.stringify(this.words, null, 1)).toMatchObject({ answer: 'cantTell' });
    expect(report.findings[0]!.sentence).toMatch(sentence);
  }

  /** All that is on the tape. */
  get records(): readonly Envelope[] {
    return this.tape;
  }

  /** What is said of each cause that holds or may hold. */
  get words(): string[] {
    return this.reports.flatMap(({ cause, answer, findings }) =>
      findings.map(({ sentence }) => `${answer} ${cause}: ${sentence}`),
    );
  }
}
