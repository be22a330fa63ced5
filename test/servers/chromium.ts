import { type Browser, chromium, type LaunchOptions } from 'playwright-core';
import { program } from './debian.ts';

/** Keeps a headless chromium from looking for its maker's hosts, which a closed network refuses many times a second. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * A real browser: `QUERYTAPE_TEST_CHROMIUM`, else the machine's, else Debian's, installed. The one without a desktop's window comes first:
 * with it a test file took 25 s of processor time, with the other one 37 s.
 */
export async function startChromium(options: LaunchOptions = {}): Promise<Browser> {
  const executablePath =
    process.env.QUERYTAPE_TEST_CHROMIUM ??
    (await program(
      ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'],
      'chromium-headless-shell',
    ));
  return chromium.launch({ executablePath, args: FLAGS, ...options });
}
