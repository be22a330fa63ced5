/** What a command wrote, as much as is remembered of it: its end, and all of it for as long as a text is looked for. */
export class CommandOutput {
  /** Its end. */
  text = '';

  constructor(private readonly unitsMax: number) {}

  add(text: string): void {
    this.text = (this.text + text).slice(-this.unitsMax);
  }

  /** Whether the end has a text, which is far shorter. */
  has(text: string): boolean {
    return this.text.includes(text);
  }

  /** Its last lines as the user may see them: without control characters, and with what looks like a secret left out. */
  get shown(): string {
    return withoutSecrets(this.text.replace(CONTROLS, ''))
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .slice(-LINES_SHOWN)
      .join('\n');
  }
}

const LINES_SHOWN = 10;
/** Escape sequences (ECMA-48) and control characters, but for line ends. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are looked for.
const CONTROLS = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b[^[]?|[\x00-\x09\x0b-\x1f\x7f-\x9f]/g;

/** A text with the values of passwords, tokens and keys, and what stands in a URL before `@`, left out. */
function withoutSecrets(text: string): string {
  return text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]*@/gi, '$1…@')
    .replace(
      /((?:pass(?:word|phrase|wd)?|secret|token|api[_-]?key|access[_-]?key|authorization|bearer|credential)s?["']?\s*[:= ]\s*)("[^"]*"|'[^']*'|\S+)/gi,
      '$1…',
    )
    .replace(/\b(?:eyJ[\w-]{10,}\.[\w-]+\.[\w-]*|AKIA[A-Z0-9]{12,}|gh[pousr]_\w{20,})/g, '…');
}
