import { Workspace } from '../actors/workspace.ts';
import { Classifier } from '../drivers/classifier.ts';
import { clearTunnelFolder } from '../drivers/ssh/openssh/own-folder.ts';
import type { TapeFact } from '../events/tape.ts';
import { apply, emptyState, STATE_VERSION, type State } from '../events/views/state.ts';
import type { App } from '../server/app.ts';
import { type Serving, serve } from '../server/server.ts';
import type { Config } from '../store/config.ts';
import { configFolder, PolicyFile } from '../store/policy.ts';
import { ResultStore } from '../store/results/result-store.ts';
import type { SealedTexts } from '../store/sealed-texts.ts';
import { openTape, type Tape } from '../store/tape/tape.ts';
import { AutoLock } from './auto-lock.ts';
import { offeredDemo } from './demo-offer.ts';
import { Ending } from './ending.ts';
import { historyProjection } from './history-projection.ts';
import { removeInstance, writeInstance } from './instance-file.ts';
import { endLeftProcesses } from './left-processes.ts';
import { logProjection, openingEntries } from './log-projection.ts';
import type { LogSettings } from './log-settings.ts';
import { newId } from './new-id.ts';
import { type DataPaths, fingerprintKey, makeDataFolder } from './paths.ts';
import { ProcessMeter } from './process-meter.ts';
import { Projections } from './projections.ts';
import { redirectFiles } from './redirect-file.ts';
import { Replays } from './replays.ts';
import { RunLog } from './run-log.ts';
import { servedApp } from './served-app.ts';
import { StallWatch } from './stall-watch.ts';
import { openStores } from './stores.ts';
import { VERSION } from './version.ts';
import { workspacePorts } from './workspace-ports.ts';

/** How often old results, replays, entries and files are looked for. */
const SWEEP_INTERVAL_MS = 60_000;

interface ComposeOptions {
  readonly paths: DataPaths;
  readonly port: number;
  readonly pageFolder: string | null;
  /** Start the demo database and offer its profile; null starts it where no vault exists yet. */
  readonly demo: boolean | null;
  /** Where the policy is. */
  readonly configFolder?: string;
  readonly unsavedProfiles: boolean;
  readonly logging: LogSettings;
  /** Takes what is said to the user at the terminal. */
  readonly log: (line: string) => void;
  /** The process can't go on recording, and so can't go on. */
  readonly onFatal: (error: Error) => void;
}

/** A running Querytape. */
interface Composed {
  /** For scripts, with the token. */
  readonly url: string;
  readonly port: number;
  /** Settles once a vault that opens by itself is open, or did not. */
  readonly opened: Promise<void>;
  /** Transactions that are open, which `stop` rolls back. */
  openTransactions(): number;
  /** Ends everything in order: statements, connections, page, results, demo, tape. */
  stop(): Promise<void>;
}

/**
 * Puts the program together: the tape first, as nothing may happen before it can be recorded. Where a step fails, so much is ended as
 * has begun.
 * @throws TapeLockedError when another process writes the data folder; an Error with EADDRINUSE for a taken port.
 */
export async function compose(options: ComposeOptions): Promise<Composed> {
  const { paths, logging } = options;
  await makeDataFolder(paths);
  const key = await fingerprintKey(paths);
  const policy = await PolicyFile.open({
    folder: options.configFolder ?? configFolder(),
    overrides: logging.overrides,
  });
  const tape = await openTape({
    folder: paths.tape,
    fold: { version: STATE_VERSION, initial: emptyState, apply },
    ageMaxMs: () => policy.loaded.policy.tapeAgeMaxMs,
  });
  const ending = new Ending();
  ending.add('tape', () => tape.close());
  try {
    return await composeOn({ options, key, policy, tape, ending });
  } catch (error) {
    // Why it did not start matters more than what could not be closed then.
    await ending.end().catch(() => undefined);
    throw error;
  }
}

/** What is there before anything else begins, and what each part adds its end to. */
interface Ground {
  readonly options: ComposeOptions;
  /** Of the fingerprints. */
  readonly key: Buffer;
  readonly policy: PolicyFile;
  readonly tape: Tape<State>;
  readonly ending: Ending;
}

/** The parts that stand on the tape, each after those that it needs. */
async function composeOn(ground: Ground): Promise<Composed> {
  const { options, tape, ending } = ground;
  const { paths, unsavedProfiles } = options;
  const log = await beginLog(ground);
  const stores = await openStores({ ...ground, folder: paths.folder, say: options.log });
  const { vault, config, profiles, history, drafts } = stores;
  const { demo, problem: demoProblem } = await offeredDemo({
    wanted: options.demo ?? vault.state === 'absent',
    isRequested: options.demo === true,
    paths,
    profiles: stores.passing,
    say: options.log,
  });
  ending.add('demo', () => demo?.stop());
  const results = new ResultStore({ spillFolder: paths.spill });
  ending.add('results', () => results.close());
  const classifier = new Classifier();
  ending.add('classifier', () => classifier.close());
  const record = recorderOf(tape);
  await endLeftovers(ground, record);
  const run = { runId: newId('run'), startedAt: Date.now() };
  const actorParts = { profiles, config, history, drafts, results, classifier };
  const workspace = beginWorkspace(ground, run.runId, log, actorParts);
  followTape(ground, { log, workspace, history });
  const autoLock = beginAutoLock(ground, { config, workspace });
  const stalls = beginWatching(ground, record, workspace);
  const trace = traceIn(paths);
  const replays = new Replays({ folder: paths.tape, newId: () => newId('replay'), now: Date.now, trace });
  ending.add('replays', () => replays.closeAll());
  const app = servedApp({
    ...{ ...run, unsavedProfiles, demoProblem, paths, tape, log, vault, config, profiles, history, drafts },
    ...{ results, workspace, autoLock, replays, stalls },
    trace: (wish, signal) => trace(paths.tape, wish, signal),
  });
  const { url, port } = await beginServing(ground, app);
  const opened = config.openByKeychain();
  if (options.pageFolder !== null) void opened.then(() => config.lookForKeychain());
  beginSweeping(ground, { results, config, replays, history, log });
  log.journal.say('info', 'server.listening', 'Listening on 127.0.0.1', { 'server.port': port });
  await writeInstance(paths, { processId: process.pid, url });
  ending.add('instance', () => removeInstance(paths));
  ending.add('goodbye', () => log.journal.say('info', 'querytape.stopped', 'Querytape stopped'));
  // So that the first statement does not wait for the thread, and the start does not either; it loads what judges an engine's with
  // that engine's driver.
  setImmediate(() => classifier.start());
  log.file.open();
  return {
    url,
    port,
    opened,
    openTransactions: () => workspace.openTransactions,
    stop: () => ending.end(),
  };
}

async function beginLog({ options, policy, tape, ending }: Ground): Promise<RunLog> {
  const { paths, logging, log: say } = options;
  const log = await RunLog.open({
    paths,
    policy,
    terminal: logging.terminal,
    metrics: () => tape.state.metrics,
    say,
  });
  ending.add('log', () => log.close());
  return log;
}

/** What puts facts on the tape that are no actor's. */
function recorderOf(tape: Tape<State>): (event: TapeFact) => void {
  const ofTape = { actor: 'tape', kind: 'tape', machine: null, cause: null, state: null } as const;
  return (event) => void tape.append({ ...ofTape, at: Date.now(), event });
}

/** Ends what a kill left of an earlier run's tunnels, and records what became of it. */
async function endLeftovers({ options, tape }: Ground, record: (event: TapeFact) => void): Promise<void> {
  for (const fact of await endLeftProcesses(tape.state)) record(fact);
  await clearTunnelFolder(options.paths.tunnels);
}

/** What the actors work with, beside the tape and the policy. */
type ActorParts = Omit<Parameters<typeof workspacePorts>[0], 'tape' | 'policy' | 'key' | 'paths' | 'defect'>;

function beginWorkspace(
  { options, key, policy, tape, ending }: Ground,
  runId: string,
  log: RunLog,
  parts: ActorParts,
): Workspace {
  const { paths, unsavedProfiles, onFatal } = options;
  const defect = log.defect('ended one statement');
  const workspace = new Workspace({
    runId,
    version: VERSION,
    node: process.version,
    processId: process.pid,
    unsavedProfiles,
    onUnrecordable: (error) => {
      log.journal.defect('fatal', 'The tape takes nothing more', error);
      onFatal(error);
    },
    ports: workspacePorts({ ...parts, tape, policy, key, paths, defect }),
  });
  ending.add('workspace', () => workspace.stop());
  return workspace;
}

/** Begins what follows the tape: the log, the history, a collector, and the workspace, which has to know whether it can be written. */
function followTape(
  { tape, ending }: Ground,
  parts: { readonly log: RunLog; readonly workspace: Workspace; readonly history: SealedTexts['history'] },
): void {
  const { log, workspace, history } = parts;
  const { journal, otlp } = log;
  for (const entry of openingEntries(tape, journal.least)) journal.write(entry);
  const projections = new Projections(
    tape,
    [
      historyProjection(workspace, history),
      logProjection(journal.write, () => journal.least),
      ...(otlp ? [otlp.projection()] : []),
    ],
    (name, error) => log.defect(`stopped the ${name} from following the tape`)(error),
  );
  ending.add('projections', () => projections.close());
  const health = tape.health.subscribe((now) => workspace.tapeHealth(now));
  ending.add('health', () => health.unsubscribe());
}

function beginAutoLock(
  { policy, ending }: Ground,
  { config, workspace }: { readonly config: Config; readonly workspace: Workspace },
): AutoLock {
  const autoLock = new AutoLock({
    afterMs: () => policy.loaded.policy.autoLockMs,
    isBusy: () => workspace.isBusy,
    lock: () => config.lock('idle'),
  });
  ending.add('timers', () => autoLock.stop());
  return autoLock;
}

/** Begins to record what the process itself does: that it stood still, and what it takes. */
function beginWatching(
  { tape, ending }: Ground,
  record: (event: TapeFact) => void,
  workspace: Workspace,
): StallWatch {
  const stalls = new StallWatch(record, () => workspace.woke());
  ending.add('timers', () => stalls.stop());
  const { committed, synced } = tape;
  const meter = new ProcessMeter(record, { late: stalls.looks, committed, synced });
  ending.add('timers', () => meter.stop());
  return stalls;
}

/** What writes a span of a tape for another tool; loaded with the first one. */
function traceIn({ spill }: Pick<DataPaths, 'spill'>): ConstructorParameters<typeof Replays>[0]['trace'] {
  return async (tape, wish, signal) =>
    (await import('./trace-file.ts')).traceFile({ paths: { tape, spill }, wish, signal });
}

async function beginServing({ options, ending }: Ground, app: App): Promise<Serving> {
  const { paths, port, pageFolder } = options;
  const writeRedirect = pageFolder === null ? null : await redirectFiles(paths.launch);
  const serving = await serve({ app, port, pageFolder, writeRedirect });
  ending.add('server', () => serving.close());
  return serving;
}

/** What is swept: each part forgets what was not used for long. */
interface SweptParts {
  readonly results: ResultStore;
  readonly config: Config;
  readonly replays: Replays;
  readonly history: SealedTexts['history'];
  readonly log: RunLog;
}

function beginSweeping({ ending }: Ground, { results, config, replays, history, log }: SweptParts): void {
  const sweeping = setInterval(() => {
    results.sweep();
    config.sweep();
    void replays.sweep();
    // What can't be removed now is tried again at the next sweep.
    history.sweep().catch(() => undefined);
    log.sweep();
  }, SWEEP_INTERVAL_MS).unref();
  ending.add('timers', () => clearInterval(sweeping));
}
