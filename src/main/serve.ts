import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { DEFAULT_PORT } from '../events/limits.ts';
import { replayFragment } from '../events/replay-fragment.ts';
import type { Launch } from '../server/launch-routes.ts';
import { builtPage } from '../server/server.ts';
import { TapeLockedError } from '../store/tape/tape.ts';
import { Client } from './client.ts';
import { compose } from './compose.ts';
import { awaitInstance } from './instance-file.ts';
import { logSettings } from './log-settings.ts';
import type { Options } from './options.ts';
import { print, say } from './output.ts';
import { dataPaths, defaultDataFolder } from './paths.ts';
import { wholeNumber } from './usage-error.ts';

/** How often the program looks whether the npm command that started it is still there. */
const PARENT_LOOK_MS = 1000;
/** The largest port of TCP. */
const PORT_MAX = 65_535;

/**
 * `querytape serve`: runs until it is signalled to stop.
 *
 * @param openReplay opens what the page is to show first, and gives the id of that replay
 */
export async function serveCommand(
  options: Options,
  openReplay?: (client: Client) => Promise<string>,
): Promise<number> {
  const paths = dataPaths(options['data-dir'] ?? defaultDataFolder());
  const port = wholeNumber('port', options.port, DEFAULT_PORT, PORT_MAX);
  const logging = logSettings(options);
  const log = say;
  const show = async (url: string, launch: () => Promise<Launch>): Promise<void> => {
    // It serves whether its output is read or not.
    if (options.json) return print(`${JSON.stringify({ url })}\n`).catch(() => undefined);
    const file = options['no-open'] ? null : (await launch()).file;
    if (file !== null) await openInBrowser(file);
    const canAsk = process.stdin.isTTY === true;
    const link = async (words: string): Promise<void> => {
      const { url: byHand } = await launch();
      const advice = canAsk ? ENTER_ADVICE : LINK_ADVICE;
      await print(`${words}\n\n  ${byHand}\n\n${advice}\n\n`).catch(() => undefined);
    };
    await link('Querytape is ready. Open:');
    if (canAsk) process.stdin.on('data', () => void link('Open:').catch(() => undefined)).unref();
  };
  const welcome = async (url: string): Promise<void> => {
    const client = new Client(url);
    const replayId = await openReplay?.(client);
    const place = replayId === undefined ? '' : replayFragment(replayId);
    await show(`${url}${place}`, async () => {
      const made = await client.post('/api/launches', { replayId });
      return (await made.json()) as Launch;
    });
  };
  const demo = options.demo ?? (options['allow-unsaved-profiles'] ? false : null);
  const unsavedProfiles = options['allow-unsaved-profiles'] ?? false;
  const pageFolder = builtPage(dirname(fileURLToPath(import.meta.url)).replace(/\/chunks$/, ''));
  const onFatal = (error: Error): void => {
    log(`The tape takes nothing more (${error.message}). Ending, as nothing may happen unrecorded.`);
    process.exit(1);
  };
  const start = (at: number) =>
    compose({ paths, port: at, pageFolder, demo, unsavedProfiles, logging, log, onFatal });
  try {
    // If no port was requested, a taken one is not an error: any other will do.
    const composed = await start(port).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') throw error;
      if (options.port !== undefined)
        throw new Error(`Port ${port} is taken. Choose another with --port, or 0 for any free one.`);
      return start(0);
    });
    const ending = untilToldToEnd(() => {
      const open = composed.openTransactions();
      if (open > 0)
        log(`${open === 1 ? 'A transaction is' : `${open} transactions are`} open. ${OPEN_ADVICE}`);
      return open === 0;
    });
    try {
      await welcome(composed.url);
    } catch (error) {
      await composed.stop();
      throw error;
    }
    await ending;
    log(
      'Ending: statements are cancelled on their servers, connections closed. Ctrl-C again to leave at once.',
    );
    await composed.stop();
    return 0;
  } catch (error) {
    if (!(error instanceof TapeLockedError)) throw error;
    const running = await awaitInstance(paths);
    if (!running) throw new Error(`${error.message}, and does not answer. End it first.`);
    log(`Querytape is running already (pid ${running.processId}).`);
    await welcome(running.url);
    return 0;
  }
}

const ENTER_ADVICE = 'The link works once, for 30 seconds. Press Enter for another one.';
const LINK_ADVICE =
  'The link works once, for 30 seconds. For another one run querytape again while this one runs.';

const OPEN_ADVICE = 'Commit in the page what is to stay; Ctrl-C again rolls back and ends.';

/**
 * Resolves at the first SIGTERM or SIGHUP, or SIGINT if `may` says yes: a user at a terminal confirms first,
 * or interrupts again. One more signal leaves at once.
 */
function untilToldToEnd(may: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    let told = false;
    const end = (): void => {
      if (told) process.exit(130);
      told = true;
      resolve();
    };
    process.on('SIGINT', () => {
      const ask = !told && !asked && !may();
      asked = true;
      if (!ask) end();
    });
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
    // What npm started is part of its command: when that is killed, nothing is left to end the program.
    if (process.env.npm_lifecycle_event === undefined) return;
    const parent = process.ppid;
    const looking = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(looking);
      if (!told) end();
    }, PARENT_LOOK_MS).unref();
  });
}

/**
 * Opens the page where there is a display, by the file that leads there: what is among a program's arguments
 * every user of the machine can read. Failing to is no failure: a link is printed.
 */
async function openInBrowser(file: string): Promise<void> {
  const { CI, DISPLAY, WAYLAND_DISPLAY } = process.env;
  if (CI || (process.platform === 'linux' && !DISPLAY && !WAYLAND_DISPLAY)) return;
  try {
    const { default: open } = await import('open');
    const child = await open(pathToFileURL(file).href);
    child.on('error', () => {});
  } catch {
    // The URL is on the screen.
  }
}
