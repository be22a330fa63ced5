import { createHmac } from 'node:crypto';
import { TUNNEL_LOOK_MS, TUNNEL_PING_TIMEOUT_MS, TUNNEL_WAKE_TIMEOUT_MS } from '../actors/limits.ts';
import type { Ports } from '../actors/ports.ts';
import type { Classifier } from '../drivers/classifier.ts';
import { partsOf } from '../drivers/engines.ts';
import type { State } from '../events/views/state.ts';
import type { PolicyFile } from '../store/policy.ts';
import type { Tape } from '../store/tape/tape.ts';
import { newId } from './new-id.ts';
import { type DataPaths, knownHostsFiles } from './paths.ts';
import { tunnelOpener } from './tunnel-opener.ts';

/** Hexadecimal digits of a fingerprint: 128 bits. */
const FINGERPRINT_DIGITS = 32;

/** What the actors are given as it is, and what the rest is made of. */
interface PortSources
  extends Pick<Ports, 'results' | 'profiles' | 'config' | 'history' | 'drafts' | 'defect'> {
  readonly tape: Tape<State>;
  readonly policy: Pick<PolicyFile, 'loaded'>;
  readonly classifier: Classifier;
  /** Of the fingerprints. */
  readonly key: Buffer;
  readonly paths: Pick<DataPaths, 'tunnels' | 'knownHosts'>;
}

/** What the actors need of the rest of the program. */
export function workspacePorts({ policy, classifier, key, paths, ...given }: PortSources): Ports {
  const { tape } = given;
  return {
    ...given,
    orphans: { list: () => Object.values(tape.state.orphans) },
    now: Date.now,
    newId,
    fingerprint: (text) => createHmac('sha256', key).update(text).digest('hex').slice(0, FINGERPRINT_DIGITS),
    classify: (engine, text, facts) => classifier.classify(engine, text, facts),
    rules: (environment) => policy.loaded.policy.environments[environment],
    openTunnel: tunnelOpener({
      folder: paths.tunnels,
      knownHosts: { files: knownHostsFiles(), ours: paths.knownHosts },
    }),
    tunnelPace: {
      lookMs: TUNNEL_LOOK_MS,
      timeoutMs: TUNNEL_PING_TIMEOUT_MS,
      wakeMs: TUNNEL_WAKE_TIMEOUT_MS,
    },
    async driver(engine) {
      classifier.prepare(engine);
      return partsOf(engine).loadDriver();
    },
  };
}
