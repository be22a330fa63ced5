import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { FailureText } from '../../../events/failure.ts';
import { DriverError } from '../../driver.ts';
import type { TunnelOptions } from '../../tunnel.ts';
import { type SshFailureCode, sshError, sshFailure } from '../failures.ts';
import { type AskpassPrompt, openAskpass } from './askpass.ts';
import { configName, type HopConfig, hopConfig } from './hop-config.ts';
import { type OpenFailure, SshLog, type SshReport } from './ssh-log.ts';
import { type SshProcess, sshEnvironment, startSsh } from './ssh-process.ts';

/** A hop that is signed in to, and forwards. */
export interface OpenHop {
  /** Why the hop last did not open a connection, and when by `performance.now()`. */
  readonly refused: { readonly reason: OpenFailure; readonly at: number } | null;
  ping(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

/** What a hop's ssh needs beside its configuration. */
export interface HopStart {
  readonly ssh: string;
  readonly config: HopConfig;
  /** Where its forward begins, on 127.0.0.1. */
  readonly port: number;
  /** Where its pings begin: a socket's path, or a port of 127.0.0.1. */
  readonly pingAt: string | number;
  /** Another ssh or a command leads there, which writes among its lines. */
  readonly isProxied: boolean;
  readonly options: Pick<TunnelOptions, 'signal' | 'secret' | 'ask' | 'onStep' | 'folder'>;
  /** It ended by itself after it was open. */
  readonly onLost: (failure: FailureText) => void;
}

/** Why a hop was not opened, with the key that its server showed. */
export class HopError extends DriverError {
  readonly shown: SshLog['shown'];
  constructor(failure: FailureText, shown: SshLog['shown']) {
    super(failure);
    this.shown = shown;
  }
}

/**
 * Opens one hop by an ssh of its own, so that what it asks and reports is certainly this hop's.
 * @throws HopError, DriverError
 */
export async function openHop(start: HopStart): Promise<OpenHop> {
  const { config, options, ssh } = start;
  const { at } = config;
  const log = new SshLog(start.port, start.isProxied);
  const name = `hop-${at.hop}`;
  const file = join(options.folder, `${name}.conf`);
  await writeFile(file, hopConfig(config), { mode: 0o600 });
  let process: SshProcess | null = null;
  let steps: Promise<void> = Promise.resolve();
  let state = 'opening' as 'opening' | 'open' | 'closed';
  let refused: OpenHop['refused'] = null;
  const pongs = new Set<(failure: FailureText | null) => void>();
  let ending: FailureText | null = null;
  /** What ended it where that was us. */
  let because: SshFailureCode | null = null;
  let settle: () => void = () => {};
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const giveUp = (code: SshFailureCode): void => {
    because ??= code;
    void process?.stop();
  };
  const onReport = (report: SshReport): void => {
    if (report.type === 'openFailed') {
      if (report.isPing) for (const pong of pongs) pong(null);
      else refused = { reason: report.reason, at: performance.now() };
    } else if (report.type === 'ready') {
      state = 'open';
      settle();
    } else steps = steps.then(() => tell(report, config, options)).catch(() => giveUp('tunnel.aborted'));
  };
  const answers = new SecretAnswers(start, log, giveUp);
  const askpass = await openAskpass(options.folder, `${name}.ask`, (prompt) => answers.answer(prompt));
  const abort = (): void => giveUp('tunnel.aborted');
  const stop = async (): Promise<void> => {
    state = 'closed';
    answers.cancel();
    await process?.stop();
    await askpass.close();
    options.signal.removeEventListener('abort', abort);
  };
  try {
    const args = ['-F', file, '-n', '-N', '-T', '--', configName(config)];
    process = await startSsh(ssh, args, sshEnvironment(askpass.env), (line) => {
      const report = log.read(line);
      if (report) onReport(report);
    });
    const { pid, startTime, ended } = process;
    options.signal.addEventListener('abort', abort, { once: true });
    if (options.signal.aborted) abort();
    // It begins once the record of it is durable, so that no ssh of ours is left unknown.
    await options.onStep({ type: 'spawned', pid, startTime });
    process.begin();
    await Promise.race([settled, ended]);
    await steps;
    if (state !== 'open' || because) {
      await ended;
      const code = because ?? log.failure(answers.passphraseGiven);
      throw new HopError(sshFailure(code, at, log.detail(code)), log.shown);
    }
    void ended.then(() => {
      const failure = sshFailure(log.failure(false), at);
      ending = failure;
      for (const pong of pongs) pong(failure);
      if (state !== 'open') return;
      state = 'closed';
      start.onLost(failure);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  options.signal.removeEventListener('abort', abort);
  answers.cancel();
  return {
    get refused() {
      return refused;
    },
    ping: async (signal) => {
      if (ending) throw new DriverError(ending);
      await ping(start, pongs, signal);
    },
    stop,
  };
}

async function tell(
  report: Exclude<SshReport, { type: 'ready' | 'openFailed' }>,
  { at: { hop }, hostKeys }: HopConfig,
  { onStep }: HopStart['options'],
): Promise<void> {
  if (report.type === 'hostKeyTaken')
    return await onStep({ type: 'hostKey', hop, keyType: report.keyType, verdict: report.verdict });
  if (report.type === 'authenticating' && hostKeys === 'off')
    await onStep({ type: 'hostKey', hop, keyType: report.keyType, verdict: 'unchecked' });
  await onStep({ type: report.type, hop });
}

/**
 * Answers what one ssh asks: a stored secret answers the one prompt that it belongs to, once, and the user everything else.
 */
class SecretAnswers {
  passphraseGiven = false;
  private readonly given = new Set<string>();
  private readonly ended = new AbortController();
  private readonly start: HopStart;
  private readonly log: SshLog;
  private readonly giveUp: (code: SshFailureCode) => void;

  constructor(start: HopStart, log: SshLog, giveUp: (code: SshFailureCode) => void) {
    this.start = start;
    this.log = log;
    this.giveUp = giveUp;
  }

  /** Withdraws the question that is open. */
  cancel(): void {
    this.ended.abort();
  }

  async answer({ text, wants }: AskpassPrompt): Promise<string | null> {
    const { hop, at } = this.start.config;
    // It is shown until ssh goes on by itself, such as for the touch of a key.
    if (wants === 'notice') return await new Promise(() => {});
    if (wants === 'confirmation') return this.none('tunnel.notAnswered');
    const keyFile = this.log.mayBeServers ? undefined : PASSPHRASE.exec(text)?.[1];
    if (keyFile !== undefined) {
      const stored =
        hop.auth.by === 'key' && hop.auth.keyFile === keyFile ? this.stored('passphrase') : undefined;
      const answer = stored ?? (await this.ask({ type: 'passphrase', hop: at.hop, keyFile }));
      this.passphraseGiven = answer !== null;
      return answer;
    }
    if (hop.auth.by === 'password' && text.endsWith(`'s password: `)) {
      const stored = this.stored('password');
      if (stored !== undefined) return stored;
    }
    // The server did not take the key and goes on to questions: nothing is answered, and no empty answer is sent.
    if ((hop.auth.by === 'key' || hop.auth.by === 'agent') && !this.log.partialSuccess)
      return this.none(this.log.takesNoKeys ? 'ssh.methodNotOffered' : 'ssh.authFailed');
    const prompts = [{ text: shownText(text.replace(OF_USER, '')), echo: false }];
    return await this.ask({ type: 'prompts', hop: at.hop, name: '', instructions: '', prompts });
  }

  private stored(kind: 'password' | 'passphrase'): string | undefined {
    if (this.given.has(kind)) return undefined;
    this.given.add(kind);
    return this.start.options.secret(this.start.config.at.hop, kind);
  }

  private async ask(question: Parameters<TunnelOptions['ask']>[0]): Promise<string | null> {
    const answer = await this.start.options.ask(
      question,
      AbortSignal.any([this.ended.signal, this.start.options.signal]),
    );
    return answer && 'texts' in answer ? (answer.texts[0] ?? null) : this.none('tunnel.notAnswered');
  }

  /** ssh reads no answer as an empty one and sends it, so it is ended first. */
  private async none(code: SshFailureCode): Promise<null> {
    this.giveUp(code);
    return await new Promise(() => {});
  }
}

const PASSPHRASE = /^Enter passphrase for key '(.*)': $/;
/** Since OpenSSH 8.5 keyboard-interactive begins with `(user@host) `. */
const OF_USER = /^\(\S+@\S+\) /;

/** A server's text with what a terminal would obey made visible (Unicode, Control Pictures). */
function shownText(text: string): string {
  return text
    .trimEnd()
    .replace(/[^\P{Cc}\n\t]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (found) =>
      found < ' ' ? String.fromCharCode(0x2400 + found.charCodeAt(0)) : '\ufffd',
    );
}

/**
 * Asks for a connection that the hop can't open: its refusal is the sign of life. `pongs` are called with it, or with why it ended.
 * @throws DriverError `tunnel.notResponding`, or why the hop was lost
 */
async function ping(
  { pingAt, config: { at } }: HopStart,
  pongs: Set<(failure: FailureText | null) => void>,
  signal: AbortSignal,
): Promise<void> {
  const socket = typeof pingAt === 'string' ? connect(pingAt) : connect({ host: '127.0.0.1', port: pingAt });
  let silent: () => void = () => {};
  let answered: (failure: FailureText | null) => void = () => {};
  try {
    await new Promise<void>((resolve, reject) => {
      silent = () => reject(sshError('tunnel.notResponding', at));
      answered = (failure) => (failure ? reject(new DriverError(failure)) : resolve());
      pongs.add(answered);
      // Nothing listens where ssh is ending: that says why, soon.
      socket.on('error', () => {});
      signal.addEventListener('abort', silent, { once: true });
      if (signal.aborted) silent();
    });
  } finally {
    pongs.delete(answered);
    signal.removeEventListener('abort', silent);
    socket.destroy();
  }
}
