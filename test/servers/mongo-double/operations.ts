import type { Doc } from './bson.ts';
import { CommandError, interrupted } from './command-error.ts';
import type { Transaction } from './storage.ts';

/** Who sent an operation. */
export interface Client {
  readonly connectionId: number;
  readonly applicationName: string;
  readonly user: string | null;
}

/** An operation that runs: it can be found, and killed. */
export class RunningOperation {
  transaction: Transaction | null = null;
  private killedBy: CommandError | null = null;
  private wake: (() => void) | null = null;
  private readonly deadline: number;
  private readonly begunAt = performance.now();

  constructor(
    readonly opid: number,
    readonly command: Doc,
    readonly client: Client,
    /** The session's id in hexadecimal; empty for none. */
    readonly session: string,
    maxTimeMs: number,
  ) {
    this.deadline = maxTimeMs > 0 ? performance.now() + maxTimeMs : Number.POSITIVE_INFINITY;
  }

  get microsecondsRunning(): number {
    return Math.round((performance.now() - this.begunAt) * 1000);
  }

  kill(by: CommandError = interrupted()): void {
    this.killedBy ??= by;
    this.wake?.();
  }

  /** @throws CommandError where it was killed or its time is up */
  check(): void {
    if (this.killedBy) throw this.killedBy;
    if (performance.now() >= this.deadline) throw timedOut();
  }

  /** Sleeps, unless it is killed first. @throws CommandError */
  async sleep(ms: number): Promise<void> {
    this.check();
    const left = Math.min(ms, Math.max(0, this.deadline - performance.now()));
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      timer = setTimeout(resolve, left);
    });
    clearTimeout(timer);
    this.wake = null;
    this.check();
    if (left < ms) throw timedOut();
  }

  /** Lets others have their turn, so that it can be killed. @throws CommandError */
  async breathe(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.check();
  }
}

const timedOut = (): CommandError =>
  new CommandError(50, 'MaxTimeMSExpired', 'operation exceeded time limit');

/** All that runs on a server. */
export class Operations {
  private next = 1000;
  readonly running = new Map<number, RunningOperation>();
  /** How many have begun. */
  begun = 0;

  begin(command: Doc, client: Client, session: string, maxTimeMs: number): RunningOperation {
    this.begun++;
    const operation = new RunningOperation(this.next++, command, client, session, maxTimeMs);
    this.running.set(operation.opid, operation);
    return operation;
  }

  end({ opid }: RunningOperation): void {
    this.running.delete(opid);
  }
}
