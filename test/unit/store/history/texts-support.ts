import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { HistoryWish, SubmittedText } from '../../../../src/events/history.ts';
import { DEFAULT_POLICY, type GlobalPolicy } from '../../../../src/events/policy.ts';
import {
  openSealedTexts,
  type SealedTexts,
  type SealedTextsOptions,
} from '../../../../src/store/sealed-texts.ts';
import type { Vault } from '../../../../src/store/vault/vault.ts';
import { newFolder, openVault } from '../vault/vault-support.ts';

export const DAY = 24 * 3600 * 1000;

/** A data folder with its vault and texts, as the program has them. */
export interface Place {
  readonly folder: string;
  readonly vault: Vault;
  readonly texts: SealedTexts;
  policy: GlobalPolicy;
  now: number;
}

export async function openTexts(
  folder = newFolder(),
  more: Partial<SealedTextsOptions> = {},
): Promise<Place> {
  const vault = await openVault(folder);
  const place = { folder, vault, policy: { ...DEFAULT_POLICY }, now: Date.now() };
  const texts = await openSealedTexts({
    folder,
    vault,
    policy: () => place.policy,
    now: () => place.now,
    ...more,
  });
  onTestFinished(() => texts.close());
  return Object.assign(place, { texts });
}

export function statement(queryId: string, text: string, more: Partial<SubmittedText> = {}): SubmittedText {
  return {
    queryId,
    at: Date.now(),
    profileId: 'p1',
    profileName: 'Shop',
    environment: 'development',
    text,
    params: [],
    ...more,
  };
}

export const succeeded = (queryId: string) =>
  ({ queryId, outcome: 'succeeded', serverMs: 1.5, rows: 2, failure: null }) as const;

export function wish(more: Partial<HistoryWish> = {}): HistoryWish {
  return { search: '', profileId: null, outcome: null, before: null, count: 100, ...more };
}

/** The texts that a history gives, newest first. */
export async function textsIn({ texts }: Place, more: Partial<HistoryWish> = {}): Promise<string[]> {
  return (await texts.history.page(wish(more))).entries.map(({ text }) => text);
}

/** Every file below a folder, with its bytes. */
export function filesIn(folder: string): [string, Buffer][] {
  return (readdirSync(folder, { recursive: true, withFileTypes: true }) as import('node:fs').Dirent[])
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [path, readFileSync(path)]);
}

export function segmentsOf(folder: string): string[] {
  return readdirSync(join(folder, 'history'))
    .filter((name) => name.endsWith('.qth'))
    .sort()
    .map((name) => join(folder, 'history', name));
}
