/**
 * Which open page has which editor tab. A tab is one page's at a time: in two, each would show the other's result under its
 * own text, and edits staged in one could not be applied there any more. A page counts as open while its WebSocket is.
 */
export class TabClaims {
  readonly #owners = new Map<string, string>();
  /** Open pages, with how many sockets each has: a page that reconnects may have two for a moment. */
  readonly #open = new Map<string, number>();

  pageOpened(pageId: string): void {
    this.#open.set(pageId, (this.#open.get(pageId) ?? 0) + 1);
  }

  pageClosed(pageId: string): void {
    const sockets = (this.#open.get(pageId) ?? 1) - 1;
    if (sockets > 0) this.#open.set(pageId, sockets);
    else this.#open.delete(pageId);
  }

  /** Gives the page the tabs that no other open page has, and returns those that it has now. */
  claim(pageId: string, tabIds: readonly string[]): string[] {
    for (const [tabId, owner] of this.#owners) if (!this.#open.has(owner)) this.#owners.delete(tabId);
    return tabIds.filter((tabId) => {
      const owner = this.#owners.get(tabId) ?? pageId;
      if (owner === pageId) this.#owners.set(tabId, pageId);
      return owner === pageId;
    });
  }
}
