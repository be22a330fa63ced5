import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import type { CauseReport, Finding, QueryDiagnosis } from '../../src/events/diagnosis/report.ts';
import type { Target } from '../../src/events/profile.ts';
import type { Outcome } from '../../src/events/query.ts';
import type { QueryView } from '../../src/events/views/query-view.ts';
import { Client } from '../../src/main/client.ts';
import { readTape } from '../../src/store/tape/tape.ts';
import { dataFolder, environmentOf, removeFolder, type Started, startQuerytape } from './client.ts';
import type { MountedFolder } from './mounted-folder.ts';

const MAIN = process.env.QUERYTAPE_TEST_MAIN ?? resolve(import.meta.dirname, '../../dist/main.js');
const run = promisify(execFile);

/** Causes that a busy machine may bring about by itself. */
const SLOW: ReadonlySet<string> = new Set([
  'slowConnect',
  'slowDisk',
  'connectionTurn',
  'slotTurn',
  'blockedLoop',
]);

/** A server, and who signs in there. */
export interface Place {
  readonly target: Target;
  readonly password: string;
}

/** An incident that is staged against the built program, and what each of its ways to ask says of it. */
export class ProgramIncident {
  private sessionId = '';

  private constructor(
    readonly program: Started,
    readonly client: Client,
    readonly folder: string,
  ) {}

  /** Plays on a program of its own, which is ended and whose folder is removed afterwards. */
  static async on(
    play: (incident: ProgramIncident) => Promise<void>,
    { folder = dataFolder(), remove = () => removeFolder(folder) }: Partial<MountedFolder> = {},
  ): Promise<void> {
    const program = await startQuerytape(folder, ['--allow-unsaved-profiles']);
    try {
      await play(new ProgramIncident(program, new Client(program.url), folder));
    } finally {
      await program.stop();
      remove();
    }
  }

  /** Opens a session, and waits until it is ready, or has failed where that is what is staged. */
  async open({ target, password }: Place, until = 'ready'): Promise<string> {
    const { sessionId } = await this.client.command({
      type: 'session.openUnsaved',
      name: 'Private',
      target,
      environment: 'development',
      password,
    });
    return this.entered(sessionId!, until);
  }

  /** Opens a session of a saved profile. */
  async openSaved(profileId: string): Promise<string> {
    const { sessionId } = await this.client.command({ type: 'session.open', profileId });
    return this.entered(sessionId!, 'ready');
  }

  private async entered(sessionId: string, state: string): Promise<string> {
    this.sessionId = sessionId;
    await this.client.until(({ sessions }) =>
      sessions[sessionId]?.state.startsWith(state) ? true : undefined,
    );
    return sessionId;
  }

  /** Reconnects at once instead of after the wait, unless an attempt of the session's own is already under way. */
  async reconnected(): Promise<void> {
    const { sessionId } = this;
    const asked = await this.client
      .command({ type: 'session.reconnect', sessionId })
      .catch((error: Error) => error);
    if (asked instanceof Error) expect(asked.message).toContain('session.notReady');
    await this.entered(sessionId, 'ready');
  }

  async submit(text: string, tabId = 't1', options: { readonly timeoutMs?: number } = {}): Promise<string> {
    const { sessionId } = this;
    const { queryIds } = await this.client.command({
      type: 'query.submit',
      sessionId,
      tabId,
      text,
      ...options,
    });
    return queryIds![0]!;
  }

  /** Submits a statement, and waits until its server has it. */
  async running(text: string, tabId = 't1', options: { readonly timeoutMs?: number } = {}): Promise<string> {
    const queryId = await this.submit(text, tabId, options);
    await this.query(queryId, ({ dispatchedAt }) => dispatchedAt !== null);
    return queryId;
  }

  /** Waits until a statement is as it is looked for. */
  async query(queryId: string, look: (query: QueryView) => boolean): Promise<QueryView> {
    return this.client.until(({ queries }) => {
      const query = queries[queryId];
      return query && look(query) ? query : undefined;
    });
  }

  async ended(queryId: string): Promise<Outcome> {
    return (await this.query(queryId, ({ outcome }) => outcome !== null)).outcome!;
  }

  /** Runs a statement to its end. */
  async run(text: string, tabId = 't1'): Promise<[queryId: string, outcome: Outcome]> {
    const queryId = await this.submit(text, tabId);
    return [queryId, await this.ended(queryId)];
  }

  cancel(queryId: string): Promise<unknown> {
    return this.client.command({ type: 'query.cancel', queryId });
  }

  /** The server process of a tab's newest connection. */
  async processOf(tabId = 't1'): Promise<number> {
    const { connections } = (await this.client.state()).state;
    return Object.values(connections).findLast((one) => one.tabId === tabId && one.server)!.server!.process
      .processId;
  }

  /** Waits until a connection of a tab was lost. */
  async lost(tabId = 't1'): Promise<void> {
    await this.client.until(({ connections }) =>
      Object.values(connections).some((one) => one.tabId === tabId && one.state === 'lost')
        ? true
        : undefined,
    );
  }

  /** What the running program says of a statement (`GET /api/diagnosis`). */
  async ofStatement(queryId: string): Promise<Said> {
    const answer = await this.client.get(`/api/diagnosis?queryId=${queryId}`);
    const { findings } = (await answer.json()) as QueryDiagnosis;
    return new Said(findings, await this.types());
  }

  /** What the command line says of a statement (`querytape replay FOLDER explain`). */
  async explained(queryId: string): Promise<Said> {
    const lines = await this.replay('explain', queryId);
    return new Said(
      lines.filter((line): line is Finding => 'cause' in line),
      await this.types(),
    );
  }

  /** What the command line says of the whole tape (`querytape replay FOLDER --diagnose`). */
  async ofTape(): Promise<Said> {
    const reports = (await this.replay('diagnose')) as unknown as CauseReport[];
    const none = reports.flatMap(({ cause, title, answer, findings }) =>
      findings.length > 0 || answer === 'yes'
        ? []
        : [
            {
              cause,
              title,
              answer,
              subject: { kind: 'run', id: '' },
              sentence: '',
              advice: null,
              events: [],
            } as const,
          ],
    );
    return new Said([...reports.flatMap(({ findings }) => findings), ...none], await this.types());
  }

  private async replay(...words: string[]): Promise<(Finding | object)[]> {
    const { stdout } = await run(process.execPath, [MAIN, 'replay', '--json', this.folder, ...words], {
      env: environmentOf(this.folder),
      maxBuffer: 1 << 26,
    });
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
  }

  /** The types of the tape's events, by seq. */
  private async types(): Promise<Map<number, string>> {
    const types = new Map<number, string>();
    for await (const batch of readTape(join(this.folder, 'tape')))
      for (const { seq, event } of batch) types.set(seq, event.type);
    return types;
  }
}

/** What the causes say of a statement or of a tape. */
export class Said {
  constructor(
    readonly findings: readonly Finding[],
    private readonly types: ReadonlyMap<number, string>,
  ) {}

  /** The causes that hold; one that a busy machine may bring about by itself is not among them. */
  get yes(): string[] {
    const found = this.findings.filter(({ cause, answer }) => answer === 'yes' && !SLOW.has(cause));
    return [...new Set(found.map(({ cause }) => cause))];
  }

  /** A cause holds, in these words, proved by events of these types. */
  proves(cause: string, sentence: RegExp, ...types: string[]): void {
    const found = this.findings.find((one) => one.cause === cause && sentence.test(one.sentence));
    expect(found, this.words).toMatchObject({ answer: 'yes' });
    expect(found!.events.map((seq) => this.types.get(seq))).toEqual(expect.arrayContaining(types));
  }

  /** A cause does not hold, or the tape does not say, in these words. */
  answers(cause: string, answer: 'no' | 'cantTell', sentence: RegExp): void {
    const found = this.findings.find((one) => one.cause === cause);
    expect(found, this.words).toMatchObject({ answer, sentence: expect.stringMatching(sentence) });
  }

  /** What is said of each cause that holds or may hold. */
  get words(): string {
    return this.findings
      .filter(({ answer }) => answer !== 'no')
      .map(
        ({ cause, answer, sentence, events }) =>
          `${answer} ${cause}: ${sentence} [${events.map((seq) => this.types.get(seq))}]`,
      )
      .join('\n');
  }
}
