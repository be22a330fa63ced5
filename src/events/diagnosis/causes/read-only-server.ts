import { type Cause, cantTell, otherEnd, yes } from '../cause.ts';
import { meaningOf } from '../meaning.ts';

/** The statement writes, and the server does not. */
export const readOnlyServer: Cause = {
  name: 'readOnlyServer',
  title: 'The server takes no writes',
  recognised:
    'The server refused it by the code for a statement that writes where only reading is possible: on a standby, a secondary member, a server that was set read-only, or in a transaction that only reads. MySQL and MariaDB have one code for that and for other options of the server, so that one does not say which it was.',
  advice:
    'Connect to the primary, which may have changed by a failover, or open the connection again. If it should be the primary, ask who runs the server whether it was set read-only.',
  query(query) {
    const { input, failed, recorded } = query;
    const meaning = meaningOf(failed?.failure, input?.engine);
    if (failed && meaning === 'readOnly')
      return input?.readOnly
        ? yes('Its profile only reads, and the server refused what the statement would have written.', [
            failed,
          ])
        : yes('The server, or the transaction, only reads at present, and the statement writes.', [
            recorded,
            failed,
          ]);
    if (failed && meaning === 'option')
      return cantTell('An option of the server does not allow it, perhaps that it only reads.', [failed]);
    return otherEnd(query);
  },
};
