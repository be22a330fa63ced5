import { terminalText } from './terminal-text.ts';

/**
 * Text for a terminal, of pieces as they are written: bytes of one character, or a line's CR and LF, may come
 * in two pieces. CR LF is a line's end; a CR elsewhere would move the cursor back over what is there.
 */
export class TerminalOutput {
  private readonly utf8 = new TextDecoder();
  private held = '';

  /** What a terminal may be given of a piece and of what was held back before it. */
  text(piece: string | Uint8Array): string {
    const decoded = typeof piece === 'string' ? piece : this.utf8.decode(piece, { stream: true });
    const text = this.held + decoded;
    this.held = text.endsWith('\r') ? '\r' : '';
    return terminalText(text.slice(0, text.length - this.held.length).replaceAll('\r\n', '\n'));
  }
}

/** From now on all that is written to a stream passes through `TerminalOutput`, whoever writes it. */
export function showOnly(stream: Pick<NodeJS.WriteStream, 'write'>): void {
  const shown = new TerminalOutput();
  const write = stream.write.bind(stream) as (text: string, done?: (error?: Error | null) => void) => boolean;
  stream.write = (
    piece: string | Uint8Array,
    encodingOrDone?: BufferEncoding | ((error?: Error | null) => void),
    done?: (error?: Error | null) => void,
  ): boolean => {
    const text = shown.text(piece);
    return write(text, typeof encodingOrDone === 'function' ? encodingOrDone : done);
  };
}
