import type { Hash } from 'node:crypto';
import type { Envelope } from '../../events/envelope.ts';
import { TAPE_SEGMENT_BYTES } from '../limits.ts';
import { beginBatch } from '../tape/chain-reader.ts';
import { CHAIN_START, type Header, lineOf, type Seal, TAPE_FORMAT } from '../tape/line.ts';

/**
 * Writes records as segments of a tape with a chain of its own: they are not the bytes that were on the tape they come from, so that
 * one's chain can't hold. Its headers say `sparse`, because a choice leaves out seqs.
 */
export class BundleChain {
  private readonly records: AsyncIterator<readonly Envelope[]>;
  private waiting: readonly Envelope[] = [];
  private isEnded = false;
  private segment = 0;
  private seq = 0;
  private at = 0;
  private chain = CHAIN_START;
  private hash: Hash = beginBatch(CHAIN_START);

  constructor(
    records: AsyncIterable<readonly Envelope[]>,
    private readonly segmentBytes = TAPE_SEGMENT_BYTES,
  ) {
    this.records = records[Symbol.asyncIterator]();
  }

  /** The segments, each to be read to its end before the next one. There is one at least. */
  async *segments(): AsyncGenerator<
    { readonly name: string; readonly content: AsyncIterable<Buffer> },
    void
  > {
    do {
      const name = `tape/${String(++this.segment).padStart(8, '0')}.jsonl`;
      yield { name, content: this.content() };
    } while (!this.isEnded);
  }

  private async *content(): AsyncGenerator<Buffer, void> {
    const { segment, seq: afterSeq, at: afterAt, chain } = this;
    const header: Header = { tape: TAPE_FORMAT, segment, afterSeq, afterAt, chain, sparse: true };
    this.hash = beginBatch(chain);
    let bytes = 0;
    const lines = (text: string): Buffer => {
      const line = Buffer.from(text);
      bytes += line.length;
      this.hash.update(line);
      return line;
    };
    yield lines(lineOf(JSON.stringify(header)));
    while (bytes < this.segmentBytes && (await this.fill())) {
      let text = '';
      for (const envelope of this.waiting) {
        text += lineOf(JSON.stringify(envelope));
        this.seq = envelope.seq;
        this.at = envelope.at;
      }
      this.waiting = [];
      yield lines(text);
      this.chain = this.hash.digest('hex');
      const seal: Seal = { seal: this.seq, sha256: this.chain };
      this.hash = beginBatch(this.chain);
      const line = Buffer.from(lineOf(JSON.stringify(seal)));
      bytes += line.length;
      yield line;
    }
  }

  /** Whether there are records to write. */
  private async fill(): Promise<boolean> {
    while (this.waiting.length === 0 && !this.isEnded) {
      const { value, done } = await this.records.next();
      if (done) this.isEnded = true;
      else this.waiting = value;
    }
    return this.waiting.length > 0;
  }
}
