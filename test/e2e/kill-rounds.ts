import { Replay } from '../../src/actors/replay.ts';
import type { Envelope } from '../../src/events/envelope.ts';
import type { HistoryEntry, HistoryPage } from '../../src/events/history.ts';
import type { Target } from '../../src/events/profile.ts';
import { Client } from '../../src/main/client.ts';
import { readTape, verifyTape } from '../../src/store/tape/tape.ts';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';

const TABS = 3;
const STATEMENTS_PER_TAB = 200;
const WINDOW_ROWS = 5000;
const HISTORY_COUNT = 1000;

/** A server that is asked, after each kill, what it has seen. */
export interface KillTarget {
  readonly target: { readonly target: Target; readonly password: string };
  readonly setup: string;
  insert(marker: string): string;
  /** Reads every marker. */
  readonly all: string;
}

/** What came of the kills, the database asked. Every list but the counts has to be empty. */
export interface KillReport {
  readonly kills: number;
  readonly asked: number;
  readonly seen: number;
  /** Statements in flight at a kill that the next start reports, by what it says of them. */
  readonly notRun: number;
  readonly mayHaveCompleted: number;
  /** Markers that the server has, of statements which are reported not to have run. */
  readonly lies: readonly string[];
  /** Markers that the server has, of statements which the tape lacks. */
  readonly unrecorded: readonly string[];
  /** Markers that the server has, of statements whose text the history lacks. */
  readonly unwritten: readonly string[];
  /** What the history says became of the statements. */
  readonly historyOutcomes: ReadonlySet<string | null>;
  readonly damages: number;
  readonly starts: number;
  readonly replayed: boolean;
}

/** Kills the program while three tabs insert markers, starts it again, and holds what it reports against the server. */
export class KillRounds {
  readonly folder = dataFolder();
  private program: Started | undefined;
  /** Which query was asked to leave which marker. */
  private readonly asked = new Map<string, string>();

  constructor(private readonly server: KillTarget) {}

  /** Runs so many kills. `seed` makes the moments repeatable. */
  async run(kills: number, seed = 20261127): Promise<KillReport> {
    const random = jitter(seed);
    await this.start();
    const first = await this.open();
    await this.finish(first.client, await this.submit(first, 'setup', this.server.setup));
    for (let round = 0; round < kills; round++)
      await this.round(round, {
        ends: 1 + Math.floor(random.next().value * 8),
        jitterMs: random.next().value * 30,
      });
    return this.report(kills);
  }

  async stop(): Promise<void> {
    await this.program?.stop();
    removeFolder(this.folder);
  }

  private async start(): Promise<void> {
    this.program = await startQuerytape(this.folder, ['--allow-unsaved-profiles']);
  }

  private async open() {
    const client = new Client(this.program!.url);
    const { sessionId } = await client.command({
      type: 'session.openUnsaved',
      name: 'Killed',
      environment: 'development',
      ...this.server.target,
    });
    await client.until(({ sessions }) => (sessions[sessionId!]?.state === 'ready' ? true : undefined));
    return { client, sessionId: sessionId! };
  }

  private async submit(
    { client, sessionId }: { client: Client; sessionId: string },
    tabId: string,
    text: string,
  ): Promise<string> {
    const { queryIds } = await client.command({ type: 'query.submit', sessionId, tabId, text });
    return queryIds![0]!;
  }

  private finish(client: Client, queryId: string) {
    return client.until(({ queries }) => (queries[queryId]?.outcome ? queries[queryId] : undefined));
  }

  /** Kills once so many statements have ended, and a moment later: in the middle of the others, however slow the machine. */
  private async round(round: number, { ends, jitterMs }: { ends: number; jitterMs: number }): Promise<void> {
    const at = await this.open();
    // The first statement also waits for the thread that judges to start.
    await this.finish(at.client, await this.submit(at, 'tab0', this.server.all));
    let alive = true;
    const load = Array.from({ length: TABS }, async (_, tab) => {
      for (let i = 0; alive && i < STATEMENTS_PER_TAB; i++) {
        const marker = `r${round}t${tab}s${i}m`;
        // The kill cuts answers off; such a statement is counted by its marker alone.
        await this.submit(at, `tab${tab}`, this.server.insert(marker)).then(
          (queryId) => this.asked.set(queryId, marker),
          () => undefined,
        );
      }
    });
    await at.client.until(({ queries }) => {
      const ours = Object.values(queries).filter(({ sessionId }) => sessionId === at.sessionId);
      return ours.filter(({ outcome }) => outcome !== null).length > ends ? true : undefined;
    });
    await new Promise((resolve) => setTimeout(resolve, jitterMs));
    await this.program!.kill();
    alive = false;
    await Promise.all(load);
    await this.start();
  }

  /** The markers that the server has. */
  private async seen(): Promise<Set<string>> {
    const at = await this.open();
    const reading = await this.submit(at, 'check', this.server.all);
    await this.finish(at.client, reading);
    const markers = new Set<string>();
    for (let from = 0; ; from += WINDOW_ROWS) {
      const answer = await at.client.get(`/api/results/${reading}/rows?from=${from}&count=${WINDOW_ROWS}`);
      const found = (await answer.text()).match(/r\d+t\d+s\d+m/g) ?? [];
      if (found.length === 0) return markers;
      for (const marker of found) markers.add(marker);
    }
  }

  /** All that the history has. */
  private async history(): Promise<readonly HistoryEntry[]> {
    const client = new Client(this.program!.url);
    const all: HistoryEntry[] = [];
    for (let more = true; more; ) {
      const before = all.length > 0 ? `&before=${all.at(-1)!.queryId}` : '';
      const answer = await client.get(`/api/history?count=${HISTORY_COUNT}${before}`);
      const page = (await answer.json()) as HistoryPage;
      if (page.problems.length > 0) throw new Error(JSON.stringify(page.problems));
      all.push(...page.entries);
      more = page.more;
    }
    return all;
  }

  private async report(kills: number): Promise<KillReport> {
    const seen = await this.seen();
    const history = await this.history();
    const written = new Set(history.map(({ text }) => text));
    const replay = new Replay();
    const recorded = new Set<string>();
    let starts = 0;
    for await (const batch of readTape(`${this.folder}/tape`))
      for (const envelope of batch as Envelope[]) {
        replay.step(envelope);
        if (envelope.state === 'recording') recorded.add(envelope.actor);
        if (envelope.kind === 'workspace' && envelope.event.type === 'xstate.init') starts++;
      }
    const { state } = await new Client(this.program!.url).state();
    const orphans = Object.values(state.queries).filter(({ orphaned }) => orphaned);
    const notRun = orphans.filter(({ outcome }) => outcome === 'lost.notRun');
    const markerOf = ({ queryId }: { queryId: string }): string => this.asked.get(queryId) ?? '';
    const known = new Map([...this.asked].map(([queryId, marker]) => [marker, queryId]));
    // A statement whose answer was cut off is not known by its id: there must be a record to spare for each.
    const unanswered = [...seen].filter((marker) => !known.has(marker));
    const spare = [...recorded].filter((queryId) => !this.asked.has(queryId)).length;
    const lacking = [...seen].filter((marker) => known.has(marker) && !recorded.has(known.get(marker)!));
    const report = replay.report();
    return {
      kills,
      asked: this.asked.size,
      seen: seen.size,
      notRun: notRun.length,
      mayHaveCompleted: orphans.length - notRun.length,
      lies: notRun.map(markerOf).filter((marker) => seen.has(marker)),
      unwritten: [...seen].filter((marker) => !written.has(this.server.insert(marker))),
      historyOutcomes: new Set(history.map(({ outcome }) => outcome)),
      unrecorded: spare < unanswered.length ? [...lacking, ...unanswered] : lacking,
      damages: (await verifyTape(`${this.folder}/tape`)).damages.length,
      starts,
      replayed: report.matched && report.unproven === 0,
    };
  }
}

/** Repeatable jitter, so that a failure can be had again. */
function* jitter(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state = (state * 1103515245 + 12345) % 2147483648;
    yield state / 2147483648;
  }
}
