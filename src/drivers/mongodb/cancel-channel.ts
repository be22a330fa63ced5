import type { Binary } from 'mongodb';
import { MongoServerError } from 'mongodb';
import { type CancelDelivery, type CancelRefusal, notCancelled } from '../cancel-loop.ts';
import { within } from '../deadline.ts';
import { renewed } from '../dialling.ts';
import type { Termination } from '../driver.ts';
import { documentsAt, locate, numberAt } from './bson-reader.ts';
import type { Dialling } from './client.ts';
import { failureOf } from './failure.ts';
import { Wire } from './wire.ts';

/** Which operations are a statement's: those with its tag, and those of its connection's session. */
export interface CancelAim {
  readonly tag: string;
  readonly session: Binary | null;
}

/** Called where a request is turned down, by the server or on the way to it. */
export type OnRefused = (refusal: CancelRefusal) => void;

/** The operations of the user's own that run on this very server (MongoDB manual, "$currentOp"). */
const CURRENT_OP = { $currentOp: { allUsers: false, localOps: true } };

/** Whether a server lets its user look at the user's own operations. */
export async function maySeeOperations(wire: Wire): Promise<boolean> {
  const command = { aggregate: 1, pipeline: [CURRENT_OP, { $limit: 1 }], cursor: {} };
  try {
    await wire.command('admin', command);
    return true;
  } catch (error) {
    if (error instanceof MongoServerError) return false;
    throw error;
  }
}

/**
 * The side connection of a connection's cancels: dialled when first needed, and kept, as the next one is then two messages
 * away. An operation is killed by its number, which no other one gets: a request that comes late hits nothing.
 */
export class CancelChannel {
  private wire: Promise<Wire> | null = null;
  private abort = new AbortController();

  constructor(
    private readonly dialling: Dialling,
    private readonly timeoutMs: number,
    /** Without sight of operations a statement is stopped by its session. */
    private readonly seesOperations: boolean,
  ) {}

  /** Asks the server to stop a statement. `taken` only where the server said that it will. Never rejects; bounded. */
  async kill({ tag, session }: CancelAim, onSent: () => void, onRefused: OnRefused): Promise<CancelDelivery> {
    return this.bounded(onRefused, 'notSent', async (wire, isLate) => {
      onSent();
      if (!this.seesOperations) return this.killSession(wire, session);
      const mine: object[] = [{ 'command.comment': tag }];
      if (session) mine.push({ 'lsid.id': session });
      const pipeline = [CURRENT_OP, { $match: { $or: mine } }];
      const reply = await wire.command('admin', { aggregate: 1, pipeline, cursor: {} });
      let taken = false;
      for (const operation of documentsAt(reply, 'cursor', 'firstBatch')) {
        if (isLate()) return 'notSent';
        const op = operationId(operation);
        if (op === undefined) continue;
        await wire.command('admin', { killOp: 1, op });
        taken = true;
      }
      return taken ? 'taken' : 'notSent';
    });
  }

  /** Ends all that runs in a session, and its transaction. Never rejects; ended by the signal. */
  async terminate(session: Binary | null, signal: AbortSignal, onRefused: OnRefused): Promise<Termination> {
    let asked = false;
    const work = this.bounded(onRefused, 'unknown', async (wire) => {
      asked = true;
      return this.killSession(wire, session);
    });
    const aborted = new Promise<'unknown'>((resolve) => {
      signal.addEventListener('abort', () => resolve('unknown'), { once: true });
    });
    const delivery = await Promise.race([work, aborted]);
    return delivery === 'taken' ? 'done' : asked ? 'unknown' : 'notDone';
  }

  close(): void {
    this.abort.abort();
    void this.wire?.then((wire) => wire.close(null)).catch(() => {});
    this.wire = null;
  }

  private async killSession(wire: Wire, session: Binary | null): Promise<CancelDelivery> {
    if (!session) return 'notSent';
    await wire.command('admin', { killSessions: [{ id: session }] });
    return 'taken';
  }

  private async bounded(
    onRefused: OnRefused,
    unanswered: CancelDelivery,
    work: (wire: Wire, isLate: () => boolean) => Promise<CancelDelivery>,
  ): Promise<CancelDelivery> {
    let late = false;
    const { signal } = this.abort;
    const done = this.open()
      .then((wire) => work(wire, () => late))
      .catch((error: unknown) => {
        if (!late && !signal.aborted) onRefused(refusal(error));
        return 'failed' as const;
      });
    const outcome = await within(done, this.timeoutMs);
    late = true;
    if (outcome !== 'late' && outcome !== 'failed') return outcome;
    // What did not answer, or not well, is not used again: the next request dials again.
    this.drop();
    return unanswered;
  }

  private open(): Promise<Wire> {
    this.wire ??= this.dial(this.abort.signal);
    return this.wire;
  }

  private async dial(signal: AbortSignal): Promise<Wire> {
    const dialling = await renewed(this.dialling);
    return Wire.open({ ...dialling, applicationName: `${dialling.applicationName} cancel` }, signal);
  }

  private drop(): void {
    this.abort.abort();
    this.abort = new AbortController();
    void this.wire?.then((wire) => wire.destroy()).catch(() => {});
    this.wire = null;
  }
}

/** AuthenticationFailed */
const SIGN_IN_REFUSED = '18';

function refusal(error: unknown): CancelRefusal {
  const failure = failureOf(error);
  const byHand =
    'To stop it, connect as a user who may, and run db.killOp() with the number that db.currentOp() shows.';
  return { ...notCancelled(failure, byHand), isFinal: failure.code === SIGN_IN_REFUSED };
}

/** A number, or text on a sharded cluster. */
function operationId(operation: Uint8Array): number | string | undefined {
  const place = locate(operation, 'opid');
  if (place?.type !== 2) return numberAt(operation, 'opid');
  return Buffer.from(operation.subarray(place.start + 4, place.end - 1)).toString('utf8');
}
