import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Imported } from '../../../../src/store/import/candidate.ts';

export const DBGATE_KEY =
  '911b053060fb4e8aef03778bb997acef5c400be16ba03d975bb6e5ef630985c7d6f619974b7561f350f14d3d64a41117kvJ0AvpIy1LAfxAFmJ4747Tja1CKqDXh3iKPktgGtddADdL0spm8jlNpeED36f79zYETAmbMphxTyBzL0JfuRSej2gq1VDQiYMb70Q/xm5W9MTalezMmE9RJVT+H8HmL';
export const DBGATE_WORD =
  'aac5c27790c0c1d80519e472776636ef037db5ab1f143d594c94235dbe515fa2c8f751fe04a8479f7056a6c282bf6571U9GuT3us9HHr8ZbQ/++Sig==';

/** A home folder, until the test ends. */
export function newHome(): string {
  const folder = mkdtempSync(join(tmpdir(), 'querytape-import-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What of an import is worth a look: targets by origin, secrets, and what was left out. */
export function told({ candidates, notTaken }: Imported) {
  return {
    targets: candidates.map(
      ({ origin, draft: { target } }) =>
        `${origin} ${target.engine} ${target.user}@${target.host}:${target.port}/${target.database} ${target.tls.mode}`,
    ),
    passwords: candidates.map(({ secrets }) => secrets.password?.reveal()),
    notTaken: notTaken.map(({ what, code }) => `${what} ${code}`),
  };
}
