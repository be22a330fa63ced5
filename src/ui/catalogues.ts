import type { Profile } from '../events/profile.ts';
import type { SessionView } from '../events/views/session-view.ts';
import { Catalogue } from './catalogue.ts';
import type { Client } from './client.ts';
import type { Names } from './editor-language.ts';
import { engineWords } from './engines.ts';

const NO_NAMES: Names = {};

/** The catalogue of each session that is or was open. */
export class Catalogues {
  readonly bySession = new Map<string, Catalogue>();
  /** Changes whenever a catalogue has. */
  revision = 0;

  constructor(
    private readonly client: Client,
    private readonly tell: () => void,
  ) {}

  /** Begins to read a session's catalogue, once. */
  begin({ sessionId, engine }: SessionView, { target }: Profile): void {
    if (this.bySession.has(sessionId)) return;
    const words = engineWords(engine);
    const changed = (): void => {
      this.revision++;
      this.tell();
    };
    const home = words.defaultNamespace || target.database;
    const catalogue = new Catalogue(
      (request) => this.client.catalogue(sessionId, request),
      changed,
      home,
      words,
    );
    this.bySession.set(sessionId, catalogue);
    void catalogue.start();
  }

  /** What an editor of a session can complete. */
  namesOf(session: SessionView | undefined): Names {
    return (session && this.bySession.get(session.sessionId)?.names()) ?? NO_NAMES;
  }
}
