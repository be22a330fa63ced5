import { assign, enqueueActions, setup } from 'xstate';
import { stopsScript } from '../events/query.ts';
import type { ScriptFact, ScriptInput, ScriptReport } from '../events/script.ts';
import { tell } from './tell.ts';

/** What a script knows of its statements. */
interface ScriptContext extends ScriptInput {
  /** Statements that have ended. */
  readonly ended: number;
  /** The `scriptIndex` of the first statement that was stopped; null while none was. */
  readonly stoppedFrom: number | null;
}

/**
 * A script is a list of statements on one connection, in order.
 *
 *   running → stopping → ended
 *
 * Its statements report their ends to it before they report them to their session, so that a later one is stopped before it is granted
 * the connection. An end that stops the script stops the later statements only: an earlier one may still run, and goes on. It ends with
 * its last statement, submitted or left out.
 */
export const scriptMachine = setup({
  types: {} as { context: ScriptContext; events: ScriptFact; input: ScriptInput; tags: 'ended' },
  actions: {
    count: assign({ ended: ({ context }) => context.ended + 1 }),
    stopLater: enqueueActions((args) => {
      const { enqueue, context, event } = args;
      if (event.type !== 'script.statementEnded') return;
      const { sessionId, scriptId, stoppedFrom } = context;
      const from = event.scriptIndex + 1;
      enqueue.assign({ stoppedFrom: from });
      tell<ScriptReport>(args, sessionId, {
        type: 'script.stopped',
        scriptId,
        from,
        // Those from there on were stopped before, and end by that.
        ...(stoppedFrom === null ? {} : { until: stoppedFrom }),
      });
    }),
    reportEnd: enqueueActions((args) => {
      const { sessionId, scriptId } = args.context;
      tell<ScriptReport>(args, sessionId, { type: 'script.ended', scriptId });
    }),
  },
  guards: {
    isLast: ({ context }) => context.ended + 1 >= context.statements,
    stops: ({ context, event }) =>
      event.type === 'script.statementEnded' &&
      event.scriptIndex < (context.stoppedFrom ?? Number.POSITIVE_INFINITY) &&
      stopsScript(event, context.goOnAfterError),
  },
}).createMachine({
  id: 'script',
  version: '1',
  context: ({ input }) => ({ ...input, ended: 0, stoppedFrom: null }),
  initial: 'running',
  on: {
    'script.statementEnded': [
      { guard: 'isLast', target: '.ended', actions: 'count' },
      { guard: 'stops', target: '.stopping', actions: ['count', 'stopLater'] },
      { actions: 'count' },
    ],
    'script.abandoned': '.ended',
  },
  states: {
    running: {},
    stopping: {},
    ended: {
      tags: 'ended',
      entry: 'reportEnd',
      on: { 'script.statementEnded': {}, 'script.abandoned': {} },
    },
  },
});
