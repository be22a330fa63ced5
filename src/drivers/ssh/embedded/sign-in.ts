import type { AnyAuthMethod, Prompt } from 'ssh2';
import { PROMPT_TEXTS_MAX } from '../../../events/limits.ts';
import type { HopAuth } from '../../../events/tunnel.ts';
import { PROMPT_ROUNDS_MAX, PROMPT_UNITS_MAX } from '../../limits.ts';
import type { TunnelAnswer, TunnelQuestion } from '../../tunnel.ts';
import { type HopName, sshError } from '../failures.ts';
import type { KeyFile } from '../private-key.ts';
import { plainText } from './failures.ts';
import { type Identities, identitiesOf } from './identities.ts';

/** What a sign-in needs of its hop. */
export interface SignInOptions {
  readonly hop: number;
  readonly at: HopName;
  readonly user: string;
  readonly auth: HopAuth;
  /** That of its key, where it signs in by one. */
  readonly keyFile: KeyFile | null;
  readonly signal: AbortSignal;
  readonly secret: (kind: 'password' | 'passphrase') => string | undefined;
  /** @throws DriverError `tunnel.notAnswered` */
  readonly ask: (question: TunnelQuestion) => Promise<TunnelAnswer>;
}

/**
 * A question that asks for the password of the account: `Password:`, `(user@host) Password:`, `user@host's password:`, `Password for
 * user:`. Anything else, such as `One-time password:`, is for the user.
 */
const ASKS_PASSWORD = /^\s*(?:\([^()]*\)\s*)?(?:\S+['’]s\s+)?password(?:\s+for\s+\S+?)?\s*:?\s*$/i;

/**
 * The sign-in to one hop (RFC 4252): first `none`, by which the server says what it takes, then the method that the profile names,
 * then, where the server wants more (partial success), a question of its own. Each method is tried once, and a stored password is sent
 * once: a second attempt could lock the account.
 */
export class SignIn {
  private readonly tried = new Set<AnyAuthMethod['type']>();
  private identities: Identities | null = null;
  private rounds = 0;
  private passwordSent = false;

  constructor(
    private readonly options: SignInOptions,
    /** Ends the hop's connection: what fails in a round of questions can't be thrown. */
    private readonly fail: (error: unknown) => void,
  ) {}

  /**
   * The next method. `offered` is what the server takes, null before it was asked.
   * @throws DriverError where there is none that was not tried
   */
  async next(offered: readonly string[] | null, isPartial: boolean): Promise<AnyAuthMethod> {
    const { user: username } = this.options;
    if (offered === null) return { type: 'none', username };
    const isFirst = this.tried.size === 0;
    if (isPartial) this.identities?.agents.splice(0);
    const more = isFirst ? undefined : this.identities?.agents.shift();
    if (more && offered.includes('publickey')) return { type: 'agent', username, agent: more };
    if (!isFirst && !isPartial) throw sshError('ssh.authFailed', this.options.at);
    const wanted = isFirst ? this.wanted() : (['keyboard-interactive', 'password'] as const);
    const type = wanted.find((one) => offered.includes(one) && !this.tried.has(one));
    if (!type) throw this.notOffered(offered);
    this.tried.add(type);
    if (type === 'publickey') return { type: 'agent', username, agent: await this.keys() };
    if (type === 'password') return { type, username, password: await this.password() };
    return { type, username, prompt: (...round) => void this.answer(...round) };
  }

  /** Ends what it has open. */
  close(): void {
    this.identities?.close();
  }

  private wanted(): readonly ('publickey' | 'password' | 'keyboard-interactive')[] {
    switch (this.options.auth.by) {
      case 'password':
        return ['password', 'keyboard-interactive'];
      case 'keyboardInteractive':
        return ['keyboard-interactive', 'password'];
      default:
        return ['publickey'];
    }
  }

  private async keys(): Promise<Identities['agents'][number]> {
    const { auth, keyFile: file, hop, secret, ask, signal } = this.options;
    const keys = auth.by === 'agent' ? auth : file;
    if (!keys) throw new Error(`${auth.by} signs in without a key.`);
    const passphrase = async (keyFile: string): Promise<string> =>
      secret('passphrase') ?? (await this.text(ask({ type: 'passphrase', hop, keyFile })));
    this.identities = await identitiesOf(keys, passphrase, this.options.at, signal);
    return this.identities.agents.shift()!;
  }

  private async password(): Promise<string> {
    const { hop, ask } = this.options;
    const prompts = [{ text: 'Password:', echo: false }];
    return (
      this.stored() ?? (await this.text(ask({ type: 'prompts', hop, name: '', instructions: '', prompts })))
    );
  }

  /** The stored password, once; none where the profile names keyboard-interactive, in which the user answers all. */
  private stored(): string | undefined {
    if (this.passwordSent || this.options.auth.by === 'keyboardInteractive') return undefined;
    const stored = this.options.secret('password');
    this.passwordSent = stored !== undefined;
    return stored;
  }

  /** A round of questions. */
  private async answer(
    name: string,
    instructions: string,
    _language: string,
    prompts: Prompt[],
    finish: (answers: string[]) => void,
  ): Promise<void> {
    try {
      this.rounds += 1;
      if (this.rounds > PROMPT_ROUNDS_MAX || prompts.length > PROMPT_TEXTS_MAX)
        throw sshError('ssh.tooManyPrompts', this.options.at);
      const [only] = prompts;
      const asksPassword = prompts.length === 1 && !only!.echo && ASKS_PASSWORD.test(only!.prompt);
      const stored = asksPassword ? this.stored() : undefined;
      finish(stored === undefined ? [...(await this.asked(name, instructions, prompts))] : [stored]);
    } catch (error) {
      this.fail(error);
    }
  }

  private async asked(name: string, instructions: string, prompts: Prompt[]): Promise<readonly string[]> {
    const { hop, ask } = this.options;
    const answer = await ask({
      type: 'prompts',
      hop,
      name: shown(name),
      instructions: shown(instructions),
      // Left out by the server, what is typed is hidden.
      prompts: prompts.map(({ prompt, echo }) => ({ text: shown(prompt), echo: echo === true })),
    });
    if (!('texts' in answer) || answer.texts.length !== prompts.length)
      throw sshError('tunnel.notAnswered', this.options.at);
    return answer.texts;
  }

  private async text(asked: Promise<TunnelAnswer>): Promise<string> {
    const answer = await asked;
    const text = 'texts' in answer ? answer.texts[0] : undefined;
    if (text === undefined) throw sshError('tunnel.notAnswered', this.options.at);
    return text;
  }

  private notOffered(offered: readonly string[]): unknown {
    const methods = offered.slice(0, 8).map((one) => plainText(one).slice(0, 64));
    return sshError('ssh.methodNotOffered', this.options.at, `It takes: ${methods.join(', ') || 'nothing'}.`);
  }
}

/** A server's text, as text. */
function shown(text: string): string {
  const plain = plainText(text.slice(0, PROMPT_UNITS_MAX + 1));
  return plain.length > PROMPT_UNITS_MAX ? `${plain.slice(0, PROMPT_UNITS_MAX)}…` : plain;
}
