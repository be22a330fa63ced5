/** Strings that recur, by small numbers. */
export class StringTable {
  private readonly numbers = new Map<string, number>();
  readonly texts: string[] = [];

  /** The number of a text, which it gets where it has none. */
  of(text: string): number {
    let number = this.numbers.get(text);
    if (number === undefined) {
      number = this.texts.push(text) - 1;
      this.numbers.set(text, number);
    }
    return number;
  }

  find(text: string): number | undefined {
    return this.numbers.get(text);
  }
}
