import {
  type Connection,
  DriverError,
  OUR_HINTS,
  type Role,
  type Route,
  type RowSink,
} from '../drivers/driver.ts';
import type { Reached } from '../events/command.ts';
import { PRODUCTS } from '../events/engines/engine-name.ts';
import { type FailureText, withoutWords } from '../events/failure.ts';
import { CLOSE_TIMEOUT_MS, CONNECT_TIMEOUT_MS, OWN_ROWS_BYTES_MAX } from '../events/limits.ts';
import { type Profile, TLS_PASSPHRASE } from '../events/profile.ts';
import type { Column, RowEncoding } from '../events/result.ts';
import { readRows, rowCodec } from '../events/rows.ts';
import type { Secret } from '../events/secret.ts';
import { sentences } from '../events/sentences.ts';
import { tlsWeakness } from '../events/tls-default.ts';
import type { TunnelInput } from '../events/tunnel-facts.ts';
import { WEAK_SIGN_IN_WORDS } from '../events/weak-sign-in.ts';
import type { ConfigFact } from '../events/workspace.ts';
import { connectTimedOut } from './effects/dialled-profile.ts';
import { PROFILE_TESTS_MAX } from './limits.ts';
import { micros } from './micros.ts';
import type { Ports } from './ports.ts';
import { Refused } from './refused.ts';
import type { Resources } from './resources.ts';

/** What is tried: a profile that may not be saved yet, and the secrets to try it with, by their names. */
interface Candidate {
  readonly profile: Profile;
  readonly secrets: ReadonlyMap<string, Secret>;
}

/** The tunnel of a test, as an actor of the workspace. */
export interface TestTunnels {
  /** Opens one. */
  open(input: Omit<TunnelInput, 'ownerId'>): void;
  /** Asks it to close; does nothing where it has ended. */
  close(tunnelId: string): void;
}

/** Tries profiles: each connects once, read-only, asks who it is to the server, and goes. */
export class ProfileTests {
  private running = 0;
  /** What stops a test, by the id of its command. */
  private readonly stops = new Map<string, AbortController>();

  constructor(
    private readonly ports: Ports,
    /** Puts a fact on the tape and gives its seq. */
    private readonly tell: (fact: ConfigFact) => number,
    private readonly resources: Pick<Resources, 'tunnels' | 'tested'>,
    private readonly testTunnels: TestTunnels,
  ) {}

  /**
   * Tries a candidate, through its tunnel where it has one, and wipes its secrets. `commandId` is that of the command, by which a page
   * finds the tunnel among the views.
   * @throws Refused with the code and words of the server, or of the hop that failed
   */
  async run({ profile, secrets }: Candidate, commandId?: string): Promise<Reached> {
    const { ports } = this;
    const { engine } = profile.target;
    const testId = ports.newId('test');
    const stop = new AbortController();
    const startedAt = performance.now();
    const afterMs = (): number => micros(performance.now() - startedAt);
    const hasRoom = this.running < PROFILE_TESTS_MAX;
    if (hasRoom) this.running++;
    try {
      if (!hasRoom)
        throw new Refused(
          'tests.full',
          `${PROFILE_TESTS_MAX} connections are being tested. Wait for one to end.`,
        );
      if (commandId !== undefined) this.stops.set(commandId, stop);
      const seq = this.tell({ type: 'profile.testBegan', testId, engine });
      await ports.tape.durable(seq);
      const reached = await this.throughTunnel(
        { testId, commandId, profile, secrets, stopped: stop.signal },
        (route) => this.reach({ profile, secrets }, route, stop.signal),
      );
      this.tell({ type: 'profile.tested', testId, code: null, afterMs: afterMs() });
      return { ...reached, afterMs: afterMs() };
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      const failure = stop.signal.aborted ? STOPPED : error.failure;
      const { code } = withoutWords(failure);
      this.tell({ type: 'profile.tested', testId, code, afterMs: afterMs() });
      const { hostKeys } = failure;
      throw new Refused(failure.code, wordsOf(failure), hostKeys ? { hostKeys } : {});
    } finally {
      if (hasRoom) this.running--;
      if (commandId !== undefined) this.stops.delete(commandId);
      for (const secret of secrets.values()) secret.wipe();
    }
  }

  /** Stops the test of a command: its tunnel is closed, and so is its connection. Does nothing once it has ended. */
  stop(commandId: string): void {
    this.stops.get(commandId)?.abort();
  }

  /** Does work through the tunnel of a profile, which is closed again; without one where it names none. @throws DriverError */
  private async throughTunnel<T>(
    { testId, commandId, profile, secrets, stopped }: Tunnelled,
    work: (route: Route | undefined) => Promise<T>,
  ): Promise<T> {
    const { tunnel, profileId } = profile;
    if (!tunnel) return work(undefined);
    const { tunnels, tested } = this.resources;
    const tunnelId = `${testId}.tunnel1`;
    tested.set(testId, { profile, secret: (name) => secrets.get(name)?.reveal() });
    try {
      this.testTunnels.open({
        ...{ tunnelId, sessionId: null, testId },
        ...(commandId === undefined ? {} : { commandId }),
        profileId: profileId === 'candidate' ? null : profileId,
        by: tunnel.by,
        hops: tunnel.by === 'ssh' ? tunnel.hops.length : 0,
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
      });
      // The tunnel has its own limits, which do not run while the user is asked.
      const route = await tunnels.route(testId, profile, stopped);
      const dialledAt = performance.now();
      return await work(route).catch(async (error: unknown) => {
        if (!(error instanceof DriverError)) throw error;
        throw new DriverError(await tunnels.whyNotOpened(testId, error.failure, dialledAt));
      });
    } finally {
      this.testTunnels.close(tunnelId);
      await tunnels.whenEnded(testId, AbortSignal.timeout(CLOSE_TIMEOUT_MS));
      tunnels.forget(testId);
      tested.delete(testId);
    }
  }

  private async reach(
    { profile, secrets }: Candidate,
    route: Route | undefined,
    stopped: AbortSignal,
  ): Promise<Omit<Reached, 'afterMs'>> {
    const signal = AbortSignal.any([AbortSignal.timeout(CONNECT_TIMEOUT_MS), stopped]);
    const driver = await this.ports.driver(profile.target.engine);
    let connection: Connection;
    try {
      connection = await driver.connect(profile.target, {
        password: () => secrets.get('password')?.reveal(),
        tlsPassphrase: () => secrets.get(TLS_PASSPHRASE)?.reveal(),
        signal,
        applicationName: 'querytape',
        readOnly: true,
        ...(route ? { route } : {}),
        onLost: () => undefined,
      });
    } catch (error) {
      throw signal.aborted ? new DriverError(connectTimedOut(CONNECT_TIMEOUT_MS)) : error;
    }
    const give = (): void => connection.destroy();
    signal.addEventListener('abort', give);
    try {
      // It may have aborted as the last answer came.
      if (signal.aborted) throw new DriverError(connectTimedOut(CONNECT_TIMEOUT_MS));
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
      const product = PRODUCTS[profile.target.engine];
      const weakness = tlsWeakness(profile.target);
      const warnings = [
        ...role.warnings,
        ...(weakSignIn ? [WEAK_SIGN_IN_WORDS[weakSignIn]] : []),
        ...(weakness === null ? [] : [weakness]),
        ...(flavour === product ? [] : [otherProduct(flavour, product)]),
        ...(capabilities.pooler ? [POOLER] : []),
      ];
      return { flavour, version, encrypted, ...role, warnings };
    } finally {
      signal.removeEventListener('abort', give);
      await connection.close();
    }
  }
}

/** What a test through a tunnel is of. */
interface Tunnelled extends Candidate {
  readonly testId: string;
  readonly commandId: string | undefined;
  readonly stopped: AbortSignal;
}

const STOPPED: FailureText = {
  code: 'test.stopped',
  source: 'client',
  message: 'The test was stopped.',
  advice: 'Test again when you want to.',
};

/** A profile of one product reaches a server of another that speaks the same protocol. */
function otherProduct(answers: string, named: string): string {
  return `The server is ${answers}, and the profile names ${named}. Statements are read as ${answers} reads them; change the profile.`;
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
