import type { LogLevel } from '../events/log/log-entry.ts';
import type { OtlpTarget } from '../events/otlp/otlp-target.ts';
import { errorSentence } from '../events/system-error.ts';
import type { MetricsView } from '../events/views/metrics-view.ts';
import type { PolicyFile } from '../store/policy.ts';
import { endInOrder } from './ending.ts';
import { whereOf } from './fatal-errors.ts';
import { Log } from './log.ts';
import { LogFileSink } from './log-file-sink.ts';
import type { LogSettings } from './log-settings.ts';
import type { Otlp } from './otlp/otlp.ts';
import { otlpSettings, otlpTargets } from './otlp/otlp-settings.ts';
import type { DataPaths } from './paths.ts';
import { VERSION } from './version.ts';

interface RunLogOptions {
  readonly paths: Pick<DataPaths, 'logs'>;
  readonly policy: Pick<PolicyFile, 'loaded'>;
  readonly terminal: LogSettings['terminal'];
  /** The metrics as they are when they are sent to a collector. */
  readonly metrics: () => MetricsView;
  /** Takes what is said to the user at the terminal. */
  readonly say: (line: string) => void;
}

/** The log of one run with all places that its entries go to: the terminal, the file, a collector. */
export class RunLog {
  readonly #say: RunLogOptions['say'];

  private constructor(
    { say }: RunLogOptions,
    readonly journal: Log,
    readonly file: LogFileSink,
    /** Null where no variable names a collector. */
    readonly otlp: Otlp | null,
    readonly collectors: readonly OtlpTarget[],
  ) {
    this.#say = say;
    process.on('uncaughtExceptionMonitor', this.#onUncaught);
  }

  /** The file is opened later, by its own `open`: the start does not wait for it. */
  static async open(options: RunLogOptions): Promise<RunLog> {
    const { paths, policy, terminal, metrics, say } = options;
    const level = (): LogLevel => policy.loaded.policy.logLevel;
    const journal = new Log(Date.now);
    if (terminal) journal.add(terminal(level));
    const file = new LogFileSink(level, {
      folder: paths.logs,
      ageMaxMs: () => policy.loaded.policy.tapeAgeMaxMs,
      onProblem: (error) => say(`The log in ${paths.logs} can't be written: ${errorSentence(error)}`),
    });
    const settings = otlpSettings(process.env);
    for (const problem of settings.problems) say(problem);
    const otlp =
      Object.keys(settings.targets).length === 0
        ? null
        : new (await import('./otlp/otlp.ts')).Otlp(settings, VERSION, metrics);
    const collected = otlp?.logSink(level);
    if (collected) journal.add(collected);
    journal.add(otlp ? otlp.traced(file) : file);
    return new RunLog(options, journal, file, otlp, otlpTargets(settings));
  }

  /** What takes a defect that the program goes on after. @param what it did, as in “ended one statement” */
  defect(what: string): (error: unknown) => void {
    return (error) => {
      this.#say(`A defect in Querytape ${what}.\n${whereOf(error)}`);
      this.journal.defect('error', `A defect ${what}`, error);
    };
  }

  /** Deletes old files, and reports what no collector has taken. */
  sweep(): void {
    // What can't be deleted now is tried again at the next sweep.
    this.file.sweep().catch(() => undefined);
    this.#reportDropped();
  }

  /** Sends and writes what waits. */
  close(): Promise<void> {
    return endInOrder([
      () => this.otlp?.close(),
      () => this.#reportDropped(),
      () => process.off('uncaughtExceptionMonitor', this.#onUncaught),
      () => this.file.close(),
    ]);
  }

  readonly #onUncaught = (error: unknown): void => this.journal.defect('fatal', 'Ended by a defect', error);

  #reportDropped(): void {
    for (const { signal, items, reason } of this.otlp?.takeDropped() ?? [])
      this.journal.say('warn', 'otlp.dropped', 'Items not delivered to the collector', {
        'querytape.otlp.signal': signal,
        'querytape.otlp.items': items,
        'error.type': reason,
      });
  }
}
