// Derives the key of a private key file from its passphrase, which takes most of a second by design.
import { parentPort, workerData } from 'node:worker_threads';
import type { Derivation, DerivationInput } from './private-key.ts';
import { utils } from './ssh2.ts';

const { bytes, passphrase } = workerData as DerivationInput;
const parsed = utils.parseKey(Buffer.from(bytes), passphrase);
const key = parsed instanceof Error ? null : [parsed].flat()[0]!;
const derivation: Derivation = key?.isPrivateKey()
  ? { pem: key.getPrivatePEM(), publicSsh: publicText(key.type, key.getPublicSSH()) }
  : { wrong: true };
parentPort!.postMessage(derivation);

/** A public key as `parseKey` reads it. */
function publicText(type: string, blob: Buffer): Uint8Array {
  return Buffer.from(`${type} ${blob.toString('base64')}`);
}
