import type { ReactiveControllerHost } from 'lit';
import type { Accepted, Command, Reached, Refusal } from '../../events/command.ts';
import { type Engine, PRODUCTS } from '../../events/engines/engine-name.ts';
import type { Tunnel } from '../../events/tunnel.ts';
import type { TunnelView } from '../../events/views/tunnel-view.ts';
import { idOfRetry, sendCommand } from '../api/command-request.ts';
import type { DialogController } from '../controls/dialog-controller.ts';
import { type ConnectionForm, draftOf, secretsOf } from './connection-form.ts';
import { type TestStep, testSteps } from './test-steps.ts';

/** What a connection's dialog is waiting for; null while for nothing. */
export type Work = 'test' | 'save' | 'delete' | 'duplicate' | null;

/** What test and save have in common: the draft, the secrets, and whose stored secrets count. */
type DraftCommand = Omit<Extract<Command, { type: 'profile.test' }>, 'type' | 'commandId'>;

/**
 * What is tested or saved of a form, whose secrets `stored` names: of a profile, or of what was imported unless its password
 * is to be forgotten.
 */
export function draftCommand(
  form: ConnectionForm,
  stored: readonly string[],
  profileId: string | undefined,
  importId: string | undefined,
): DraftCommand {
  const isImported = importId !== undefined && !form.forgetPassword;
  return {
    draft: draftOf(form),
    secrets: secretsOf(form, stored),
    ...(profileId === undefined ? {} : { profileId }),
    ...(isImported ? { importId } : {}),
  };
}

/** What is tested, and the draft's tunnel. */
interface TestedDraft {
  readonly command: DraftCommand;
  readonly tunnel: Tunnel | undefined;
}

/** One command of a connection's dialog at a time, and what came of the last: a new one replaces the one that runs. */
export class ConnectionWork {
  kind: Work = null;
  /** Who answered the last test, until the form changes. */
  reached: Reached | null = null;
  /** The last test, until the form changes: the id of its command, and the tunnel that it went through. */
  private tested: { readonly commandId: string; readonly tunnel: Tunnel | undefined } | null = null;
  private running = new AbortController();

  /** `refused` is called with each refusal that is still waited for. */
  constructor(
    private readonly host: Pick<ReactiveControllerHost, 'requestUpdate'> & EventTarget,
    private readonly dialog: Pick<DialogController, 'send' | 'refused'>,
    private readonly refused: (refusal: Refusal) => Promise<void>,
  ) {}

  /** Sends a command. Null where it was refused, and where another one has taken its place. */
  async send(kind: Exclude<Work, null>, command: Command): Promise<Accepted | null> {
    this.abandon();
    const running = new AbortController();
    this.running = running;
    this.kind = kind;
    this.host.requestUpdate();
    const answer = await this.dialog.send(command, running.signal);
    if (answer === null || running.signal.aborted) return null;
    this.kind = null;
    this.host.requestUpdate();
    if (!('refused' in answer)) return answer;
    await this.refused(answer.refused);
    return null;
  }

  /** Tests a draft. */
  async test({ command, tunnel }: TestedDraft): Promise<void> {
    const commandId = `test-${crypto.randomUUID()}`;
    const sent = this.send('test', { type: 'profile.test', commandId, ...command });
    this.tested = { commandId, tunnel };
    const accepted = await sent;
    this.reached = accepted?.reached ?? null;
    this.host.requestUpdate();
  }

  /** Stops a test that runs, whose answer then says so. */
  stopTest(): void {
    if (this.kind !== 'test' || !this.tested) return;
    const { commandId } = this.tested;
    for (const testCommandId of [commandId, idOfRetry(commandId)])
      void sendCommand(this.host, { type: 'profile.stopTest', testCommandId });
  }

  /** Waits for no answer any more. */
  abandon(): void {
    this.running.abort();
    this.kind = null;
    this.reached = null;
    this.tested = null;
    this.host.requestUpdate();
  }

  /** What was found out was found out of something else. */
  formChanged(): void {
    this.reached = null;
    if (this.kind !== 'test') this.tested = null;
  }

  /** The steps of the last test; none where it does not go through a tunnel, or was not begun. */
  stepsOf(testTunnels: readonly TunnelView[], engine: Engine): readonly TestStep[] {
    const { tested, kind, reached } = this;
    if (!tested?.tunnel) return [];
    const ids: readonly (string | null)[] = [tested.commandId, idOfRetry(tested.commandId)];
    const view = testTunnels.find(({ commandId }) => ids.includes(commandId));
    if (!view && kind !== 'test') return [];
    const stopped = this.dialog.refused?.code === 'test.stopped';
    const progress = kind === 'test' ? 'running' : reached ? 'reached' : stopped ? 'stopped' : 'failed';
    return testSteps(tested.tunnel, view, progress, PRODUCTS[engine]);
  }
}
