import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Replay } from '../../src/actors/replay.ts';
import { Workspace } from '../../src/actors/workspace.ts';
import { Classifier } from '../../src/drivers/classifier.ts';
import type { Driver } from '../../src/drivers/driver.ts';
import type { Accepted, Command, CommandAnswer } from '../../src/events/command.ts';
import type { Envelope } from '../../src/events/envelope.ts';
import { DEFAULT_POLICY, type EnvironmentPolicy } from '../../src/events/policy.ts';
import type { Environment, Target } from '../../src/events/profile.ts';
import { resultIdOf } from '../../src/events/result.ts';
import { readRows, rowCodec } from '../../src/events/rows.ts';
import type { Tunnel } from '../../src/events/tunnel.ts';
import type { QueryView } from '../../src/events/views/query-view.ts';
import { apply, emptyState, type State } from '../../src/events/views/state.ts';
import { tunnelOpener } from '../../src/main/tunnel-opener.ts';
import { Profiles } from '../../src/store/profiles.ts';
import { ResultStore } from '../../src/store/results/result-store.ts';
import { openTape, readTape, type Tape } from '../../src/store/tape/tape.ts';
import { NO_CONFIG, NO_DRAFTS, NO_HISTORY } from '../unit/actors/no-config.ts';

const GIVE_UP_MS = 60_000;

/** Of all workspaces of the process, as the files of a worker may share it: to start one takes longer than most statements. */
const classifier = new Classifier();

/** What a workspace is opened on. */
export interface Stage {
  readonly driver: Driver;
  readonly target: Target;
  readonly password: string;
  readonly readOnly?: boolean;
  readonly environment?: Environment;
  readonly tunnel?: Tunnel;
  /** A known_hosts file by which the hops of the tunnel are known. */
  readonly knownHosts?: string;
}

/** A whole workspace on a real tape and a real driver, without the HTTP around it, and one session open on it. */
export class RealWorkspace {
  /** What the policy says other than by default. */
  rules: Partial<EnvironmentPolicy> = {};
  /** How far the clock is ahead of this machine's, in milliseconds: time that passes at once. */
  aheadMs = 0;

  private constructor(
    readonly workspace: Workspace,
    readonly tape: Tape<State>,
    readonly results: ResultStore,
    readonly profiles: Profiles,
    private readonly folder: string,
  ) {}

  static async start({
    driver,
    target,
    password,
    readOnly = false,
    environment = 'development',
    tunnel,
    knownHosts,
  }: Stage): Promise<RealWorkspace> {
    const folder = mkdtempSync(join(tmpdir(), 'querytape-workspace-'));
    const tape = await openTape({ folder: join(folder, 'tape'), fold: { initial: emptyState, apply } });
    const profiles = new Profiles();
    const profile = {
      profileId: 'p',
      name: 'p',
      target,
      environment,
      readOnly,
      ...(tunnel ? { tunnel } : {}),
    };
    for (const name of ['tunnels', 'spill']) mkdirSync(join(folder, name), { mode: 0o700 });
    profiles.add(profile, password);
    const results = new ResultStore({ spillFolder: join(folder, 'spill') });
    let ids = 0;
    let world: RealWorkspace | undefined;
    const workspace = new Workspace({
      runId: 'run-1',
      version: '0',
      node: process.version,
      processId: process.pid,
      unsavedProfiles: false,
      onUnrecordable: (error) => {
        throw error;
      },
      ports: {
        tape,
        openTunnel: tunnelOpener({
          folder: join(folder, 'tunnels'),
          knownHosts: { files: knownHosts ? [knownHosts] : [], ours: join(folder, 'known_hosts') },
        }),
        tunnelPace: { lookMs: 100, timeoutMs: 1000, wakeMs: 1000 },
        results,
        profiles,
        config: NO_CONFIG,
        history: NO_HISTORY,
        drafts: NO_DRAFTS,
        orphans: { list: () => Object.values(tape.state.orphans) },
        driver: async () => driver,
        classify: (engine, text, facts) => classifier.classify(engine, text, facts),
        rules: (where) => ({ ...DEFAULT_POLICY.environments[where], ...world?.rules }),
        now: () => Date.now() + (world?.aheadMs ?? 0),
        newId: (kind) => `${kind}-${++ids}`,
        defect: (error) => {
          throw error;
        },
        fingerprint: () => '0123456789abcdef',
      },
    });
    world = new RealWorkspace(workspace, tape, results, profiles, folder);
    return world;
  }

  get state(): State {
    return this.tape.state;
  }

  /** Waits until the tape says something. */
  async until<T>(look: (state: State) => T | undefined | false): Promise<T> {
    const found = look(this.state);
    if (found) return found;
    return new Promise((resolve, reject) => {
      const giveUp = setTimeout(() => {
        watch.unsubscribe();
        reject(new Error(`not within ${GIVE_UP_MS} ms: ${look}`));
      }, GIVE_UP_MS);
      const watch = this.tape.committed.subscribe(() => {
        const now = look(this.state);
        if (!now) return;
        clearTimeout(giveUp);
        watch.unsubscribe();
        resolve(now);
      });
    });
  }

  async answer(command: Command): Promise<CommandAnswer> {
    return this.workspace.take(command);
  }

  /** Sends a command that must be taken. */
  async send(command: Command): Promise<Accepted> {
    const answer = await this.answer(command);
    if ('refused' in answer) throw new Error(`${answer.refused.code}: ${answer.refused.message}`);
    return answer;
  }

  /** Opens the session and waits until it is ready, or has failed. */
  async open(profileId = 'p'): Promise<string> {
    const { sessionId } = await this.send({ type: 'session.open', profileId });
    await this.until(({ sessions }) => ['ready', 'failed'].includes(sessions[sessionId!]?.state ?? ''));
    return sessionId!;
  }

  ended(queryId: string): Promise<QueryView> {
    return this.until(({ queries }) => queries[queryId]?.outcome != null && queries[queryId]);
  }

  /** The values of a query's result. */
  async rows(queryId: string, place = 1): Promise<(string | null)[][]> {
    const result = this.results.get(resultIdOf(queryId, place));
    if (!result) return [];
    const { encoding, columns } = result.meta();
    const rows: (string | null)[][] = [];
    for await (const { bytes } of result.rowsFrom(0))
      rows.push(...readRows(rowCodec(encoding), bytes, columns));
    return rows;
  }

  /** Everything that the tape has. */
  async records(): Promise<Envelope[]> {
    await this.tape.durable(this.state.seq);
    const all: Envelope[] = [];
    for await (const batch of readTape(join(this.folder, 'tape'))) all.push(...batch);
    return all;
  }

  /** Closes in order, and proves that the tape replays. */
  async stop(): Promise<void> {
    await this.workspace.stop();
    await this.tape.close();
    await this.results.close();
    const replay = new Replay();
    for await (const batch of readTape(join(this.folder, 'tape'))) for (const one of batch) replay.step(one);
    const { matched, mismatches } = replay.report();
    rmSync(this.folder, { recursive: true });
    if (!matched) throw new Error(`the tape does not replay: ${JSON.stringify(mismatches[0])}`);
  }
}
