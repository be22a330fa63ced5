/** What is used of pino-roll 4.0.0, which has no types: it resolves with a SonicBoom that writes into the current file. */
declare module 'pino-roll' {
  import type { EventEmitter } from 'node:events';

  interface RollOptions {
    /** The path of the files without day, number and extension: called once for a check of its characters, then once for the path. */
    readonly file: () => string;
    readonly extension: string;
    /** By date-fns. */
    readonly dateFormat: string;
    readonly frequency: 'daily';
    /** `8388608b`: bytes with their unit. */
    readonly size: string;
    readonly limit: { readonly count: number; readonly removeOtherLogFiles: boolean };
    /** Of a file that is made. */
    readonly mode: number;
    readonly sync: false;
    /** Bytes that are gathered before they are written. */
    readonly minLength: number;
    /** Bytes waiting; what is written beyond is dropped. */
    readonly maxLength: number;
  }

  /** `ready`, `error`, `write`, `drain`, `drop`, `close` are its events. */
  interface RolledStream extends EventEmitter {
    /** Negative until its file is open. */
    readonly fd: number;
    write(line: string): boolean;
    /** @throws where it is closed */
    flush(): void;
    /** @throws where its file is not open */
    flushSync(): void;
    end(): void;
  }

  export default function roll(options: RollOptions): Promise<RolledStream>;
}
