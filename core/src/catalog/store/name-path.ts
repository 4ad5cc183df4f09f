import { systemCode } from '../../engine/errors.ts';

/**
 * Does something with a file. Of a write that fails, on a full disk for instance, the system says not where: its error
 * is thrown with the path, and with its own code.
 */
export async function namePath<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const code = systemCode(cause);
    const isKnown = cause instanceof Error && 'path' in cause && cause.path !== undefined;
    if (code === undefined || isKnown || !(cause instanceof Error)) throw cause;
    throw Object.assign(new Error(`${cause.message} '${path}'`, { cause }), { code, path });
  }
}
