import { enqueueActions, setup } from 'xstate';
import type { QueryEnded, QuerySlotRequested, QuerySlotReturned, QuerySubmit } from '../events/query.ts';
import type { Of } from '../events/schema.ts';
import type { ScriptReport } from '../events/script.ts';
import type {
  SessionClose,
  SessionFact,
  SessionInput,
  SessionReconnect,
  TabClose,
  TransactionLossSeen,
} from '../events/session.ts';
import type { TabClosed } from '../events/tab.ts';
import type { TunnelReport } from '../events/tunnel-facts.ts';
import type { WorkspaceEvent } from '../events/workspace.ts';
import { connectionMachine } from './connection.machine.ts';
import { queryMachine } from './query.machine.ts';
import { scriptMachine } from './script.machine.ts';
import type { SessionContext } from './session-context.ts';
import { tabMachine } from './tab.machine.ts';
import { tell } from './tell.ts';
import { tunnelMachine } from './tunnel.machine.ts';

/** What a session receives. */
type SessionEvent =
  | SessionFact
  | Of<typeof SessionClose>
  | Of<typeof SessionReconnect>
  | Of<typeof TabClose>
  | Of<typeof TransactionLossSeen>
  | Of<typeof QuerySubmit>
  | Of<typeof QuerySlotRequested>
  | Of<typeof QuerySlotReturned>
  | Of<typeof QueryEnded>
  | ScriptReport
  | Of<typeof TabClosed>
  | TunnelReport;

/** What a session is made of, for the files of its actions: its types, the machines of its actors, and the report of its end. */
export const sessionSetup = setup({
  types: {} as { context: SessionContext; events: SessionEvent; input: SessionInput; tags: 'ended' },
  actors: {
    connection: connectionMachine,
    query: queryMachine,
    script: scriptMachine,
    tab: tabMachine,
    tunnel: tunnelMachine,
  },
  actions: {
    // Here, as `extend` doesn't infer the parameters of an action.
    reportEnd: enqueueActions((args, params: { readonly outcome: 'offline' | 'failed' }) => {
      const { workspaceId, sessionId } = args.context;
      tell<WorkspaceEvent>(args, workspaceId, { type: 'session.ended', sessionId, ...params });
    }),
  },
});
