/**
 * What is read from the server by id, each version of it once. Of several reads of an id the latest counts; one that fails is
 * forgotten, so that the next `want` reads again. Calls `changed` after each value that has come.
 */
export class KeyedReads<V, N extends number | string = string> {
  /** The values by id: another map after each change. */
  values: ReadonlyMap<string, V> = new Map();
  private readonly versions = new Map<string, N>();

  constructor(
    private readonly read: (id: string) => Promise<V>,
    private readonly changed: () => void,
  ) {}

  /** Reads a version of what an id names, unless it was read or is being read. */
  want(id: string, version: N): void {
    if (this.versions.get(id) === version) return;
    this.versions.set(id, version);
    void this.fetch(id, version);
  }

  /** Forgets what is read of ids that are not among these; what is being read of them is dropped when it comes. */
  keepOnly(ids: { has(id: string): boolean }): void {
    for (const id of this.versions.keys()) if (!ids.has(id)) this.versions.delete(id);
    if ([...this.values.keys()].some((id) => !ids.has(id)))
      this.values = new Map([...this.values].filter(([id]) => ids.has(id)));
  }

  private async fetch(id: string, version: N): Promise<void> {
    try {
      const value = await this.read(id);
      if (this.versions.get(id) !== version) return;
      this.values = new Map(this.values).set(id, value);
      this.changed();
    } catch {
      if (this.versions.get(id) === version) this.versions.delete(id);
    }
  }
}
