import type { ConnectionEffect, EffectPorts } from './effect.ts';

/** Asks for the rollback of a tab's transaction that has been idle for too long; it comes as a query like any other. */
export function rollBackIdle({ rollBackIdle }: EffectPorts): ConnectionEffect {
  return ({ input: { sessionId, tabId }, self }) => {
    if (tabId !== null) rollBackIdle(self, sessionId, tabId);
  };
}
