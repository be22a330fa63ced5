import type { CodeMeaning } from '../engines/code-meaning.ts';
import type { Engine } from '../engines/engine-name.ts';
import { knownDescriptorOf } from '../engines/index.ts';
import type { Failure } from '../failure.ts';

/** The system's codes for an address or a socket where nothing listens. */
export function isUnheard(failure: Failure | null | undefined): boolean {
  return failure?.code === 'ECONNREFUSED' || failure?.code === 'ENOENT';
}

/** A server's code, or the system's, for a server that is not there or not ready. */
export function isDown(failure: Failure, engine: Engine | null | undefined): boolean {
  if (isUnheard(failure)) return true;
  const meaning = meaningOf(failure, engine);
  return meaning === 'starting' || meaning === 'shutdown';
}

/** Whether a connection failed by its tunnel, and not by the server or the network behind it. */
export function isOfTunnel({ code }: Failure): boolean {
  return /^(?:tunnel|ssh)\./.test(code);
}

/** Meanings by which a server ends one connection alone, for what that connection did. */
export const OF_ONE_CONNECTION: ReadonlySet<CodeMeaning | null> = new Set<CodeMeaning>([
  'idleLimit',
  'idleTransactionLimit',
  'serverTimeout',
  'recoveryConflict',
]);

/**
 * What a failure's code means in its engine; null where a diagnosis has no word for it, or no engine is known. A driver that refuses
 * a statement itself, as the server would, does so by the server's code.
 */
export function meaningOf(
  failure: Failure | null | undefined,
  engine: Engine | null | undefined,
): CodeMeaning | null {
  if (!failure || !engine || failure.source === 'connection') return null;
  // PostgreSQL has the codes of other conflicts for this one.
  if (failure.stoppedBy === 'recovery') return 'recoveryConflict';
  const codes = knownDescriptorOf(engine)?.codes ?? {};
  return Object.hasOwn(codes, failure.code) ? codes[failure.code]! : null;
}
