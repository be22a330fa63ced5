import type { StatefulKind, StateOf } from '../../events/states.ts';

/** What a colour means: at work, well, waiting or lost and found, failed or dangerous, at rest, not there. */
export type Colour = 'running' | 'well' | 'waiting' | 'failed' | 'quiet' | 'hollow';

const COLOURS: { readonly [K in StatefulKind]: Readonly<Record<StateOf<K>, Colour>> } = {
  workspace: {
    'running.recording': 'well',
    'running.unrecorded': 'failed',
    stopping: 'waiting',
    stopped: 'hollow',
  },
  session: {
    'opening.tunnel': 'waiting',
    'opening.connecting': 'waiting',
    'opening.failing': 'waiting',
    'open.connected': 'well',
    'open.reconnecting.tunnel': 'waiting',
    'open.reconnecting.waiting': 'waiting',
    'open.reconnecting.connecting': 'waiting',
    'open.disconnected': 'failed',
    'closing.cancelling': 'waiting',
    'closing.disconnecting': 'waiting',
    'closing.tunnel': 'waiting',
    offline: 'hollow',
    failed: 'failed',
  },
  tab: {
    open: 'well',
    'interrupted.lost': 'failed',
    'interrupted.rollingBack': 'waiting',
    'interrupted.rolledBack': 'waiting',
    retiring: 'waiting',
    closed: 'quiet',
  },
  script: {
    running: 'running',
    stopping: 'waiting',
    ended: 'quiet',
  },
  prompt: {
    open: 'waiting',
    answered: 'well',
    dismissed: 'quiet',
    expired: 'failed',
  },
  orphan: {
    checking: 'waiting',
    running: 'running',
    laterStatement: 'running',
    inTransaction: 'waiting',
    idle: 'quiet',
    gone: 'quiet',
    unknown: 'failed',
    'cancelling.requested': 'waiting',
    'cancelling.confirming': 'waiting',
    dismissed: 'quiet',
  },
  tunnel: {
    'opening.connecting': 'waiting',
    'opening.verifyingHostKey': 'waiting',
    'opening.awaitingTrust': 'waiting',
    'opening.authenticating': 'waiting',
    forwarding: 'well',
    'reopening.waiting': 'waiting',
    'reopening.dialling.connecting': 'waiting',
    'reopening.dialling.verifyingHostKey': 'waiting',
    'reopening.dialling.awaitingTrust': 'waiting',
    'reopening.dialling.authenticating': 'waiting',
    closing: 'waiting',
    closed: 'quiet',
    failed: 'failed',
  },
  connection: {
    opening: 'waiting',
    'open.work.idle': 'well',
    'open.work.expired': 'waiting',
    'open.work.busy': 'running',
    closing: 'waiting',
    closed: 'quiet',
    lost: 'failed',
  },
  query: {
    'queued.onConnection': 'waiting',
    'queued.inSession': 'waiting',
    classifying: 'running',
    confirming: 'waiting',
    'counting.running': 'waiting',
    'counting.stopping': 'waiting',
    recording: 'running',
    'running.executing': 'running',
    'running.streaming': 'running',
    'running.paused': 'waiting',
    'running.cancelling.requested': 'waiting',
    'running.cancelling.acknowledged': 'waiting',
    'running.cancelling.escalating': 'waiting',
    refused: 'failed',
    succeeded: 'well',
    failed: 'failed',
    cancelled: 'waiting',
    timedOut: 'waiting',
    'lost.notRun': 'failed',
    'lost.mayHaveCompleted': 'failed',
  },
};

/**
 * The colour of a state, by its name on the tape or in a view, which leaves out the states around it. `quiet`
 * for a state of another version of the program.
 */
export function stateColour(kind: string, state: string): Colour {
  const colours: Readonly<Record<string, Colour>> | undefined = COLOURS[kind as StatefulKind];
  const work = /\bwork\.(\w+)/.exec(state)?.[1];
  const plain = work ?? (state === 'ready' ? 'connected' : state);
  for (const around of ['', 'running.', 'open.', 'open.work.']) {
    const colour = colours?.[around + plain];
    if (colour) return colour;
  }
  return 'quiet';
}
