import type { ConnectionEffect, EffectPorts } from './effect.ts';

/** Keeps a connection open for as long as its state lasts, then says goodbye to the server. */
export function hold({ ports, resources }: EffectPorts): ConnectionEffect {
  return ({ input: { connectionId } }) =>
    () => {
      const connection = resources.connections.get(connectionId);
      resources.connections.delete(connectionId);
      if (!connection) return;
      const closing = connection
        .close()
        .catch(ports.defect)
        .finally(() => resources.closings.delete(connectionId));
      resources.closings.set(connectionId, closing);
    };
}

/** Reports that a connection is closed, once its goodbye is over. */
export function disconnect({ resources }: EffectPorts): ConnectionEffect {
  return ({ input: { connectionId }, report }) => {
    void (resources.closings.get(connectionId) ?? Promise.resolve()).then(() =>
      report({ type: 'connection.closed' }),
    );
  };
}
