import type { Client } from '../api/client.ts';
import { sendCommand } from '../api/command-request.ts';
import type { DeskLink } from '../result/edit/tab-edits.ts';

/** What the edits of a tab ask of the page: its commands bubble from the tab, the rest is read by the client. */
export function deskLink(
  tab: EventTarget & { readonly tab: { readonly tabId: string } },
  client: () => Client,
): DeskLink {
  return {
    command: (command) => sendCommand(tab, command),
    ended: (queryId) => client().ended(queryId),
    words: (queryId) => client().query(queryId),
    catalogue: (sessionId, request) => client().catalogue(sessionId, request, tab.tab.tabId),
  };
}
