import { DOWNLOAD_ERRORS } from '../../download/download-errors.ts';
import { failure, LoopstickError, printable } from '../../engine/errors.ts';
import { ISOLATION_ERRORS } from '../isolation-errors.ts';
import type { SentError } from '../wire/messages.ts';

/** What a transport may say of an answer, with the engine's own codes. */
const TRANSPORT_ERRORS = [
  DOWNLOAD_ERRORS.connection,
  DOWNLOAD_ERRORS.name,
  DOWNLOAD_ERRORS.tls,
  DOWNLOAD_ERRORS.httpStatus,
  DOWNLOAD_ERRORS.redirect,
  DOWNLOAD_ERRORS.badRange,
  DOWNLOAD_ERRORS.rangeUnsatisfiable,
  DOWNLOAD_ERRORS.shortBody,
  DOWNLOAD_ERRORS.stalled,
];

/** The error that a plugin's failure is on this side. What is of no known kind the guard of its call gives a code. */
export function blame({ message, code, facts, permission, resource }: SentError, plugin: string, place: string): Error {
  if (code === 'ERR_ACCESS_DENIED' || code === 'ERR_DLOPEN_DISABLED') {
    const values = { plugin, place, what: printable(resource ?? permission ?? message, 300) };
    return failure(denialOf(permission, resource), values, { pluginId: plugin });
  }
  const known = place.startsWith('transports/') ? TRANSPORT_ERRORS.find((each) => each.code === code) : undefined;
  if (known === undefined) return new Error(printable(message));
  const { category } = known;
  const descriptor = { code: known.code, category, message: '{message}', hint: 'This is what plugin {plugin} says.' };
  return new LoopstickError(descriptor, { message, plugin }, { cause: facts, pluginId: plugin });
}

function denialOf(
  permission = '',
  resource = '',
): (typeof ISOLATION_ERRORS)['fileDenied' | 'hostDenied' | 'programDenied' | 'doorDenied'] {
  if (permission.startsWith('FileSystem')) return ISOLATION_ERRORS.fileDenied;
  if (permission === 'Net') return ISOLATION_ERRORS.hostDenied;
  if (permission === 'ChildProcess' || resource.startsWith('child_process.')) return ISOLATION_ERRORS.programDenied;
  return ISOLATION_ERRORS.doorDenied;
}
