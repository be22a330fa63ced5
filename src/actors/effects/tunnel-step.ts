import type { TunnelStep } from '../../drivers/tunnel.ts';
import { keyTypeOf, type TunnelFact } from '../../events/tunnel-facts.ts';
import type { Ports } from '../ports.ts';

/** A step as the tape may know it. */
export function stepFact(step: TunnelStep, fingerprint: Ports['fingerprint']): TunnelFact {
  switch (step.type) {
    case 'chosen': {
      const { backend, reason, commandHash } = step;
      const hash = commandHash === undefined ? {} : { commandHash: fingerprint(commandHash) };
      return { type: 'tunnel.chosen', backend, reason, ...hash };
    }
    case 'spawned':
      return { type: 'tunnel.spawned', pid: step.pid, startTime: step.startTime };
    case 'reached':
      return { type: 'tunnel.hopReached', hop: step.hop };
    case 'hostKey': {
      const { hop, keyType, verdict } = step;
      return { type: 'tunnel.hostKeySeen', hop, keyType: keyTypeOf(keyType), verdict };
    }
    case 'authenticating':
      return { type: 'tunnel.signInBegan', hop: step.hop };
    case 'authenticated':
      return { type: 'tunnel.signedIn', hop: step.hop };
  }
}
