import type { ImportedProfiles, StoreCommand } from '../events/command.ts';
import type { ProfileDraft } from '../events/profile.ts';
import { ConfigError } from './config-error.ts';
import type { Candidate } from './import/candidate.ts';
import { IMPORT_BYTES_MAX, IMPORT_KEPT_MS, IMPORTS_KEPT_MAX } from './limits.ts';

interface Pending extends Candidate {
  /** Milliseconds since 1970 UTC. */
  readonly until: number;
}

/**
 * What imports have read, until it is saved or given up: the page gets the drafts, and their secrets wait
 * here under an id. Oldest out first beyond IMPORTS_KEPT_MAX, and each after IMPORT_KEPT_MS; what goes is
 * overwritten.
 */
export class PendingImports {
  readonly #pending = new Map<string, Pending>();

  constructor(
    private readonly newId: () => string,
    private readonly now: () => number,
  ) {}

  /**
   * Reads what an import gives: the text that was given, or the usual file of its source.
   *
   * @param offered a draft as it is to be offered
   * @throws ConfigError `import.tooLong`
   */
  async read(
    { source, text }: Pick<StoreCommand & { type: 'profile.import' }, 'source' | 'text'>,
    offered: (draft: ProfileDraft) => ProfileDraft,
  ): Promise<ImportedProfiles> {
    if (text !== undefined && Buffer.byteLength(text) > IMPORT_BYTES_MAX)
      throw new ConfigError(
        'import.tooLong',
        `What profiles are read from may have ${IMPORT_BYTES_MAX} bytes. Split it.`,
      );
    // Loaded when it is first needed: a start does not pay for the formats of other programs.
    const { importText, importUsualFile } = await import('./import/read.ts');
    const { candidates, notTaken } =
      text === undefined ? await importUsualFile(source) : importText(source, text);
    const tooMany = candidates.slice(IMPORTS_KEPT_MAX);
    for (const { secrets } of tooMany) wipe(secrets);
    const drafts = candidates.slice(0, IMPORTS_KEPT_MAX).map((candidate) => {
      const draft = offered(candidate.draft);
      const importId = this.#put({ ...candidate, draft });
      return {
        draft,
        importId,
        secrets: Object.keys(candidate.secrets),
        notTaken: candidate.notTaken.map(told),
      };
    });
    const more = {
      what: 'connections',
      why: `There are ${candidates.length}, and the first ${IMPORTS_KEPT_MAX} are taken. Split the file to read the others.`,
    };
    return { drafts, notTaken: [...notTaken.map(told), ...(tooMany.length > 0 ? [more] : [])] };
  }

  /** @throws ConfigError `import.gone` for one that is not here any more */
  get(importId: string): Candidate {
    this.sweep();
    const candidate = this.#pending.get(importId);
    if (candidate) return candidate;
    throw new ConfigError('import.gone', 'What was read is not kept any more. Read it again.');
  }

  /** Forgets what is too old. */
  sweep(): void {
    for (const [importId, { until }] of this.#pending) if (until <= this.now()) this.drop(importId);
  }

  clear(): void {
    for (const importId of this.#pending.keys()) this.drop(importId);
  }

  /** Forgets one, which is saved. */
  drop(importId: string): void {
    wipe(this.#pending.get(importId)?.secrets ?? {});
    this.#pending.delete(importId);
  }

  #put(candidate: Candidate): string {
    this.sweep();
    const importId = this.newId();
    this.#pending.set(importId, { ...candidate, until: this.now() + IMPORT_KEPT_MS });
    if (this.#pending.size > IMPORTS_KEPT_MAX) this.drop(this.#pending.keys().next().value!);
    return importId;
  }
}

function wipe(secrets: Candidate['secrets']): void {
  for (const secret of Object.values(secrets)) secret.wipe();
}

function told({ what, why }: { what: string; why: string }): { what: string; why: string } {
  return { what, why };
}
