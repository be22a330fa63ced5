import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { ResolvedSshHost, SshAgentKeys, SshHostNames } from '../../events/ssh-lookup.ts';
import { json } from '../api/request.ts';
import type { TunnelForm } from './tunnel-form.ts';

/** What was read of the user's SSH configuration and agent; a text is why something could not be read. */
export interface SshLookups {
  readonly hosts: SshHostNames | string | null;
  readonly agentKeys: SshAgentKeys | string | null;
  /** By name, what each resolves to. */
  readonly resolved: Readonly<Record<string, ResolvedSshHost | string | null>>;
}

/**
 * Reads the user's SSH configuration and agent for a form that needs them: the names once SSH is chosen, the agent's keys once a hop
 * uses it, and what a name resolves to when the user asks, as that may run a program of the configuration.
 */
export class SshLookupController implements ReactiveController {
  lookups: SshLookups = NOTHING_READ;
  private readonly host: ReactiveControllerHost;
  private reading = new AbortController();

  constructor(host: ReactiveControllerHost) {
    this.host = host;
    host.addController(this);
  }

  /** Forgets what was read: files and agents change. */
  reset(): void {
    this.reading.abort();
    this.reading = new AbortController();
    this.lookups = NOTHING_READ;
  }

  /** Reads what a form needs and has not been read yet. */
  need(form: TunnelForm): void {
    if (form.by !== 'ssh') return;
    if (this.lookups.hosts === null) {
      this.show({ hosts: { hosts: [], commands: [], cut: false } });
      void this.read<SshHostNames>('/api/ssh/hosts', (hosts) => this.show({ hosts }));
    }
    if (this.lookups.agentKeys === null && form.hops.some(({ by }) => by === 'agent')) {
      this.show({ agentKeys: 'Asking the agent…' });
      void this.read<SshAgentKeys>('/api/ssh/agent-keys', (agentKeys) => this.show({ agentKeys }));
    }
  }

  /** Reads what a name of the configuration resolves to; the commands that this takes are run only where they may be. */
  resolve(host: string, mayRunCommands: boolean): void {
    const found = (to: ResolvedSshHost | string | null): void =>
      this.show({ resolved: { ...this.lookups.resolved, [host]: to } });
    found(null);
    void this.read<ResolvedSshHost>(
      `/api/ssh/hosts/${encodeURIComponent(host)}${mayRunCommands ? '?run=commands' : ''}`,
      found,
    );
  }

  hostDisconnected(): void {
    this.reset();
  }

  private async read<T>(path: string, done: (found: T | string) => void): Promise<void> {
    const { signal } = this.reading;
    const found = await json<T>(path, { signal }).catch((error: Error) => error.message);
    if (!signal.aborted) done(found);
  }

  private show(changes: Partial<SshLookups>): void {
    this.lookups = { ...this.lookups, ...changes };
    this.host.requestUpdate();
  }
}

const NOTHING_READ: SshLookups = { hosts: null, agentKeys: null, resolved: {} };
