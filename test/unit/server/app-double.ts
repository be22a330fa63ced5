import { BehaviorSubject, Subject } from 'rxjs';
import type { Envelope } from '../../../src/events/envelope.ts';
import { DEFAULT_POLICY } from '../../../src/events/policy.ts';
import { emptyHistogram } from '../../../src/events/views/metrics-view.ts';
import { emptyState } from '../../../src/events/views/state.ts';
import type { TapeHealth } from '../../../src/events/wire.ts';
import type { App } from '../../../src/server/app.ts';

/** What the server serves, with nothing in it; `changes` is what a test looks at. */
export function appDouble(changes: Partial<App> = {}): App {
  const health: TapeHealth = { state: 'durable', durableSeq: 3, code: null };
  return {
    runId: 'run-1',
    version: '0',
    unsavedProfiles: false,
    startedAt: 0,
    otlp: [],
    demoProblem: null,
    trace: () => Promise.reject(new Error('no trace')),
    command: () => ({ accepted: true, commandId: 'c1' }),
    catalogue: async () => ({ databases: [], more: false }),
    query: () => undefined,
    prompts: () => [],
    ssh: {
      hosts: async () => ({ hosts: [], commands: [], cut: false }),
      resolve: async () => null,
      agentKeys: async () => null,
    },
    replay: () => Promise.reject(new Error('no replay')),
    prepareBundle: () => Promise.reject(new Error('no bundle')),
    bundle: async () => undefined,
    diagnosis: () => Promise.reject(new Error('no diagnosis')),
    replays: {
      open: () => Promise.reject(new Error('no replay')),
      openSent: () => Promise.reject(new Error('no replay')),
      get: () => undefined,
      ask: () => Promise.reject(new Error('no replay')),
      trace: () => Promise.reject(new Error('no replay')),
      close: async () => undefined,
    },
    metrics: () => Promise.reject(new Error('no metrics')),
    processFigures: () => ({
      startedAt: 0,
      cpuMs: 1500,
      memory: { rss: 3, heapUsed: 2, external: 1 },
      loopDelayMs: emptyHistogram(),
      tape: { bytes: 1000, durableSeq: 3, pending: 0, syncMs: emptyHistogram() },
    }),
    failure: () => undefined,
    connection: () => ({ state: null, facts: null }),
    requestRefused: () => undefined,
    profiles: () => [],
    savedProfiles: () => [],
    exportedProfiles: () => '{}\n',
    vault: () => ({
      state: 'absent',
      protection: null,
      keychainAvailable: false,
      problem: null,
      backup: null,
    }),
    policy: () => ({ policy: DEFAULT_POLICY, path: '', sources: {}, variables: {}, setBy: {}, problems: [] }),
    history: async () => ({ entries: [], more: false, problems: [] }),
    drafts: async () => ({ drafts: [], problems: [] }),
    charts: () => ({}),
    result: () => undefined,
    state: emptyState,
    settled: async () => undefined,
    health: () => health,
    healthChanges: new BehaviorSubject(health),
    committed: new Subject<readonly Envelope[]>(),
    firstSeq: 1,
    durableSeq: 3,
    async *read() {},
    async *log() {},
    ...changes,
  };
}
