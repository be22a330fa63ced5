import type { VaultView } from '../events/config.ts';
import { TapeLockedError } from '../store/tape/tape-error.ts';
import { Client } from './client.ts';
import { awaitInstance, findInstance } from './instance-file.ts';
import { logSettings } from './log-settings.ts';
import type { Options } from './options.ts';
import { say } from './output.ts';
import { dataPaths, defaultDataFolder } from './paths.ts';
import { typedSecret } from './typed-secret.ts';

/**
 * Does `work` with the running Querytape of the data folder where there is one, else with one that lives as
 * long as the work.
 */
export async function withQuerytape<T>(
  options: Options,
  demo: boolean | null,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const paths = dataPaths(options['data-dir'] ?? defaultDataFolder());
  const log = say;
  const running = await findInstance(paths);
  if (running) return work(new Client(running.url));
  // The whole program is loaded only where it is needed: most of a short command's time would be that.
  const { compose } = await import('./compose.ts');
  const own = await compose({
    paths,
    port: 0,
    pageFolder: null,
    demo,
    unsavedProfiles: false,
    // Its own words are on the terminal; the log's are in its file.
    logging: logSettings({ log: 'none' }),
    log,
    onFatal: (error) => {
      log(error.message);
      process.exit(1);
    },
  }).catch(async (error: Error) => {
    const started = error instanceof TapeLockedError ? await awaitInstance(paths) : undefined;
    if (!started) throw error;
    return { url: started.url, opened: undefined, stop: undefined };
  });
  try {
    await own.opened;
    return await work(new Client(own.url));
  } finally {
    await own.stop?.();
  }
}

/**
 * Opens a locked vault, asking for its passphrase; it stays open where the program goes on running. Says
 * whether it was locked.
 * @throws Error where it can't be read or opened
 */
export async function unlockVault(client: Client): Promise<boolean> {
  const vault = (await (await client.get('/api/vault')).json()) as VaultView;
  if (vault.problem) throw new Error(`${vault.problem.message} (${vault.problem.code})`);
  if (vault.state !== 'locked') return false;
  const passphrase =
    vault.protection === 'passphrase'
      ? { passphrase: await typedSecret('Passphrase of the vault', 'QUERYTAPE_PASSPHRASE_FILE') }
      : {};
  await client.command({ type: 'vault.unlock', ...passphrase });
  return true;
}
