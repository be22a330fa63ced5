import { workspaceMachine } from '../../../../src/actors/workspace.machine.ts';
import { _, S, type Truth } from './truth-table.ts';

const input = {
  sessionId: 's1',
  workspaceId: 'w1',
  profileId: 'p1',
  engine: 'postgres',
  environment: 'production',
  readOnly: true,
  connectTimeoutMs: 1000,
} as const;

const orphan = {
  actorId: 'o1',
  orphanId: 's0.c1',
  sessionId: 's1',
  profileId: 'p1',
  engine: 'postgres',
  process: { processId: 7, startedAt: '2026-11-28T12:00:00.000000Z' },
  sentAt: 1,
  checkTimeoutMs: 1000,
} as const;

const events = {
  lookForOrphan: { type: 'orphan.look', input: orphan },
  dismissOrphan: { type: 'orphan.dismiss', commandId: 'm', orphanId: 's0.c1', actorId: null },
  openSession: { type: 'session.open', commandId: 'm', input },
  sessionEnded: { type: 'session.ended', sessionId: 's1', outcome: 'offline' },
  tapeFailed: { type: 'tape.failed', code: 'ENOSPC' },
  tapeRecovered: { type: 'tape.recovered' },
  tapeCrowded: { type: 'tape.crowded' },
  vaultLocked: { type: 'vault.locked', reason: 'user' },
  profileSaved: {
    type: 'profile.saved',
    profileId: 'p1',
    engine: 'postgres',
    environment: 'production',
    readOnly: true,
  },
  policyChanged: { type: 'policy.changed', changes: [], problems: 0 },
  requestRefused: { type: 'request.refused', code: 'token.wrong' },
  commandRefused: { type: 'command.refused', commandId: 'm', command: 'query.submit', code: 'x' },
  openTunnel: {
    type: 'tunnel.open',
    input: {
      tunnelId: 'test-1.tunnel1',
      ownerId: 'w1',
      sessionId: null,
      testId: 'test-1',
      profileId: null,
      by: 'ssh',
      hops: 1,
      connectTimeoutMs: 1000,
    },
  },
  tunnelEnded: { type: 'tunnel.ended', tunnelId: 'test-1.tunnel1', failure: null },
  stop: { type: 'workspace.stop' },
  stopLimit: { type: 'xstate.after.SHUTDOWN_LIMIT.workspace.stopping' },
} as const;

const ways = {
  'running.recording': ['openSession'],
  'running.unrecorded': ['openSession', 'tapeFailed'],
  stopping: ['openSession', 'stop'],
  stopped: ['stop'],
} as const;

export const workspace: Truth<keyof typeof ways, keyof typeof events> = {
  machine: workspaceMachine,
  input: { runId: 'w1', version: '0', node: 'v20', processId: 1 },
  events,
  ways,
  endedBy: ['stop', 'sessionEnded'],
  // biome-ignore format: one row per state
  table: {
    'running.recording': { lookForOrphan: S, dismissOrphan: S, openSession: S, sessionEnded: S, tapeFailed: 'running.unrecorded', tapeRecovered: _, tapeCrowded: S, vaultLocked: S, profileSaved: S, policyChanged: _, requestRefused: S, commandRefused: S, openTunnel: S, tunnelEnded: S, stop: 'stopping', stopLimit: _ },
    'running.unrecorded': { lookForOrphan: S, dismissOrphan: S, openSession: S, sessionEnded: S, tapeFailed: _, tapeRecovered: 'running.recording', tapeCrowded: S, vaultLocked: S, profileSaved: S, policyChanged: _, requestRefused: S, commandRefused: S, openTunnel: S, tunnelEnded: S, stop: 'stopping', stopLimit: _ },
    stopping: { lookForOrphan: _, dismissOrphan: _, openSession: _, sessionEnded: 'stopped', tapeFailed: _, tapeRecovered: _, tapeCrowded: _, vaultLocked: _, profileSaved: S, policyChanged: _, requestRefused: S, commandRefused: S, openTunnel: _, tunnelEnded: S, stop: _, stopLimit: 'stopped' },
    stopped: { lookForOrphan: _, dismissOrphan: _, openSession: _, sessionEnded: S, tapeFailed: _, tapeRecovered: _, tapeCrowded: _, vaultLocked: _, profileSaved: S, policyChanged: _, requestRefused: S, commandRefused: S, openTunnel: _, tunnelEnded: S, stop: _, stopLimit: _ },
  },
};
