import { DEFAULT_ENGINE } from '../../events/engines/engine-name.ts';
import { descriptorOf } from '../../events/engines/index.ts';
import { sessionEnded } from '../../events/views/session-view.ts';
import type { CollectionPlace } from '../catalogue/collection-place.ts';
import type { QtQueryTab } from '../query/qt-query-tab.ts';
import type { CloseGuard } from './close-guard.ts';
import type { PageState } from './page-state.ts';
import type { TabChange } from './tabs.ts';

/** Opens, shows, changes and closes tabs. */
export class TabActions {
  constructor(
    private readonly state: Pick<PageState, 'client' | 'tabs' | 'views' | 'profileOf' | 'follow'>,
    private readonly guard: Pick<CloseGuard, 'tab'>,
    /** The element of a tab, once it is drawn. */
    private readonly elementOf: (tabId: string) => QtQueryTab | undefined,
    /** Draws what was changed; resolves once that is done. */
    private readonly draw: () => Promise<unknown>,
  ) {}

  /** Opens an empty tab, by default on the connection of the tab in view. */
  async openNew(
    profileId = this.state.tabs.active?.profileId ?? this.state.client.profiles[0]?.profileId,
  ): Promise<void> {
    if (profileId) await this.openText(profileId, '');
  }

  /** Opens a tab with a text and puts the cursor into it. */
  async openText(profileId: string, text: string): Promise<void> {
    this.state.tabs.open(profileId, text);
    await this.drawActive();
  }

  /** Opens a tab with a statement that reads a collection, and runs it. */
  async openCollection({ profileId, namespace, collection }: CollectionPlace): Promise<void> {
    const { engine = DEFAULT_ENGINE, database = '' } = this.state.profileOf(profileId)?.target ?? {};
    const text = descriptorOf(engine).openText(namespace, collection, database);
    const { tabId } = this.state.tabs.open(profileId, text);
    this.state.follow();
    await this.draw();
    this.elementOf(tabId)?.runAll();
  }

  show(tabId: string): void {
    this.state.tabs.show(tabId);
    this.state.follow();
  }

  /** Shows the tab at a position, from 0, where there is one. */
  showAt(order: number): void {
    this.state.tabs.showAt(order);
    this.state.follow();
  }

  /** Shows the next or the previous tab, around the end. */
  step(by: 1 | -1): void {
    this.state.tabs.step(by);
    this.state.follow();
  }

  /** Moves a tab to a place in the row, from 0. */
  move(tabId: string, place: number): void {
    this.state.tabs.move(tabId, place);
    this.state.follow();
  }

  change(tabId: string, changes: TabChange): void {
    this.state.tabs.change(tabId, changes);
    this.state.follow();
  }

  /** Opens a copy of a tab and puts the cursor into it. */
  duplicate(tabId: string): Promise<void> {
    const { tabs } = this.state;
    const tab = tabs.tabs.find((one) => one.tabId === tabId);
    if (tab) tabs.duplicate(tab);
    return this.drawActive();
  }

  /** Opens the tab that was closed last once more and puts the cursor into it. */
  async reopen(): Promise<void> {
    const { tabs } = this.state;
    if (!tabs.reopens) return;
    tabs.reopen();
    await this.drawActive();
  }

  /** Closes tabs one after the other, until the user keeps one in which something is unfinished. */
  async close(tabIds: readonly string[] = [this.state.tabs.activeId]): Promise<void> {
    for (const tabId of tabIds) if (!(await this.closeOne(tabId))) return;
  }

  private async closeOne(tabId: string): Promise<boolean> {
    const { tabs, views } = this.state;
    const session = views.sessionOf(tabs.tabs.find((one) => one.tabId === tabId));
    const element = this.elementOf(tabId);
    // The question does not name the tab, so its changes are in view.
    if (element && element.unsaved > 0) this.show(tabId);
    if (element && !(await element.mayLeave('close'))) return false;
    const open = session !== undefined && !sessionEnded(session.state);
    if (open && !(await this.guard.tab(session.sessionId, tabId))) return false;
    tabs.close(tabId);
    this.state.follow();
    return true;
  }

  /** Draws the tab in view and puts the cursor into it. */
  private async drawActive(): Promise<void> {
    this.state.follow();
    await this.draw();
    this.elementOf(this.state.tabs.activeId)?.focus();
  }
}
