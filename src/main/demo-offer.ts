import { postgres } from '../events/engines/postgres.ts';
import type { Profiles } from '../store/profiles.ts';
import type { Demo } from './demo.ts';
import type { DataPaths } from './paths.ts';

/** What is offered of the demo database. */
interface OfferedDemo {
  /** Null where it does not run. */
  readonly demo: Demo | null;
  /** Why it can't be offered, with how to get it; null where it is, or where it is not wanted. */
  readonly problem: string | null;
}

interface DemoOptions {
  /** Started where it can be, by request or because no vault exists yet. */
  readonly wanted: boolean;
  /** It was requested, so its absence ends the program. */
  readonly isRequested: boolean;
  readonly paths: Pick<DataPaths, 'demo'>;
  /** Takes its profile. */
  readonly profiles: Profiles;
  /** Takes what is said to the user at the terminal. */
  readonly say: (line: string) => void;
}

/** Starts the demo database and offers its profile. @throws as `startDemo`; DemoMissingError only where it was requested */
export async function offeredDemo({
  wanted,
  isRequested,
  paths,
  profiles,
  say,
}: DemoOptions): Promise<OfferedDemo> {
  if (!wanted) return { demo: null, problem: null };
  try {
    return { demo: await started(paths, profiles, say), problem: null };
  } catch (error) {
    const { DemoMissingError } = await import('./demo-binaries.ts');
    if (isRequested || !(error instanceof DemoMissingError)) throw error;
    say(error.message);
    return { demo: null, problem: error.message };
  }
}

async function started(
  paths: Pick<DataPaths, 'demo'>,
  profiles: Profiles,
  say: (line: string) => void,
): Promise<Demo> {
  const { startDemo } = await import('./demo.ts');
  const demo = await startDemo({ folder: paths.demo, log: say });
  const { host, port, database, user, password } = demo.profile;
  const target = { engine: postgres.name, host, port, database, user, tls: { mode: 'disable' } } as const;
  profiles.add(
    { profileId: 'demo', name: 'Demo', target, environment: 'development', readOnly: false },
    password,
  );
  return demo;
}
