import type { ActorDirectory } from './actor-directory.ts';
import type { Ports } from './ports.ts';
import type { Recorder } from './recorder.ts';
import type { Resources } from './resources.ts';
import type { SideStore } from './side-store.ts';

/** What whatever carries out commands shares with its workspace. */
export interface WorkspaceParts {
  readonly ports: Ports;
  readonly directory: ActorDirectory;
  readonly side: SideStore;
  readonly resources: Resources;
  readonly recorder: Recorder;
  /** @throws Refused while the tape can't be written */
  readonly tapeMustWork: () => void;
}
