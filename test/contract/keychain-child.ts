import { Secret } from '../../src/events/secret.ts';
import { openKeychain } from '../../src/store/vault/keychain.ts';
import { Vault } from '../../src/store/vault/vault.ts';

/** One step with a vault under the keychain that this process finds. Prints what came of it. */
const [step, keytar, folder] = process.argv.slice(2) as [string, string, string];
const load = async () => (await import(keytar)).default;
/** `installed` finds keytar as the program does. */
const keychain = () => openKeychain({ ...(step === 'installed' ? {} : { load }), timeoutMs: 5000 });
const profile = {
  profileId: 'a',
  name: 'a',
  target: { engine: 'postgres', host: 'h', port: 1, database: '', user: '', tls: { mode: 'disable' } },
  environment: 'production',
  readOnly: true,
} as const;

async function run(): Promise<unknown> {
  if (step === 'words') {
    const found = await keychain();
    const words = ['plain', 'pä§ "quoted" \\ \u{1f511}', 'x'.repeat(2000)];
    const kept: (string | undefined)[] = [];
    for (const word of words) {
      await found.set('words', new Secret(word));
      kept.push((await found.get('words'))?.reveal());
    }
    return [
      kept.every((word, i) => word === words[i]),
      await found.delete('words'),
      await found.delete('words'),
      await found.get('words'),
    ];
  }
  const vault = await Vault.open({ folder, keychain });
  if (step === 'create' || step === 'installed') {
    await vault.create({ keychain: true });
    await vault.save(profile, { password: new Secret('hunter2') });
  }
  if (step === 'read') await vault.unlock();
  if (step === 'leave') {
    await vault.unlock();
    await vault.changeProtection({ passphrase: new Secret('correct horse battery') });
  }
  return { state: vault.state, password: vault.password('a') };
}

const answer = await run().catch(({ code }) => ({ code }));
process.stdout.write(JSON.stringify(answer));
// A question that hangs in the keychain's thread would keep the process.
process.exit(0);
