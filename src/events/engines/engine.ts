import type { Capabilities } from '../capabilities.ts';
import type { SqlDialect } from '../formats/sql-dialect.ts';
import type { LexicalFacts } from '../lexical-facts.ts';
import type { RowEncoding } from '../result.ts';
import type { RowCodec } from '../row-codec.ts';
import type { Script } from '../statement-range.ts';
import type { CodeMeanings } from './code-meaning.ts';
import type { Engine } from './engine-name.ts';

/**
 * What the page and the server side both know of an engine. Whatever differs between engines and needs no connection is asked
 * here, so that no other file names one; the driver and the classifier are `drivers/<engine>/index.ts`.
 */
export interface EngineDescriptor {
  readonly name: Engine;
  /** What other programs' files call it, in lower case. */
  readonly aliases: readonly string[];
  /** What it can do at best; a server may do less and says so in `Connection.server`. */
  readonly capabilities: Capabilities;
  readonly address: AddressTraits;
  /** What its servers' error codes mean to a diagnosis. */
  readonly codes: CodeMeanings;
  /** Its servers number their connections upwards, from each start on. */
  readonly countsConnections?: true;
  readonly words: EngineWords;
  /** How its rows' bytes are laid out, and what reads them. */
  readonly encoding: RowEncoding;
  readonly rows: RowCodec;
  /** How it writes names and values in SQL; null where it has no SQL. */
  readonly dialect: SqlDialect | null;
  /** Its collections hold documents, whose fields differ from one to the next; null where they hold rows. */
  readonly documents: DocumentTraits | null;
  /** Which part of a connection's state is the namespace whose names need no prefix. */
  readonly namespaceIs: 'schema' | 'database';
  /** The namespace that needs no prefix on a new connection; empty where that is the profile's database. */
  readonly homeNamespace: string;
  /** Reads a text by the engine's own lexer. Never throws, and takes time in proportion to the text. */
  readScript(text: string, facts: LexicalFacts): Script;
  /** How strings and quoted names are read, as one word: two texts read under the same word are read alike. */
  lexicalMode(facts: LexicalFacts): string;
  /** A collection's name as a statement writes it. `current` is the database that the connection is in. */
  qualified(namespace: string, collection: string, current: string): string;
  /** The statement that shows a collection's rows. */
  openText(namespace: string, collection: string, current: string): string;
  /** How a role that only reads is made, to be run on the server by an administrator. */
  readOnlyRole(database: string): { readonly words: string; readonly code: string };
}

/** How a profile says where a server is. */
interface AddressTraits {
  /** The port that a server listens at where nothing else is said. */
  readonly port: number;
  /** Schemes of its connection URLs; the first one is what is written. */
  readonly schemes: readonly string[];
  /** The scheme of a URL whose host is a DNS seed list, where it has one. */
  readonly seedListScheme?: string;
  /** A profile can name several members of a deployment (`Target.mongo`); its sockets are files. */
  readonly hasMembers: boolean;
  /** The form offers a Unix-domain socket: its usual folder, and whether its name has the port in it. */
  readonly socket: { readonly folder: string; readonly hasPort: boolean } | null;
  /** A profile can pin the key that passwords are encrypted with where there is no TLS. */
  readonly pinsServerKey: boolean;
  /** Why no database has this name; null where one may. */
  readonly databaseFault?: (name: string) => string | null;
}

/** What the page says differently for each engine. */
export interface EngineWords {
  /** What the empty editor says. */
  readonly placeholder: string;
  /** What the tree's filter says. */
  readonly find: string;
  /** What shows a collection's content. */
  readonly open: string;
  readonly noNamespace: string;
  readonly noCollection: string;
  /** Where no database and no user is given. */
  readonly noDatabase: string;
  readonly noUser: string;
  /** What the number of a connection on its server is called. */
  readonly processNumber: string;
  /** What runs a connection's statements on the server. */
  readonly process: string;
  /** What the code of a server's error is called. */
  readonly errorCode: string;
  /** What read-only means, and who holds it. */
  readonly readOnly: string;
}

/** How documents are edited. */
interface DocumentTraits {
  /** The field that names a document. */
  readonly key: string;
  /** Why that field can't be changed. */
  readonly keyFixed: string;
  /** The one collection that a statement writes to, which is made where it is not there; null where it may be another. */
  written(text: string): string | null;
}
