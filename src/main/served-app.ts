import { distinctUntilKeyChanged } from 'rxjs';
import { charts } from '../actors/chart.ts';
import type { Workspace } from '../actors/workspace.ts';
import { within } from '../drivers/deadline.ts';
import type { Command } from '../events/command.ts';
import type { QueryDiagnosis } from '../events/diagnosis/report.ts';
import {
  DIAGNOSIS_MEMORY_MIB,
  DIAGNOSIS_RECORDS_MAX,
  METRICS_MEMORY_MIB,
  STATE_SETTLES_MS,
} from '../events/limits.ts';
import type { MetricsReport } from '../events/metrics/metrics-report.ts';
import type { ProcessFigures } from '../events/metrics/process-figures.ts';
import type { State } from '../events/views/state.ts';
import type { App } from '../server/app.ts';
import type { Config } from '../store/config.ts';
import { readLog } from '../store/log/log-reader.ts';
import type { ProfileSources } from '../store/profile-sources.ts';
import type { ResultStore } from '../store/results/result-store.ts';
import type { SealedTexts } from '../store/sealed-texts.ts';
import type { Tape } from '../store/tape/tape.ts';
import type { Vault } from '../store/vault/vault.ts';
import { askThread } from './ask-thread.ts';
import type { AutoLock } from './auto-lock.ts';
import type { BundleSources, Bundles } from './bundles.ts';
import type { DiagnosisTask } from './diagnosis-worker.ts';
import type { MetricsTask } from './metrics-worker.ts';
import type { DataPaths } from './paths.ts';
import { proveTape } from './prover.ts';
import type { Replays } from './replays.ts';
import type { RunLog } from './run-log.ts';
import { sshLookup } from './ssh-lookup.ts';
import type { StallWatch } from './stall-watch.ts';
import { VERSION } from './version.ts';

/** The parts of the program that are served. */
interface ServedParts
  extends Pick<App, 'runId' | 'startedAt' | 'unsavedProfiles' | 'demoProblem' | 'trace'>,
    Pick<SealedTexts, 'history' | 'drafts'> {
  readonly paths: DataPaths;
  readonly tape: Tape<State>;
  readonly log: RunLog;
  readonly vault: Vault;
  readonly config: Config;
  readonly profiles: ProfileSources;
  readonly results: ResultStore;
  readonly workspace: Workspace;
  readonly autoLock: AutoLock;
  readonly replays: Replays;
  readonly stalls: StallWatch;
}

/** What the server serves, of the parts that answer it. */
export function servedApp(parts: ServedParts): App {
  const { runId, startedAt, unsavedProfiles, demoProblem, replays, trace } = parts;
  const { tape, log, vault, config, profiles, results, workspace, autoLock, history, drafts, paths } = parts;
  return {
    runId,
    version: VERSION,
    startedAt,
    unsavedProfiles,
    demoProblem,
    otlp: log.collectors,
    command(command: Command) {
      autoLock.used();
      return workspace.take(command);
    },
    catalogue: workspace.catalogue.bind(workspace),
    query: workspace.query.bind(workspace),
    prompts: workspace.prompts.bind(workspace),
    failure: workspace.failure.bind(workspace),
    connection: workspace.connection.bind(workspace),
    requestRefused: workspace.requestRefused.bind(workspace),
    result: results.get.bind(results),
    profiles: () => profiles.list(),
    savedProfiles: () => profiles.views(),
    exportedProfiles: () => config.exported(),
    vault: () => config.vaultView(),
    policy: () => config.policy,
    history: history.page.bind(history),
    drafts: drafts.list.bind(drafts),
    ssh: sshLookup,
    charts,
    state: () => tape.state,
    settled: () => settled(tape),
    health: () => tape.health.value,
    healthChanges: tape.health.pipe(distinctUntilKeyChanged('state')),
    committed: tape.committed,
    get firstSeq() {
      return tape.firstSeq;
    },
    get durableSeq() {
      return tape.durableSeq;
    },
    read: tape.read.bind(tape),
    async *log() {
      await log.file.flush();
      yield* readLog(paths.logs);
    },
    processFigures: () => processFigures(parts),
    replays,
    trace,
    ...inThreads(parts),
    ...bundlesOf({
      paths,
      profiles: () => (vault.state === 'locked' ? null : profiles.list()),
      durableSeq: () => tape.durableSeq,
      flushLog: () => log.file.flush(),
    }),
  };
}

/** What can't be written, or not now, is no reason to answer nothing. */
export async function settled(tape: Pick<Tape<State>, 'durable' | 'lastSeq'>): Promise<void> {
  await within(
    tape.durable(tape.lastSeq).catch(() => undefined),
    STATE_SETTLES_MS,
  );
}

function processFigures({ startedAt, stalls, tape }: ServedParts): ProcessFigures {
  const { user, system } = process.cpuUsage();
  return {
    startedAt,
    cpuMs: (user + system) / 1000,
    memory: process.memoryUsage(),
    loopDelayMs: stalls.loopDelayMs,
    tape: tape.figures(),
  };
}

/** What is read of the tape in threads of their own. */
function inThreads({ tape, paths }: ServedParts): Pick<App, 'replay' | 'metrics' | 'diagnosis'> {
  const folder = paths.tape;
  return {
    replay: (until, signal) => proveTape(folder, { until, signal }),
    metrics: (wish, signal) =>
      askThread<MetricsReport>({
        name: 'metrics-worker',
        from: import.meta.url,
        task: { folder, wish } satisfies MetricsTask,
        memoryMib: METRICS_MEMORY_MIB,
        signal,
      }),
    diagnosis: (queryId, signal) =>
      askThread<QueryDiagnosis | null>({
        name: 'diagnosis-worker',
        from: import.meta.url,
        task: {
          folder,
          queryId,
          from: Math.max(tape.firstSeq, tape.durableSeq - DIAGNOSIS_RECORDS_MAX),
          present: { now: Date.now(), tapeFailure: tape.health.value.code },
        } satisfies DiagnosisTask,
        memoryMib: DIAGNOSIS_MEMORY_MIB,
        signal,
      }),
  };
}

/** Support bundles, whose code is loaded with the first one. */
function bundlesOf({
  flushLog,
  ...sources
}: BundleSources & { readonly flushLog: () => Promise<void> }): Pick<App, 'prepareBundle' | 'bundle'> {
  let made: Bundles | undefined;
  const bundles = async (): Promise<Bundles> => {
    // What could not be loaded once, as where no file could be opened, is loaded when it is asked for again.
    const { Bundles } = await import('./bundles.ts');
    made ??= new Bundles(sources);
    return made;
  };
  return {
    async prepareBundle(request, signal) {
      await flushLog();
      return (await bundles()).prepare(request, signal);
    },
    bundle: async (bundleId, signal) => (await bundles()).open(bundleId, signal),
  };
}
