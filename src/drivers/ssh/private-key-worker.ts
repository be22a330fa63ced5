// Derives the key of a private key file from its passphrase, which takes most of a second by design.
import { parentPort, workerData } from 'node:worker_threads';
import { openPkcs8, pkcs8In, publicText } from './pkcs8.ts';
import type { Derivation, DerivationInput } from './private-key.ts';
import { utils } from './ssh2.ts';

/** What `parseKey` says of a cipher or a type that it lacks, whatever the passphrase is. */
const LACKS = /initialization vector|^unsupported (?!state)|not supported/i;

parentPort!.postMessage(derive(workerData as DerivationInput));

function derive({ bytes, passphrase }: DerivationInput): Derivation {
  if (pkcs8In(Buffer.from(bytes).toString('latin1'))) {
    try {
      return openPkcs8(bytes, passphrase);
    } catch {
      return { failed: 'passphrase' };
    }
  }
  const parsed = utils.parseKey(Buffer.from(bytes), passphrase);
  if (parsed instanceof Error) return { failed: LACKS.test(parsed.message) ? 'cipher' : 'passphrase' };
  const key = [parsed].flat()[0]!;
  if (!key.isPrivateKey()) return { failed: 'passphrase' };
  return { pem: key.getPrivatePEM(), publicSsh: publicText(key.type, key.getPublicSSH()) };
}
