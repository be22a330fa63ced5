/** A command or a catalogue request that was not taken. `code` is stable, `message` says what to do. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'Refused';
  }
}
