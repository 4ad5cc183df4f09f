/**
 * The faults of the comparison. A case says what servers there are (options of `serveFolder`; `old` and `new` are two
 * files of the same size, `shorter` is another one) and, if not simply "run it once", how it goes:
 * - `between`: what happens between a first run, ended by Ctrl-C when some of the file is there, and a second one
 * - `twice`: run again when it is done
 * - `together`: two at the same time
 * - `disk`: bytes that the target's file system holds
 * `wanted` is the file whose checksum those programs are given that take one.
 */
const MiB = 1024 * 1024;

const one = (...fault) => [{ fault }];
const first =
  (count) =>
  (...fault) => [{ fault, faultyRequests: count }];
/** From the fourth MiB on, and with connections that break so that there are requests after it. */
const swap = (...fault) => [
  { kind: 'swap', to: 'new.iso', afterBytes: 3 * MiB },
  { kind: 'drop', after: 1.5 * MiB },
  ...fault,
];

export const CASES = [
  { name: 'no fault', servers: one() },

  { group: 'Ranges' },
  { name: 'ranges ignored: 200 and the whole file', servers: one({ kind: 'ignore-range' }) },
  { name: 'ranges ignored, and no length', servers: one({ kind: 'ignore-range' }, { kind: 'no-length' }) },
  { name: 'ranges ignored when it resumes', servers: one({ kind: 'ignore-range' }), between: 'nothing' },
  { name: 'shifted Content-Range, with the bytes that it says', servers: one({ kind: 'lying-range', shift: 4096 }) },
  { name: 'right Content-Range, body from offset 0', servers: one({ kind: 'body-from-zero' }) },
  { name: '206 without Content-Range', servers: one({ kind: 'no-content-range' }) },
  { name: '206 shorter than asked for', servers: one({ kind: 'short-range', most: 700_000 }) },
  { name: 'size `*` in Content-Range', servers: one({ kind: 'unknown-total' }) },
  { name: 'another size in Content-Range', servers: one({ kind: 'range-total-off', by: 4096 }) },
  { name: 'multipart/byteranges for one range', servers: one({ kind: 'multipart' }) },
  {
    name: 'gzip on ranges',
    servers: [{ fault: { kind: 'encoded' }, faultyRequests: ({ range }) => range !== undefined }],
  },

  { group: 'Which file it is' },
  { name: 'swapped half-way, new ETag', servers: one(...swap()), wanted: 'new' },
  { name: 'swapped half-way, no ETag, no date', servers: one(...swap({ kind: 'no-validators' })), wanted: 'new' },
  { name: 'swapped between two runs, new ETag', servers: one(), between: 'swap', wanted: 'new' },
  {
    name: 'swapped between two runs, no ETag, no date',
    servers: one({ kind: 'no-validators' }),
    between: 'swap',
    wanted: 'new',
  },
  { name: 'became shorter between two runs (416)', servers: one(), between: 'shrink', wanted: 'shorter' },
  { name: 'there already, and complete (416)', servers: one(), twice: true },
  { name: 'weak ETag only, and it breaks off', servers: one({ kind: 'weak-etag' }, { kind: 'drop', after: 3 * MiB }) },
  {
    name: 'another ETag at each request',
    servers: one({ kind: 'etag-each-request' }, { kind: 'drop', after: 3 * MiB }),
  },
  {
    name: 'If-Range not understood: always 200',
    servers: one({ kind: 'if-range-tag-unknown' }, { kind: 'drop', after: 3 * MiB }),
  },
  { name: 'log-in page with 200', servers: one({ kind: 'web-page' }) },
  {
    name: 'log-in page with 200 for every third request',
    servers: [{ fault: { kind: 'web-page' }, faultyRequests: (_, index) => index % 3 === 2 }],
  },

  { group: 'Bodies and connections' },
  { name: 'Content-Length too large', servers: one({ kind: 'length-off', by: 1000 }) },
  {
    name: 'no length, and the first one breaks off',
    servers: first(1)({ kind: 'no-length' }, { kind: 'drop', after: MiB }),
  },
  { name: 'closed after every 3 MiB', servers: one({ kind: 'drop', after: 3 * MiB }) },
  { name: 'reset after every 3 MiB', servers: one({ kind: 'reset', after: 3 * MiB }) },
  { name: 'falls silent after 1 MiB, twice', servers: first(2)({ kind: 'stall', after: MiB }) },
  { name: 'never answers', servers: one({ kind: 'silent' }) },
  { name: '200 bytes a second after 1 MiB, twice', servers: first(2)({ kind: 'trickle', after: MiB, rate: 200 }) },
  { name: 'head in several packets', servers: one({ kind: 'split-head' }) },
  { name: 'closed when a connection is used again', servers: one({ kind: 'close-on-reuse' }) },
  { name: 'not more than two connections, else 503', servers: one({ kind: 'busy-above', most: 2, status: 503 }) },

  { group: 'Statuses' },
  { name: '429, Retry-After in seconds, twice', servers: first(2)({ kind: 'status', status: 429, retryAfter: 2 }) },
  {
    name: '503, Retry-After as a date, twice',
    servers: first(2)({ kind: 'status', status: 503, retryAfter: { dateInMs: 2500 } }),
  },
  { name: '503 without Retry-After, twice', servers: first(2)({ kind: 'status', status: 503 }) },
  { name: '500, twice', servers: first(2)({ kind: 'status', status: 500 }) },
  {
    name: 'redirect to addresses that expire (403)',
    servers: one({ kind: 'signed-addresses', uses: 1 }, { kind: 'drop', after: 3 * MiB }),
  },
  { name: 'redirects for ever', servers: one({ kind: 'redirect-loop' }) },
  { name: 'redirect to a local file', servers: one({ kind: 'redirect', to: 'file:///etc/passwd' }) },

  { group: 'Several mirrors' },
  { name: 'the first one has no such file (404)', servers: [{ fault: { kind: 'status', status: 404 } }, {}] },
  { name: 'one has an older file of another size', servers: [{}, { serves: 'shorter' }] },
  { name: 'one has an older file of the same size', servers: [{}, { serves: 'new' }] },
  { name: 'the first one has a wrong byte', servers: [{ fault: { kind: 'wrong-bytes', at: MiB } }, {}] },
  { name: 'the only one has a wrong byte', servers: one({ kind: 'wrong-bytes', at: 5 * MiB }) },
  { name: 'the first one falls silent', servers: [{ fault: { kind: 'stall', after: MiB } }, {}] },

  { group: 'This machine' },
  { name: 'the disk is full half-way', servers: one(), disk: 5 * MiB },
  { name: 'two at once for one file', servers: one(), together: true },
];
