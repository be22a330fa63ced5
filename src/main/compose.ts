import { createHmac, randomUUID } from 'node:crypto';
import { distinctUntilKeyChanged } from 'rxjs';
import { charts } from '../actors/chart.ts';
import { TUNNEL_LOOK_MS, TUNNEL_PING_TIMEOUT_MS, TUNNEL_WAKE_TIMEOUT_MS } from '../actors/limits.ts';
import { Workspace } from '../actors/workspace.ts';
import { Classifier } from '../drivers/classifier.ts';
import type { Driver } from '../drivers/driver.ts';
import { partsOf } from '../drivers/engines.ts';
import { clearTunnelFolder } from '../drivers/ssh/openssh/own-folder.ts';
import type { BundleRequest } from '../events/bundle.ts';
import type { Command } from '../events/command.ts';
import type { QueryDiagnosis } from '../events/diagnosis/report.ts';
import type { Engine } from '../events/engines/engine-name.ts';
import { postgres } from '../events/engines/postgres.ts';
import { DIAGNOSIS_MEMORY_MIB, DIAGNOSIS_RECORDS_MAX, METRICS_MEMORY_MIB } from '../events/limits.ts';
import type { LogLevel } from '../events/log/log-entry.ts';
import type { MetricsReport, MetricsWish } from '../events/metrics/metrics-report.ts';
import type { ProcessFigures } from '../events/metrics/process-figures.ts';
import { errorSentence } from '../events/system-error.ts';
import type { TapeFact } from '../events/tape.ts';
import type { TraceWish } from '../events/trace/trace-wish.ts';
import { apply, emptyState, STATE_VERSION, type State } from '../events/views/state.ts';
import { type Serving, serve } from '../server/server.ts';
import { Config } from '../store/config.ts';
import { readLog } from '../store/log/log-reader.ts';
import { configFolder, PolicyFile } from '../store/policy.ts';
import { ProfileSources } from '../store/profile-sources.ts';
import { Profiles } from '../store/profiles.ts';
import { ResultStore } from '../store/results/result-store.ts';
import { openSealedTexts, type SealedTexts } from '../store/sealed-texts.ts';
import { openTape, type Tape } from '../store/tape/tape.ts';
import { Vault } from '../store/vault/vault.ts';
import { askThread } from './ask-thread.ts';
import { AutoLock } from './auto-lock.ts';
import type { Bundles } from './bundles.ts';
import type { Demo } from './demo.ts';
import type { DiagnosisTask } from './diagnosis-worker.ts';
import { endInOrder } from './ending.ts';
import { whereOf } from './fatal-errors.ts';
import { historyProjection } from './history-projection.ts';
import { removeInstance, writeInstance } from './instance-file.ts';
import { endLeftProcesses } from './left-processes.ts';
import { Log } from './log.ts';
import { LogFileSink } from './log-file-sink.ts';
import { logProjection, openingEntries } from './log-projection.ts';
import type { LogSettings } from './log-settings.ts';
import type { MetricsTask } from './metrics-worker.ts';
import { otlpSettings, otlpTargets } from './otlp/otlp-settings.ts';
import { type DataPaths, fingerprintKey, knownHostsFiles, makeDataFolder } from './paths.ts';
import { ProcessMeter } from './process-meter.ts';
import { Projections } from './projections.ts';
import { proveTape } from './prover.ts';
import { redirectFiles } from './redirect-file.ts';
import { Replays } from './replays.ts';
import { sshLookup } from './ssh-lookup.ts';
import { StallWatch } from './stall-watch.ts';
import type { TraceFile } from './trace-file.ts';
import { tunnelOpener } from './tunnel-opener.ts';
import { VERSION } from './version.ts';

/** How often old results are looked for. */
const SWEEP_INTERVAL_MS = 60_000;
/** Hexadecimal digits of a fingerprint: 128 bits. */
const FINGERPRINT_DIGITS = 32;

const ID_PREFIXES = {
  session: 'ses',
  query: 'qry',
  script: 'scr',
  command: 'cmd',
  prompt: 'prm',
  challenge: 'chg',
  test: 'tst',
  orphan: 'orp',
  profile: 'prf',
  import: 'imp',
  replay: 'rpl',
} as const;

function newId(prefix: string): string {
  return `${prefix}-${randomUUID().replaceAll('-', '').slice(0, 20)}`;
}

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
  /** Progress messages for the user. */
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
 * Puts the program together: the tape first, as nothing may happen before it can be recorded.
 * @throws TapeLockedError when another process writes the data folder; an Error with EADDRINUSE for a taken port.
 */
export async function compose(options: ComposeOptions): Promise<Composed> {
  const { paths, log } = options;
  await makeDataFolder(paths);
  const key = await fingerprintKey(paths);
  const { overrides, terminal } = options.logging;
  const policy = await PolicyFile.open({ folder: options.configFolder ?? configFolder(), overrides });
  const level = (): LogLevel => policy.loaded.policy.logLevel;
  const tape: Tape<State> = await openTape({
    folder: paths.tape,
    fold: { version: STATE_VERSION, initial: emptyState, apply },
    ageMaxMs: () => policy.loaded.policy.tapeAgeMaxMs,
  });
  const journal = new Log(Date.now);
  if (terminal) journal.add(terminal(level));
  const logFile = new LogFileSink(level, {
    folder: paths.logs,
    ageMaxMs: () => policy.loaded.policy.tapeAgeMaxMs,
    onProblem: (error) => log(`The log in ${paths.logs} can't be written: ${errorSentence(error)}`),
  });
  const settings = otlpSettings(process.env);
  for (const problem of settings.problems) log(problem);
  const otlp =
    Object.keys(settings.targets).length === 0
      ? null
      : new (await import('./otlp/otlp.ts')).Otlp(settings, VERSION, () => tape.state.metrics);
  const collected = otlp?.logSink(level);
  if (collected) journal.add(collected);
  journal.add(otlp ? otlp.traced(logFile) : logFile);
  const reportDropped = (): void => {
    for (const { signal, items, reason } of otlp?.takeDropped() ?? [])
      journal.say('warn', 'otlp.dropped', 'Items not delivered to the collector', {
        'querytape.otlp.signal': signal,
        'querytape.otlp.items': items,
        'error.type': reason,
      });
  };
  const onUncaught = (error: unknown): void => journal.defect('fatal', 'Ended by a defect', error);
  process.on('uncaughtExceptionMonitor', onUncaught);
  const defect = (what: string) => (error: unknown) => {
    log(`A defect in Querytape ${what}.\n${whereOf(error)}`);
    journal.defect('error', `A defect ${what}`, error);
  };
  const passing = new Profiles();
  let demo: Demo | undefined;
  let serving: Serving | undefined;
  let texts: SealedTexts | undefined;
  let autoLock: AutoLock | undefined;
  const closeLog = async (): Promise<void> => {
    process.off('uncaughtExceptionMonitor', onUncaught);
    await logFile.close();
  };
  try {
    const vault = await Vault.open({ folder: paths.folder });
    texts = await openSealedTexts({
      folder: paths.folder,
      vault,
      policy: () => policy.loaded.policy,
      now: Date.now,
    });
    const { history, drafts } = texts;
    const profiles = new ProfileSources(passing, vault);
    const config = new Config({ vault, policy, now: Date.now, newId: (kind) => newId(ID_PREFIXES[kind]) });
    for (const { pointer, variable, line, message } of policy.loaded.problems)
      log(
        `${variable ?? `${policy.path}${line === undefined ? '' : `:${line}`} ${pointer}`}: ${message} The strictest policy holds until it is mended.`,
      );
    let demoProblem: string | null = null;
    if (options.demo ?? vault.state === 'absent')
      demo = await offerDemo(paths, passing, log).catch(async (error: Error) => {
        const { DemoMissingError } = await import('./demo-binaries.ts');
        // Where it was requested its absence ends the program; otherwise it only can't be offered.
        if (options.demo || !(error instanceof DemoMissingError)) throw error;
        demoProblem = error.message;
        log(error.message);
        return undefined;
      });
    const results = new ResultStore({ spillFolder: paths.spill });
    const classifier = new Classifier();
    const drivers = new Map<Engine, Promise<Driver>>();
    const runId = newId('run');
    const startedAt = Date.now();
    const record = (event: TapeFact): void => {
      const ofTape = { actor: 'tape', kind: 'tape', machine: null, cause: null, state: null } as const;
      tape.append({ ...ofTape, at: Date.now(), event });
    };
    for (const fact of await endLeftProcesses(tape.state)) record(fact);
    await clearTunnelFolder(paths.tunnels);
    const workspace = new Workspace({
      runId,
      version: VERSION,
      node: process.version,
      processId: process.pid,
      unsavedProfiles: options.unsavedProfiles,
      onUnrecordable: (error) => {
        journal.defect('fatal', 'The tape takes nothing more', error);
        options.onFatal(error);
      },
      ports: {
        tape,
        results,
        profiles,
        config,
        history,
        drafts,
        orphans: { list: () => Object.values(tape.state.orphans) },
        now: Date.now,
        newId: (kind) => newId(ID_PREFIXES[kind]),
        defect: defect('ended one statement'),
        fingerprint: (text) =>
          createHmac('sha256', key).update(text).digest('hex').slice(0, FINGERPRINT_DIGITS),
        classify: (engine, text, facts) => classifier.classify(engine, text, facts),
        rules: (environment) => policy.loaded.policy.environments[environment],
        openTunnel: tunnelOpener({
          folder: paths.tunnels,
          knownHosts: { files: knownHostsFiles(), ours: paths.knownHosts },
        }),
        tunnelPace: {
          lookMs: TUNNEL_LOOK_MS,
          timeoutMs: TUNNEL_PING_TIMEOUT_MS,
          wakeMs: TUNNEL_WAKE_TIMEOUT_MS,
        },
        async driver(engine) {
          classifier.prepare(engine);
          const driver = drivers.get(engine) ?? partsOf(engine).loadDriver();
          drivers.set(engine, driver);
          return driver;
        },
      },
    });
    for (const entry of openingEntries(tape, journal.least)) journal.write(entry);
    const projections = new Projections(
      tape,
      [
        historyProjection(workspace, history),
        logProjection(journal.write, () => journal.least),
        ...(otlp ? [otlp.projection()] : []),
      ],
      (name, error) => defect(`stopped the ${name} from following the tape`)(error),
    );
    const health = tape.health.subscribe((now) => workspace.tapeHealth(now));
    autoLock = new AutoLock({
      afterMs: () => policy.loaded.policy.autoLockMs,
      isBusy: () => workspace.isBusy,
      lock: () => config.lock('idle'),
    });
    let made: Promise<Bundles> | undefined;
    const bundles = (): Promise<Bundles> => {
      made ??= import('./bundles.ts').then(
        (module) =>
          new module.Bundles({
            paths,
            profiles: () => (vault.state === 'locked' ? null : profiles.list()),
            durableSeq: () => tape.durableSeq,
          }),
      );
      return made;
    };
    const trace = async (folder: string, wish: TraceWish, signal: AbortSignal): Promise<TraceFile> =>
      (await import('./trace-file.ts')).traceFile({
        paths: { tape: folder, spill: paths.spill },
        wish,
        signal,
      });
    const replays = new Replays({
      folder: paths.tape,
      newId: () => newId(ID_PREFIXES.replay),
      now: Date.now,
      trace,
    });
    const app = {
      runId,
      version: VERSION,
      unsavedProfiles: options.unsavedProfiles,
      startedAt,
      otlp: otlpTargets(settings),
      demoProblem,
      command(command: Command) {
        autoLock?.used();
        return workspace.take(command);
      },
      catalogue: workspace.catalogue.bind(workspace),
      query: workspace.query.bind(workspace),
      failure: workspace.failure.bind(workspace),
      connection: workspace.connection.bind(workspace),
      requestRefused: workspace.requestRefused.bind(workspace),
      profiles: () => profiles.list(),
      savedProfiles: () => profiles.views(),
      exportedProfiles: () => config.exported(),
      vault: () => config.vaultView(),
      policy: () => config.policy,
      history: history.page.bind(history),
      drafts: drafts.list.bind(drafts),
      charts,
      result: results.get.bind(results),
      state: () => tape.state,
      prompts: () => workspace.prompts(),
      ssh: sshLookup,
      replay: (until: number, signal: AbortSignal) => proveTape(paths.tape, { until, signal }),
      prepareBundle: async (request: BundleRequest, signal: AbortSignal) => {
        await logFile.flush();
        return (await bundles()).prepare(request, signal);
      },
      bundle: async (bundleId: string, signal: AbortSignal) => (await bundles()).open(bundleId, signal),
      replays,
      metrics: (wish: MetricsWish, signal: AbortSignal) =>
        askThread<MetricsReport>({
          name: 'metrics-worker',
          from: import.meta.url,
          task: { folder: paths.tape, wish } satisfies MetricsTask,
          memoryMib: METRICS_MEMORY_MIB,
          signal,
        }),
      diagnosis: (queryId: string, signal: AbortSignal) =>
        askThread<QueryDiagnosis | null>({
          name: 'diagnosis-worker',
          from: import.meta.url,
          task: {
            folder: paths.tape,
            queryId,
            from: Math.max(tape.firstSeq, tape.durableSeq - DIAGNOSIS_RECORDS_MAX),
            present: { now: Date.now(), tapeFailure: tape.health.value.code },
          } satisfies DiagnosisTask,
          memoryMib: DIAGNOSIS_MEMORY_MIB,
          signal,
        }),
      processFigures: (): ProcessFigures => {
        const { user, system } = process.cpuUsage();
        return {
          startedAt,
          cpuMs: (user + system) / 1000,
          memory: process.memoryUsage(),
          loopDelayMs: stalls.loopDelayMs,
          tape: tape.figures(),
        };
      },
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
      log: async function* () {
        await logFile.flush();
        yield* readLog(paths.logs);
      },
      trace: (wish: TraceWish, signal: AbortSignal) => trace(paths.tape, wish, signal),
    };
    const { port: wantedPort, pageFolder } = options;
    const writeRedirect = pageFolder === null ? null : await redirectFiles(paths.launch);
    serving = await serve({ app, port: wantedPort, pageFolder, writeRedirect });
    const opened = config.openByKeychain();
    if (options.pageFolder !== null) void opened.then(() => config.lookForKeychain());
    const stalls = new StallWatch(record, () => workspace.woke());
    const meter = new ProcessMeter(record, {
      late: stalls.looks,
      committed: tape.committed,
      synced: tape.synced,
    });
    const sweeping = setInterval(() => {
      results.sweep();
      config.sweep();
      void replays.sweep();
      // What can't be removed now is tried again at the next sweep.
      history.sweep().catch(() => undefined);
      logFile.sweep().catch(() => undefined);
      reportDropped();
    }, SWEEP_INTERVAL_MS).unref();
    journal.say('info', 'server.listening', 'Listening on 127.0.0.1', { 'server.port': serving.port });
    await writeInstance(paths, { processId: process.pid, url: serving.url });
    // So that the first statement does not wait for the thread, and the start does not either; it loads what judges an engine's with
    // that engine's driver.
    setImmediate(() => classifier.start());
    logFile.open();
    const { url, port, close } = serving;
    const stop = (): Promise<void> => {
      clearInterval(sweeping);
      autoLock?.stop();
      meter.stop();
      stalls.stop();
      return endInOrder([
        () => removeInstance(paths),
        () => workspace.stop(),
        () => vault.lock(),
        close,
        () => replays.closeAll(),
        () => health.unsubscribe(),
        () => results.close(),
        () => classifier.close(),
        () => demo?.stop(),
        () => tape.close(),
        () => projections.close(),
        () => texts?.close(),
        () => journal.say('info', 'querytape.stopped', 'Querytape stopped'),
        () => otlp?.close(),
        reportDropped,
        closeLog,
      ]);
    };
    return { url, port, opened, stop, openTransactions: () => workspace.openTransactions };
  } catch (error) {
    // Why it did not start matters more than what could not be closed then.
    await endInOrder([
      () => autoLock?.stop(),
      () => serving?.close(),
      () => texts?.close(),
      () => demo?.stop(),
      () => tape.close(),
      () => otlp?.close(),
      closeLog,
    ]).catch(() => undefined);
    throw error;
  }
}

async function offerDemo(paths: DataPaths, profiles: Profiles, log: (line: string) => void): Promise<Demo> {
  const { startDemo } = await import('./demo.ts');
  const demo = await startDemo({ folder: paths.demo, log });
  const { host, port, database, user, password } = demo.profile;
  const target = { engine: postgres.name, host, port, database, user, tls: { mode: 'disable' } } as const;
  profiles.add(
    { profileId: 'demo', name: 'Demo', target, environment: 'development', readOnly: false },
    password,
  );
  return demo;
}
