import { type Connection, DriverError, OUR_HINTS, type Role, type RowSink } from '../drivers/driver.ts';
import type { Reached } from '../events/command.ts';
import { type FailureText, withoutWords } from '../events/failure.ts';
import { CONNECT_TIMEOUT_MS, OWN_ROWS_BYTES_MAX } from '../events/limits.ts';
import type { Profile } from '../events/profile.ts';
import type { Column, RowEncoding } from '../events/result.ts';
import { readRows, rowCodec } from '../events/rows.ts';
import type { Secret } from '../events/secret.ts';
import { sentences } from '../events/sentences.ts';
import { tlsWeakness } from '../events/tls-default.ts';
import { WEAK_SIGN_IN_WORDS } from '../events/weak-sign-in.ts';
import type { ConfigFact } from '../events/workspace.ts';
import { connectTimedOut } from './effects/dialled-profile.ts';
import { PROFILE_TESTS_MAX } from './limits.ts';
import type { Ports } from './ports.ts';
import { Refused } from './refused.ts';
import { micros } from './statement-run.ts';

/** What is tried: a profile that may not be saved yet, and the password to try it with. */
interface Candidate {
  readonly profile: Profile;
  readonly password: Secret | null;
}

/** Tries profiles: each connects once, read-only, asks who it is to the server, and goes. */
export class ProfileTests {
  private running = 0;

  constructor(
    private readonly ports: Ports,
    /** Puts a fact on the tape and gives its seq. */
    private readonly tell: (fact: ConfigFact) => number,
  ) {}

  /** Tries a candidate and wipes its password. @throws Refused with the server's code and words */
  async run({ profile, password }: Candidate): Promise<Reached> {
    const { ports } = this;
    const { engine } = profile.target;
    const testId = ports.newId('test');
    const startedAt = performance.now();
    const afterMs = (): number => micros(performance.now() - startedAt);
    try {
      if (this.running >= PROFILE_TESTS_MAX)
        throw new Refused(
          'tests.full',
          `${PROFILE_TESTS_MAX} connections are being tested. Wait for one to end.`,
        );
      this.running++;
      const seq = this.tell({ type: 'profile.testBegan', testId, engine });
      await ports.tape.durable(seq);
      const reached = await this.reach(profile, password);
      this.tell({ type: 'profile.tested', testId, code: null, afterMs: afterMs() });
      return { ...reached, afterMs: afterMs() };
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      const { code } = withoutWords(error.failure);
      this.tell({ type: 'profile.tested', testId, code, afterMs: afterMs() });
      throw new Refused(error.failure.code, wordsOf(error.failure));
    } finally {
      this.running--;
      password?.wipe();
    }
  }

  private async reach(profile: Profile, password: Secret | null): Promise<Omit<Reached, 'afterMs'>> {
    const signal = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
    const driver = await this.ports.driver(profile.target.engine);
    let connection: Connection;
    try {
      connection = await driver.connect(profile.target, {
        password: () => password?.reveal(),
        signal,
        applicationName: 'querytape',
        readOnly: true,
        onLost: () => undefined,
      });
    } catch (error) {
      throw signal.aborted ? new DriverError(connectTimedOut(CONNECT_TIMEOUT_MS)) : error;
    }
    const give = (): void => connection.destroy();
    signal.addEventListener('abort', give);
    try {
      const { flavour, version, encrypted, weakSignIn, capabilities } = connection.server;
      const role = await driver
        .role((text) => ask(connection, text))
        .catch((error: unknown): Role => {
          if (signal.aborted) throw new DriverError(connectTimedOut(CONNECT_TIMEOUT_MS));
          if (!(error instanceof DriverError)) throw error;
          // It was reached; a server that keeps its catalogue to itself is no failure of the connection.
          return {
            ...UNTOLD,
            warnings: [`What the role may do could not be asked: ${error.failure.message}`],
          };
        });
      const weakness = tlsWeakness(profile.target);
      const warnings = [
        ...role.warnings,
        ...(weakSignIn ? [WEAK_SIGN_IN_WORDS[weakSignIn]] : []),
        ...(weakness === null ? [] : [weakness]),
        ...(capabilities.pooler ? [POOLER] : []),
      ];
      return { flavour, version, encrypted, ...role, warnings };
    } finally {
      signal.removeEventListener('abort', give);
      await connection.close();
    }
  }
}

const POOLER =
  'A connection pooler answers for the server: settings, prepared statements, temporary tables and session locks may not last from one statement to the next.';

const UNTOLD = { user: '', replica: null, canWrite: null } as const;

/** Runs a statement of ours and reads all of its rows. @throws DriverError */
async function ask(connection: Connection, text: string) {
  const rows: (string | null)[][] = [];
  let columns: readonly Column[] = [];
  let encoding: RowEncoding = 'postgres-datarow';
  let size = 0;
  const sink: RowSink = {
    columns: (said, encoded) => {
      columns = said;
      encoding = encoded;
    },
    moreColumns: (more) => {
      columns = [...columns, ...more];
    },
    columnsLearned: (learned) => {
      columns = learned;
    },
    rows: (bytes) => {
      size += bytes.length;
      if (size > OWN_ROWS_BYTES_MAX) connection.destroy();
      else rows.push(...readRows(rowCodec(encoding), bytes, columns));
      return true;
    },
    notice: () => undefined,
  };
  const end = await connection.execute(text, sink, [], OUR_HINTS).ended;
  if (size > OWN_ROWS_BYTES_MAX) throw new DriverError(endless);
  if (end.type !== 'completed') throw new DriverError(end.failure);
  return { rows, columns };
}

const endless: FailureText = {
  code: 'protocol.violated',
  source: 'connection',
  message: 'The server’s answer to who is signed in had no end. The connection was closed.',
  advice: 'Check host and port: something else may answer there.',
};

function wordsOf({ message, detail, hint, advice }: FailureText): string {
  return sentences(message, detail, hint, advice);
}
