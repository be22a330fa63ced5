/** What a call on a dropped result rejects with. */
export class ResultDroppedError extends Error {
  readonly code = 'result.dropped';
  constructor(resultId: string) {
    super(`result ${resultId} has been dropped`);
    this.name = 'ResultDroppedError';
  }
}
