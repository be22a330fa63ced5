import type { Command, CommandAnswer, Refusal } from '../../events/command.ts';
import type { Profile, ProfileDraft } from '../../events/profile.ts';
import type { Client } from '../api/client.ts';
import { idOfRetry } from '../api/command-request.ts';

/** Why the vault is asked for, by the code that a command was refused with. */
const VAULT_FIRST: Readonly<Record<string, string>> = {
  'vault.absent': 'Saved connections live in a vault, and there is none yet. Create it to continue.',
  'vault.locked': 'This needs the vault. Unlock it to continue.',
};

/** What is asked for on the way of a command. */
interface SenderAsks {
  readonly client: () => Client;
  /** Shows the vault with why it is needed; resolves once that is closed. */
  readonly openVault: (reason: string) => Promise<void>;
  /** The password of a connection that keeps none; null where the user gives none. */
  readonly askPassword: (profile: Pick<Profile, 'name' | 'target' | 'environment'>) => Promise<string | null>;
  /** Shows the host keys that a refusal is about, if it is about some. */
  readonly showHostKeys: (refusal: Refusal) => void;
}

/** Sends the page's commands, and asks the user for what one turns out to need. */
export class CommandSender {
  constructor(private readonly asks: SenderAsks) {}

  /** Sends a command; where it needs a password or the vault, asks the user and continues. */
  async send(command: Command): Promise<CommandAnswer> {
    const client = this.asks.client();
    const whole = await this.withPassword(command);
    if (whole === null)
      return {
        refused: {
          code: 'profile.passwordNeeded',
          message: 'This connection asks for its password each time, and none was entered.',
        },
      };
    const answer = await client.command(whole);
    if ('refused' in answer) {
      this.asks.showHostKeys(answer.refused);
      return this.afterVault(whole, answer);
    }
    if (whole.type === 'profile.test' && whole.profileId !== undefined && answer.reached)
      client.mayWrite.set(whole.profileId, answer.reached.canWrite);
    return answer;
  }

  /** Sends a refused command again if the vault was the reason and the user has opened it. */
  private async afterVault(
    command: Command,
    answer: Extract<CommandAnswer, { refused: unknown }>,
  ): Promise<CommandAnswer> {
    const client = this.asks.client();
    const reason = VAULT_FIRST[answer.refused.code];
    if (reason === undefined || command.type.startsWith('vault.')) return answer;
    await client.readConfig();
    await this.asks.openVault(reason);
    await client.readConfig();
    if (client.config.vault.state !== 'unlocked') return answer;
    // What is not known before the vault is open: that it asks for its password.
    const again = 'commandId' in command ? { ...command, commandId: idOfRetry(command.commandId!) } : command;
    return again.type === 'session.open' ? this.send(again) : client.command(again);
  }

  /** The command with the password that its profile asks for each time; null if the user typed none. */
  private async withPassword(command: Command): Promise<Command | null> {
    if (command.type === 'session.open') {
      const profile = this.asks.client().profiles.find(({ profileId }) => profileId === command.profileId);
      if (!profile?.askPassword || command.password !== undefined) return command;
      const password = await this.asks.askPassword(profile);
      return password === null ? null : { ...command, password };
    }
    if (command.type === 'profile.test') {
      const draft = command.draft as ProfileDraft;
      if (!draft.askPassword || command.secrets?.password !== undefined) return command;
      const password = await this.asks.askPassword(draft);
      return password === null ? null : { ...command, secrets: { ...command.secrets, password } };
    }
    return command;
  }
}
