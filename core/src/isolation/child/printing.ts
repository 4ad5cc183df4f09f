import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';

/**
 * Puts plain streams in the place of the standard ones, which are sockets here: from a socket one gets at others. The
 * engine reads what is printed.
 */
export function capturePrinting(): void {
  for (const [name, descriptor] of [
    ['stdout', 1],
    ['stderr', 2],
  ] as const) {
    const stream = new Writable({
      decodeStrings: true,
      write(chunk: Uint8Array, _encoding, done) {
        try {
          writeSync(descriptor, chunk);
        } catch {
          // Nobody reads any more.
        }
        done();
      },
    });
    Object.defineProperty(process, name, { value: stream, configurable: false, writable: false, enumerable: true });
  }
}
