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

const events = {
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
    'running.recording': { openSession: S, sessionEnded: S, tapeFailed: 'running.unrecorded', tapeRecovered: _, tapeCrowded: S, vaultLocked: S, profileSaved: S, policyChanged: _, requestRefused: S, commandRefused: S, stop: 'stopping', stopLimit: _ },
    'running.unrecorded': { openSession: S, sessionEnded: S, tapeFailed: _, tapeRecovered: 'running.recording', tapeCrowded: S, vaultLocked: S, profileSaved: S, policyChanged: _, requestRefused: S, commandRefused: S, stop: 'stopping', stopLimit: _ },
    stopping: { openSession: _, sessionEnded: 'stopped', tapeFailed: _, tapeRecovered: _, tapeCrowded: _, vaultLocked: _, profileSaved: S, policyChanged: _, requestRefused: S, commandRefused: S, stop: _, stopLimit: 'stopped' },
    stopped: { openSession: _, sessionEnded: S, tapeFailed: _, tapeRecovered: _, tapeCrowded: _, vaultLocked: _, profileSaved: S, policyChanged: _, requestRefused: S, commandRefused: S, stop: _, stopLimit: _ },
  },
};
