/**
 * A disk that knows what a crash may leave of it. It keeps a log of what was begun and ended when, and makes from any
 * moment of it a disk as the next run could find it: after the death of the process, or of the machine.
 */
import type { FileHandle } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';

/** The unit that is either written or not: small, so that small files have many. */
const SECTOR = 64;

interface Inode {
  data: Buffer;
}

type Action =
  | { readonly kind: 'write'; readonly inode: Inode; readonly position: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly inode: Inode; readonly size: number }
  | { readonly kind: 'sync'; readonly inode: Inode }
  /** Several at once, as a rename is. */
  | { readonly kind: 'names'; readonly names: readonly (readonly [string, Inode | undefined])[] }
  | { readonly kind: 'sync folder' };

interface Entry {
  readonly action: Action;
  readonly begun: number;
  ended: number;
}

/** Of the process: everything that the system was given stays. Of the machine: what was not synced may or may not. */
export type Death = 'process' | 'machine';

export class VirtualDisk {
  /** What the disk held in the beginning, by the inodes of the log. */
  readonly #base = new Map<Inode, Buffer>();
  readonly #baseNames: ReadonlyMap<string, Inode>;
  readonly #names: Map<string, Inode>;
  readonly #log: Entry[] = [];
  #time = 0;

  constructor(files: ReadonlyMap<string, Buffer> = new Map()) {
    this.#names = new Map(Array.from(files, ([name, data]) => [name, { data: Buffer.from(data) }]));
    this.#baseNames = new Map(this.#names);
    for (const inode of this.#names.values()) this.#base.set(inode, Buffer.from(inode.data));
  }

  /** Moments so far: something began or ended at each. */
  get time(): number {
    return this.#time;
  }

  /** What stands in the place of node:fs/promises. */
  readonly open = async (path: string, flags: string | number): Promise<FileHandle> => {
    await setImmediate();
    if (path === '/virtual') return this.#folder();
    const known = this.#names.get(path);
    const creates = typeof flags === 'string' ? flags.startsWith('w') : (flags & 0o100) !== 0;
    if (known === undefined && !creates) throw systemError('ENOENT');
    if (known !== undefined && flags === 'wx+') throw systemError('EEXIST');
    const inode = known ?? { data: Buffer.alloc(0) };
    if (known === undefined) {
      this.#base.set(inode, Buffer.alloc(0));
      await this.#do({ kind: 'names', names: [[path, inode]] });
    }
    return this.#handle(inode);
  };

  readonly rename = async (from: string, to: string): Promise<void> => {
    const names: [string, Inode | undefined][] = [
      [from, undefined],
      [to, this.#names.get(from)],
    ];
    await this.#do({ kind: 'names', names });
  };

  readonly rm = async (path: string): Promise<void> => {
    if (this.#names.has(path)) await this.#do({ kind: 'names', names: [[path, undefined]] });
  };

  readonly lstat = async (path: string): Promise<{ isFile(): boolean }> => {
    await setImmediate();
    if (!this.#names.has(path)) throw systemError('ENOENT');
    return { isFile: () => true };
  };

  /** The disk as it may be after a death at this moment; `random` (0 to 1) decides what is left to chance. */
  after(time: number, death: Death, random: () => number): VirtualDisk {
    const seen = this.#log.filter(({ begun }) => begun < time);
    const contents = new Map<Inode, Buffer>(Array.from(this.#base, ([inode, data]) => [inode, Buffer.from(data)]));
    const names = new Map(this.#baseNames);
    let hasLostNames = false;
    for (const entry of [...seen].sort((a, b) => a.ended - b.ended)) {
      const { action } = entry;
      const isSure = entry.ended < time && (death === 'process' || this.#isSynced(entry, seen, time));
      if (action.kind === 'names') {
        // File systems keep the order of names, if nothing else.
        hasLostNames ||= !isSure && random() < 0.5;
        if (hasLostNames) continue;
        for (const [name, inode] of action.names) {
          if (inode === undefined) names.delete(name);
          else names.set(name, inode);
        }
      } else if (action.kind === 'truncate') {
        if (isSure || random() < 0.5) contents.set(action.inode, resized(contents.get(action.inode), action.size));
      } else if (action.kind === 'write') {
        const before = contents.get(action.inode) ?? Buffer.alloc(0);
        contents.set(action.inode, isSure ? written(before, action) : torn(before, action, death, random));
      }
    }
    return new VirtualDisk(
      new Map(Array.from(names, ([name, inode]) => [name, contents.get(inode) ?? Buffer.alloc(0)])),
    );
  }

  /** Whether a sync that began after the end of this has ended. */
  #isSynced({ action, ended }: Entry, seen: readonly Entry[], time: number): boolean {
    return seen.some((other) => {
      if (other.begun < ended || other.ended >= time) return false;
      if (action.kind === 'names') return other.action.kind === 'sync folder';
      return other.action.kind === 'sync' && 'inode' in action && other.action.inode === action.inode;
    });
  }

  async #do(action: Action): Promise<void> {
    const entry: Entry = { action, begun: this.#time++, ended: Infinity };
    this.#log.push(entry);
    await setImmediate();
    if (action.kind === 'write') action.inode.data = written(action.inode.data, action);
    if (action.kind === 'truncate') action.inode.data = resized(action.inode.data, action.size);
    if (action.kind === 'names') {
      for (const [name, inode] of action.names) {
        if (inode === undefined) this.#names.delete(name);
        else this.#names.set(name, inode);
      }
    }
    entry.ended = this.#time++;
  }

  #folder(): FileHandle {
    const folder = { sync: () => this.#do({ kind: 'sync folder' }), close: () => Promise.resolve() };
    return folder as unknown as FileHandle;
  }

  #handle(inode: Inode): FileHandle {
    const write = async (chunks: readonly Uint8Array[], position: number): Promise<{ bytesWritten: number }> => {
      const bytes = Buffer.concat(chunks);
      await this.#do({ kind: 'write', inode, position, bytes });
      return { bytesWritten: bytes.length };
    };
    const sync = (): Promise<void> => this.#do({ kind: 'sync', inode });
    const handle = {
      stat: () =>
        Promise.resolve({ isFile: () => true, size: inode.data.length, nlink: 1, uid: process.geteuid?.() ?? 0 }),
      read: (target: Buffer, offset: number, length: number, position: number) =>
        Promise.resolve({ bytesRead: inode.data.copy(target, offset, position, position + length) }),
      write: (bytes: Uint8Array, offset: number, length: number, position: number) =>
        write([bytes.subarray(offset, offset + length)], position),
      writev: write,
      truncate: (size: number) => this.#do({ kind: 'truncate', inode, size }),
      sync,
      datasync: sync,
      close: () => Promise.resolve(),
    };
    return handle as unknown as FileHandle;
  }
}

interface Written {
  readonly position: number;
  readonly bytes: Buffer;
}

function written(before: Buffer, { position, bytes }: Written): Buffer {
  const after = resized(before, Math.max(before.length, position + bytes.length));
  bytes.copy(after, position);
  return after;
}

function resized(before: Buffer | undefined, size: number): Buffer {
  const after = Buffer.alloc(size);
  before?.copy(after);
  return after;
}

/**
 * A write that was under way, or that nobody has synced. A process that dies leaves the beginning of it; a machine any
 * of its sectors, and zeros where there was nothing before.
 */
function torn(before: Buffer, { position, bytes }: Written, death: Death, random: () => number): Buffer {
  if (death === 'process') {
    const length = Math.floor(random() * (bytes.length + 1));
    return length === 0 ? before : written(before, { position, bytes: bytes.subarray(0, length) });
  }
  // Mostly none or all of it, since every part of a long write being lost by itself leaves nothing worth testing.
  const share = [0, 0.1, 0.5, 0.9, 1][Math.floor(random() * 5)] ?? 1;
  let after = before;
  for (let at = position; at < position + bytes.length;) {
    const next = Math.min(position + bytes.length, (Math.floor(at / SECTOR) + 1) * SECTOR);
    const part = bytes.subarray(at - position, next - position);
    if (random() < share) after = put(after, at, part);
    else if (random() < 0.5 && next > before.length) after = put(after, at, Buffer.alloc(next - at));
    at = next;
  }
  return after;

  function put(data: Buffer, at: number, part: Buffer): Buffer {
    if (at + part.length > data.length) return written(data, { position: at, bytes: part });
    const target = data === before ? Buffer.from(data) : data;
    part.copy(target, at);
    return target;
  }
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
