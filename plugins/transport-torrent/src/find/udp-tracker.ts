import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';

import { compactPeers, MOST_WANTED, type Announcement, type TrackerAnswer } from './announcement.ts';
import { addressOf } from './fetch-bytes.ts';

/** The number by which this protocol is known (BEP 15). */
const PROTOCOL = 0x41727101980n;
const CONNECT = 0;
const ANNOUNCE = 1;
const EVENTS = { started: 2, stopped: 3 } as const;
const WAIT_MS = 4_000;
const TRIES = 2;

/** Asks a tracker by UDP (BEP 15). @throws Error that says what went wrong; the signal's reason */
export async function askUdpTracker(
  tracker: string,
  announcement: Announcement,
  signal: AbortSignal,
): Promise<TrackerAnswer> {
  const url = new URL(tracker);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const { address, family } = await addressOf(host);
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  socket.unref();
  try {
    const to = { address, port: Number(url.port) };
    const connected = await exchange(socket, to, CONNECT, connectRequest, 16, signal);
    const connection = connected.subarray(8, 16);
    const answer = await exchange(
      socket,
      to,
      ANNOUNCE,
      (transaction) => announceRequest(connection, transaction, announcement),
      20,
      signal,
    );
    return {
      interval: answer.readUInt32BE(8),
      peers: compactPeers(answer.subarray(20), family === 6 ? 6 : 4),
    };
  } finally {
    socket.close();
  }
}

/** Sends a request until an answer to it comes, twice at most. */
async function exchange(
  socket: Socket,
  to: { readonly address: string; readonly port: number },
  action: number,
  request: (transaction: Buffer) => Buffer,
  least: number,
  signal: AbortSignal,
): Promise<Buffer> {
  for (let tried = 0; tried < TRIES; tried++) {
    const transaction = randomBytes(4);
    const answer = await sendAndWait(socket, to, request(transaction), transaction, signal);
    if (answer === undefined) continue;
    if (answer.readUInt32BE(0) !== action || answer.length < least) throw new Error('it refuses');
    return answer;
  }
  throw new Error('it does not answer');
}

function sendAndWait(
  socket: Socket,
  { address, port }: { readonly address: string; readonly port: number },
  request: Buffer,
  transaction: Buffer,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.off('message', onMessage);
      socket.off('error', onError);
      act();
    };
    const onAbort = (): void => {
      settle(() => {
        reject(signal.reason as Error);
      });
    };
    const onError = (error: Error): void => {
      settle(() => {
        reject(error);
      });
    };
    const onMessage = (message: Buffer): void => {
      // Anybody can send us something; only who was asked knows the number.
      if (message.length < 8 || !message.subarray(4, 8).equals(transaction)) return;
      settle(() => {
        resolve(message);
      });
    };
    const timer = setTimeout(() => {
      settle(() => {
        resolve(undefined);
      });
    }, WAIT_MS);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('message', onMessage);
    socket.on('error', onError);
    socket.send(request, port, address);
    if (signal.aborted) onAbort();
  });
}

function connectRequest(transaction: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeBigUInt64BE(PROTOCOL, 0);
  head.writeUInt32BE(CONNECT, 8);
  return Buffer.concat([head, transaction]);
}

function announceRequest(connection: Buffer, transaction: Buffer, announcement: Announcement): Buffer {
  const { infoHash, peerId, left, event, port } = announcement;
  const action = Buffer.alloc(4);
  action.writeUInt32BE(ANNOUNCE, 0);
  // Downloaded, left, uploaded; event, address, key, wanted, port.
  const rest = Buffer.alloc(42);
  rest.writeBigUInt64BE(BigInt(left), 8);
  rest.writeUInt32BE(event === undefined ? 0 : EVENTS[event], 24);
  rest.writeUInt32BE(MOST_WANTED, 36);
  rest.writeUInt16BE(port, 40);
  const ids = [Buffer.from(infoHash, 'hex'), Buffer.from(peerId, 'hex')];
  return Buffer.concat([connection, action, transaction, ...ids, rest]);
}
