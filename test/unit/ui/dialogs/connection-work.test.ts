import { describe, expect, it, vi } from 'vitest';
import type { Command, CommandAnswer, Reached, Refusal } from '../../../../src/events/command.ts';
import type { Tunnel } from '../../../../src/events/tunnel.ts';
import type { TunnelView } from '../../../../src/events/views/tunnel-view.ts';
import { emptyForm } from '../../../../src/ui/dialogs/connection-form.ts';
import { ConnectionWork, draftCommand } from '../../../../src/ui/dialogs/connection-work.ts';

const REACHED = { flavour: 'PostgreSQL', warnings: [] } as unknown as Reached;
const TUNNEL = { via: 'ssh', hops: [{ host: 'bastion', port: 22, user: 'u' }] } as unknown as Tunnel;
const DRAFT = { draft: {}, secrets: {} };

/** Work whose commands are answered when the test says so. */
function work() {
  const host = Object.assign(new EventTarget(), { requestUpdate: vi.fn() });
  const sent: { command: Command; answer: (answer: CommandAnswer) => void }[] = [];
  const dialog = {
    refused: null as Refusal | null,
    send: (command: Command) =>
      new Promise<CommandAnswer>((answer) => {
        sent.push({ command, answer });
      }),
  };
  const refused = vi.fn(async () => {});
  return { host, dialog, sent, refused, work: new ConnectionWork(host, dialog, refused) };
}
const accepted = (extra: object): CommandAnswer => ({ accepted: true, commandId: 'c', ...extra });

describe('the work of a connection’s dialog', () => {
  it('has who answered a test, until the form changes', async () => {
    const { work: own, sent } = work();
    const done = own.test({ command: DRAFT, tunnel: undefined });
    expect(own.kind).toBe('test');
    sent[0]!.answer(accepted({ reached: REACHED }));
    await done;
    expect(own).toMatchObject({ kind: null, reached: REACHED });
    own.formChanged();
    expect(own.reached).toBeNull();
  });

  it('takes no answer to a command that another one has replaced', async () => {
    const { work: own, sent, refused } = work();
    const first = own.send('save', { type: 'profile.duplicate', profileId: 'p' });
    const second = own.send('delete', { type: 'profile.delete', profileId: 'p' });
    sent[0]!.answer({ refused: { code: 'profile.unknown', message: 'no' } });
    expect(await first).toBeNull();
    expect(refused).not.toHaveBeenCalled();
    expect(own.kind).toBe('delete');
    sent[1]!.answer(accepted({ profileId: 'p' }));
    expect(await second).toMatchObject({ profileId: 'p' });
  });

  it('reports a refusal once it waits for nothing any more', async () => {
    const { work: own, sent, refused } = work();
    refused.mockImplementation(async () => expect(own.kind).toBeNull());
    const saved = own.send('save', { type: 'profile.duplicate', profileId: 'p' });
    const refusal = { code: 'profile.invalid', message: 'no' };
    sent[0]!.answer({ refused: refusal });
    expect(await saved).toBeNull();
    expect(refused).toHaveBeenCalledExactlyOnceWith(refusal);
  });

  it('stops the test that runs, the one sent again after the vault was opened included', () => {
    const { work: own, host, sent } = work();
    const stopped: unknown[] = [];
    host.addEventListener('qt-command', (event) =>
      stopped.push((event as Event & { command: Command }).command),
    );
    own.stopTest();
    expect(stopped).toEqual([]);
    void own.test({ command: DRAFT, tunnel: undefined });
    own.stopTest();
    const { commandId } = sent[0]!.command as { commandId: string };
    expect(stopped).toEqual([
      { type: 'profile.stopTest', testCommandId: commandId },
      { type: 'profile.stopTest', testCommandId: `${commandId}.retry` },
    ]);
  });

  it('has the steps of a test through a tunnel while it runs, and after it only of one that was begun', async () => {
    const { work: own, sent } = work();
    expect(own.stepsOf([], 'postgres')).toEqual([]);
    const done = own.test({ command: DRAFT, tunnel: TUNNEL });
    expect(own.stepsOf([], 'postgres').length).toBeGreaterThan(1);
    const { commandId } = sent[0]!.command as { commandId: string };
    sent[0]!.answer(accepted({ reached: REACHED }));
    await done;
    expect(own.stepsOf([], 'postgres')).toEqual([]);
    const view = { commandId, steps: [], hostKeys: [], promptId: null } as unknown as TunnelView;
    expect(own.stepsOf([view], 'postgres').every(({ state }) => state === 'done')).toBe(true);
    own.formChanged();
    expect(own.stepsOf([view], 'postgres')).toEqual([]);
  });
});

describe('what is sent of a form', () => {
  const form = emptyForm();

  it('names the profile that it changes, and the import that has its secrets', () => {
    expect(draftCommand(form, [], 'p', undefined)).toMatchObject({ profileId: 'p' });
    expect(draftCommand(form, [], undefined, 'i')).toMatchObject({ importId: 'i' });
    expect(draftCommand(form, [], undefined, undefined)).not.toHaveProperty('profileId');
  });

  it('leaves out an import whose password is to be forgotten', () => {
    const forgetting = { ...form, forgetPassword: true };
    expect(draftCommand(forgetting, ['password'], undefined, 'i')).not.toHaveProperty('importId');
  });
});
