import type { Command } from '../../events/command.ts';
import { DRAFT_UNITS_MAX } from '../../events/limits.ts';
import { Tabs } from '../app/tabs.ts';
import type { Client } from './client.ts';

/** From the first unsaved keystroke to sending the draft. */
const SAVE_DELAY_MS = 300;
/** Between retries while the program does not answer. */
const RETRY_MS = 3000;
/** How often, and how far apart, a page asks for tabs that another page seems to have. */
const CLAIM_ATTEMPTS = 4;
const CLAIM_RETRY_MS = 250;

const TOO_LONG = `This text is longer than ${DRAFT_UNITS_MAX} characters: it is lost when the page is closed.`;

type Link = Pick<Client, 'command' | 'commandAtLast' | 'drafts' | 'claimTabs' | 'app' | 'config' | 'link'>;

/**
 * Saves the texts of the open tabs in the program as they are typed, and restores them after a reload or a
 * crash of either. One draft is sent at a time, so that none overtakes another.
 */
export class DraftSync {
  readonly tabs: Tabs;
  /** Whether the earlier tabs are known, or known to be unavailable for now. */
  asked = false;
  /** Why a text is not saved, with what to do; empty while all are. */
  problem = '';
  /** Earlier tabs that another open page has. */
  elsewhere = 0;
  private restored = false;
  private asking = false;
  private readonly unsaved = new Set<string>();
  /** Tabs that are this page's. */
  private readonly claimed = new Set<string>();
  /** Tabs whose draft was refused, or is too long: retried with the next change. */
  private readonly refused = new Set<string>();
  /** The tab whose draft is being sent. */
  private sending = '';
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly link: Link,
    private readonly changed: () => void,
    store?: ConstructorParameters<typeof Tabs>[1],
  ) {
    this.tabs = new Tabs((tabId) => this.mark(tabId), store);
  }

  /**
   * To be called when the program, or its vault, may be another: asks for the earlier tabs, until they are
   * here.
   */
  look(): void {
    if (this.restored || this.asking || this.link.app === null) return;
    const { state } = this.link.config.vault;
    if (state === 'absent' || state === 'unlocked') void this.restore();
    else this.asked = true;
  }

  /** Whether closing the page now would lose a text: no program takes it. */
  get atRisk(): boolean {
    const { tabs, refused, unsaved, link } = this;
    return tabs.tabs.some(
      ({ tabId, text }) =>
        text !== '' && (refused.has(tabId) || (link.link !== 'open' && unsaved.has(tabId))),
    );
  }

  /** Sends unsaved drafts while the page is closing. */
  leave(): void {
    const late = new Set([...this.unsaved, ...this.refused]);
    if (this.sending !== '') late.add(this.sending);
    for (const tabId of late) {
      const command = this.commandFor(tabId);
      if (command) this.link.commandAtLast(command);
    }
    this.unsaved.clear();
  }

  private async restore(): Promise<void> {
    this.asking = true;
    try {
      const { drafts: all, problems } = await this.link.drafts();
      const mine = await this.claim(all.map(({ tabId }) => tabId));
      const drafts = all.filter(({ tabId }) => mine.has(tabId));
      this.elsewhere = all.length - drafts.length;
      const latest = drafts.reduce((a, b) => (b.savedAt > a.savedAt ? b : a), drafts[0]!);
      const before = drafts.map(({ savedAt: _, place: __, title = '', ...tab }) => ({ ...tab, title }));
      this.tabs.restore(before, latest?.tabId ?? '');
      this.problem = problems[0]?.message ?? '';
      this.restored = true;
      this.asking = false;
    } catch {
      // It was locked in the meantime, or the link is lost.
      setTimeout(() => {
        this.asking = false;
        this.look();
      }, RETRY_MS);
    }
    this.asked = true;
    this.changed();
  }

  /**
   * Those of the tabs that are this page's. A page that was just closed may still count as open for a moment.
   */
  private async claim(tabIds: readonly string[]): Promise<ReadonlySet<string>> {
    for (let attempt = 1; ; attempt++) {
      const mine = new Set(await this.link.claimTabs(tabIds));
      for (const tabId of mine) this.claimed.add(tabId);
      if (mine.size === tabIds.length || attempt === CLAIM_ATTEMPTS) return mine;
      await new Promise((resolve) => setTimeout(resolve, CLAIM_RETRY_MS));
    }
  }

  private mark(tabId: string): void {
    this.unsaved.add(tabId);
    this.timer ??= setTimeout(() => void this.save(), SAVE_DELAY_MS);
  }

  private async save(): Promise<void> {
    let retry = false;
    let problem = '';
    for (const tabId of new Set([...this.unsaved, ...this.refused])) {
      this.unsaved.delete(tabId);
      this.refused.delete(tabId);
      const command = this.commandFor(tabId);
      if (command === null) {
        this.refused.add(tabId);
        problem = TOO_LONG;
        continue;
      }
      // Before another page can read of it.
      if (!this.claimed.has(tabId)) await this.claim([tabId]).catch(() => undefined);
      this.sending = tabId;
      const answer = await this.link.command(command);
      this.sending = '';
      if (!('refused' in answer)) continue;
      const lost = answer.refused.code === 'link.lost';
      (lost ? this.unsaved : this.refused).add(tabId);
      retry ||= lost;
      // A lost link is reported elsewhere.
      if (!lost) problem = answer.refused.message;
    }
    const another = problem !== this.problem;
    this.problem = problem;
    this.timer = undefined;
    if (this.unsaved.size > 0)
      this.timer = setTimeout(() => void this.save(), retry ? RETRY_MS : SAVE_DELAY_MS);
    if (another) this.changed();
  }

  /** The command that saves a tab as it is now; null for a text that is too long. */
  private commandFor(tabId: string): (Command & { type: `draft.${string}` }) | null {
    const place = this.tabs.tabs.findIndex((tab) => tab.tabId === tabId);
    const tab = this.tabs.tabs[place];
    if (!tab) return { type: 'draft.delete', tabId };
    if (tab.text.length > DRAFT_UNITS_MAX) return null;
    return { type: 'draft.save', ...tab, place };
  }
}
