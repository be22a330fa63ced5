import type { Ports } from '../../../src/actors/ports.ts';
import { Workspace } from '../../../src/actors/workspace.ts';
import type {
  CatalogueStatement,
  Connection,
  ConnectOptions,
  Driver,
  ExecuteHints,
  Execution,
  ExecutionEnd,
  Params,
  Role,
  RowSink,
} from '../../../src/drivers/driver.ts';
import { DriverError, NO_HINTS } from '../../../src/drivers/driver.ts';
import type { Capabilities } from '../../../src/events/capabilities.ts';
import type { CataloguePage } from '../../../src/events/catalogue.ts';
import type { Server, TransactionStatus } from '../../../src/events/connection.ts';
import type { RowChange } from '../../../src/events/edit.ts';
import type { Envelope, Unsealed } from '../../../src/events/envelope.ts';
import type { FailureText } from '../../../src/events/failure.ts';
import { type Judgement, type StatementFacts, unknownJudgement } from '../../../src/events/judgement.ts';
import { DEFAULT_POLICY, type EnvironmentPolicy } from '../../../src/events/policy.ts';
import type { AfterCancel } from '../../../src/events/query.ts';
import { NO_STATE, type SessionState } from '../../../src/events/session-state.ts';
import type { TransactionStep } from '../../../src/events/transaction.ts';
import type { Tunnel } from '../../../src/events/tunnel.ts';
import { Profiles } from '../../../src/store/profiles.ts';
import { ResultStore } from '../../../src/store/results/result-store.ts';
import { NO_CONFIG, NO_DRAFTS, NO_HISTORY, NO_ORPHANS } from './no-config.ts';

const capabilities: Capabilities = {
  transactions: true,
  isolationLevels: ['SERIALIZABLE'],
  readOnlyTransactions: true,
  savepoints: true,
  mutations: true,
  cancel: 'server',
  streaming: true,
  multipleResultSets: false,
  explain: true,
  ssh: false,
  readOnlyEnforcement: 'server',
};

/** What the classifier says unless a test has it say something else: nothing is known, and nothing is dangerous. */
export const JUDGED: Judgement = { ...unknownJudgement('not judged'), dangers: [] };

/** A tape in memory. Records become durable when the test says so, or at once. */
export class FakeTape {
  readonly envelopes: Envelope[] = [];
  durableSeq = 0;
  failing: string | null = null;
  isCrowded = false;
  private held = false;
  private waiting: { seq: number; resolve: () => void }[] = [];

  /** @param afterSeq the last record of an earlier start of the program */
  constructor(private readonly afterSeq = 0) {}

  append(record: Unsealed): number {
    const seq = this.afterSeq + this.envelopes.length + 1;
    const envelope = JSON.parse(JSON.stringify({ seq, ...record })) as Envelope;
    this.envelopes.push(envelope);
    return envelope.seq;
  }

  async durable(seq: number): Promise<void> {
    if (this.failing) throw Object.assign(new Error('disk'), { code: this.failing });
    if (this.held) await new Promise<void>((resolve) => this.waiting.push({ seq, resolve }));
    this.durableSeq = Math.max(this.durableSeq, seq);
  }

  /** From now on nothing becomes durable. */
  hold(): void {
    this.held = true;
  }

  release(): void {
    this.held = false;
    for (const { resolve } of this.waiting.splice(0)) resolve();
  }
}

/** One statement of the fake server, ended by the test. */
export class FakeExecution implements Execution {
  readonly ended: Promise<ExecutionEnd>;
  cancelled = false;
  hasEnded = false;
  resumed = 0;
  hasEnough = false;
  /** What the server reports as its time at the end. */
  serverMs = 1;
  private settle!: (end: ExecutionEnd) => void;
  /** The driver breaks its promise never to reject. */
  reject!: (error: Error) => void;

  constructor(
    readonly text: string,
    readonly sink: RowSink,
    readonly connection: FakeConnection,
    readonly params: Params = [],
    readonly hints: ExecuteHints = NO_HINTS,
  ) {
    this.ended = new Promise((resolve, reject) => {
      this.settle = resolve;
      this.reject = (error) => {
        this.hasEnded = true;
        reject(error);
      };
    });
  }

  resume(): void {
    this.resumed++;
  }

  enough(): void {
    this.hasEnough = true;
  }

  cancel(): void {
    this.cancelled = true;
  }

  private end(end: Partial<ExecutionEnd> & { type: string }): void {
    this.hasEnded = true;
    this.connection.transaction = end.transaction ?? this.connection.transaction;
    const { transaction } = this.connection;
    this.settle({ serverMs: this.serverMs, pausedMs: 0, usable: true, ...end, transaction } as ExecutionEnd);
  }

  complete(
    command = 'SELECT',
    transaction?: TransactionStatus,
    rowsAffected: number | null = null,
    after: { readonly afterCancel?: AfterCancel; readonly rowsDiscarded?: boolean } = {},
  ): void {
    this.end({ type: 'completed', command, rowsAffected, ...after, ...(transaction ? { transaction } : {}) });
  }

  fail(
    code: string,
    options: {
      stopped?: boolean;
      usable?: boolean;
      message?: string;
      transaction?: TransactionStatus;
      source?: FailureText['source'];
      stoppedBy?: FailureText['stoppedBy'];
      serverMs?: number;
      advice?: string;
    } = {},
  ): void {
    const { stopped = false, usable = true, message = `ERROR about 'secret-value'`, transaction } = options;
    const { source = 'server', stoppedBy, serverMs, advice } = options;
    const failure: FailureText = {
      code,
      source,
      message,
      ...(stoppedBy ? { stoppedBy } : {}),
      ...(advice ? { advice } : {}),
    };
    const confirmed = stopped ? { confirmedAfterMs: 5 } : {};
    const took = serverMs === undefined ? {} : { serverMs };
    const end = { type: 'failed', failure, stopped, usable, ...confirmed, ...took } as const;
    this.end(transaction ? { ...end, transaction } : end);
  }

  lose(failure: FailureText = { code: 'ECONNRESET', source: 'connection', message: 'gone' }): void {
    this.end({ type: 'lost', ran: 'mayHaveCompleted', failure, usable: false });
  }
}

export class FakeConnection implements Connection {
  transaction: TransactionStatus = 'none';
  closed = false;
  readonly server: Server;
  facts = {};
  state: SessionState;
  readonly executions: FakeExecution[] = [];

  constructor(
    processId: number,
    readonly options: ConnectOptions,
    private readonly driver: FakeDriver,
  ) {
    this.state = options.restore ?? NO_STATE;
    const process = { processId, startedAt: '2026-01-01T00:00:00Z' };
    this.server = {
      process,
      flavour: 'PostgreSQL',
      version: '18.4',
      encrypted: false,
      capabilities: driver.capabilities,
      ...driver.said,
    };
  }

  /** The server says what the connection holds from now on. */
  holds(state: Partial<SessionState>): void {
    this.state = { ...this.state, ...state };
    this.options.onState?.(this.state);
  }

  execute(text: string, sink: RowSink, params: Params = [], hints?: ExecuteHints): FakeExecution {
    const execution = new FakeExecution(text, sink, this, params, hints);
    this.executions.push(execution);
    this.driver.executions.push(execution);
    this.driver.onExecute(execution);
    return execution;
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {
    this.closed = true;
  }

  destroy(): void {
    this.closed = true;
    for (const execution of this.executions) if (!execution.hasEnded) execution.lose();
  }

  lose(): void {
    this.loseWith({ code: '57P01', source: 'server', message: 'terminated' });
  }

  loseWith(failure: FailureText): void {
    this.options.onLost(failure);
  }
}

/** A server without a wire: connections open at once, statements end when the test says so. */
export class FakeDriver implements Driver {
  readonly engine = 'postgres';
  capabilities = capabilities;
  /** What the server says of itself otherwise. */
  said: Partial<Server> = {};
  readonly connections: FakeConnection[] = [];
  readonly executions: FakeExecution[] = [];
  refuse: FailureText | null = null;
  /** What the catalogue answers. */
  page: CataloguePage = { columns: [], more: false };
  /** Whether what the catalogue has no rows of exists. */
  isPresent = true;
  /** Why a text can never run. */
  refusal?: NonNullable<Driver['refusal']>;
  /** Called as a statement reaches the server. */
  onExecute: (execution: FakeExecution) => void = () => {};

  async connect(_target: unknown, options: ConnectOptions): Promise<FakeConnection> {
    if (this.refuse) throw new DriverError(this.refuse);
    const connection = new FakeConnection(100 + this.connections.length, options, this);
    this.connections.push(connection);
    return connection;
  }

  readonly readOnlyEnclosure = {
    before: ['begin read only'],
    after: ['rollback'],
    keepSetting: ['commit', 'wall'],
  };

  volatility(names: readonly string[]): CatalogueStatement<Record<string, 'v'>> {
    return { text: `volatility ${names}`, read: () => Object.fromEntries(names.map((name) => [name, 'v'])) };
  }

  async role(): Promise<Role> {
    return { user: 'u', replica: false, canWrite: true, warnings: [] };
  }

  readonly savepoint = { set: 'savepoint', release: 'release', rollback: 'rollback to' };

  catalogue(): CatalogueStatement {
    return { text: 'catalogue', read: () => this.page };
  }

  readonly absence = {
    presence: () => ({ text: 'presence', read: () => this.isPresent }),
    codes: ['42P01'],
  };
  readonly lockedCodes = ['55P03'];

  transaction({ step }: TransactionStep): string[] {
    return [step];
  }

  edit(change: RowChange): { text: string; params: Params } {
    const values = [...('key' in change ? change.key : []), ...('values' in change ? change.values : [])];
    return { text: `${change.change} ${change.collection}`, params: values.map(({ value }) => value) };
  }
}

/** A workspace on a fake driver and a fake tape, with one profile, `p1`. */
export function fakeWorkspace(options: {
  readOnly?: boolean;
  spillFolder: string;
  kept?: (
    memory: Profiles,
  ) => Pick<Ports, 'config' | 'profiles'> & Partial<Pick<Ports, 'history' | 'drafts'>>;
  orphans?: Ports['orphans'];
  driver?: FakeDriver;
  openTunnel?: Ports['openTunnel'];
  tunnel?: Tunnel;
  /** By default so quick that a test can wait for it. */
  tunnelPace?: Ports['tunnelPace'];
  /** Which start of the program it is, and the last record of the one before. */
  runId?: string;
  afterSeq?: number;
}) {
  const { runId = 'run-1', afterSeq = 0 } = options;
  const tape = new FakeTape(afterSeq);
  const driver = options.driver ?? new FakeDriver();
  const profiles = new Profiles();
  const target = {
    engine: 'postgres',
    host: 'db.example',
    port: 5432,
    database: 'd',
    user: 'u',
    tls: { mode: 'disable' },
  } as const;
  const { readOnly = false, spillFolder } = options;
  profiles.add(
    {
      profileId: 'p1',
      name: 'One',
      target,
      environment: 'development',
      readOnly,
      ...(options.tunnel ? { tunnel: options.tunnel } : {}),
    },
    'hunter2-secret',
  );
  const results = new ResultStore({ spillFolder });
  const world = {
    /** What the classifier says. */
    judge: (_text: string, _facts: StatementFacts): Judgement => JUDGED,
    rules: DEFAULT_POLICY.environments.development as EnvironmentPolicy,
    clock: { offsetMs: 0 },
  };
  let ids = 0;
  const unrecordable: Error[] = [];
  const defects: unknown[] = [];
  const workspace = new Workspace({
    runId,
    version: '0',
    node: 'v0',
    processId: 1,
    unsavedProfiles: false,
    onUnrecordable: (error) => unrecordable.push(error),
    ports: {
      classify: async (_engine, text, facts) => world.judge(text, facts),
      rules: () => world.rules,
      tape,
      results,
      history: NO_HISTORY,
      drafts: NO_DRAFTS,
      orphans: options.orphans ?? NO_ORPHANS,
      ...(options.kept?.(profiles) ?? { profiles, config: NO_CONFIG }),
      driver: async () => driver,
      openTunnel: options.openTunnel ?? (() => Promise.reject(new Error('there are no tunnels here'))),
      tunnelPace: options.tunnelPace ?? { lookMs: 10, timeoutMs: 20, wakeMs: 20 },
      now: () => 1_000_000 + afterSeq + tape.envelopes.length + world.clock.offsetMs,
      newId: (kind) => `${kind}-${afterSeq + ++ids}`,
      defect: (error) => defects.push(error),
      fingerprint: (text) => text.length.toString(16).padStart(16, '0'),
    },
  });
  return Object.assign(world, { workspace, tape, driver, profiles, results, unrecordable, defects });
}

/** The real clock, also where a test has put another in its place. */
const clockMs = performance.now.bind(performance);
const TURNS = 2000;
const GIVE_UP_MS = 10_000;

/** Waits until `look` finds something; microtasks and timers run in the meantime. Gives up after as many turns and as much time. */
export async function eventually<T>(look: () => T | undefined | false): Promise<T> {
  const begunAt = clockMs();
  for (let turn = 0; turn < TURNS || clockMs() - begunAt < GIVE_UP_MS; turn++) {
    const found = look();
    if (found !== undefined && found !== false) return found as T;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('it did not happen');
}
