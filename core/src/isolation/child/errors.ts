/** Errors on their way between the engine and a plugin's process. */
import type { SentError } from '../wire/messages.ts';

// By this plugins that carry a copy of core recognise its errors: core/src/engine/errors.ts.
const BRAND = Symbol.for('loopstick.error');

/** Of the engine's errors that a plugin has been given: by which answer. */
const RELAYED = Symbol('relayed');

/** An error of the engine's, for the plugin to see. */
export function receivedError({ message, code, category, hint, facts, relayed }: SentError): Error {
  const error = new Error(message, facts === undefined ? undefined : { cause: facts });
  if (code !== undefined) {
    Object.assign(error, { code, category, hint });
    Object.defineProperty(error, BRAND, { value: true });
  }
  if (relayed !== undefined) Object.defineProperty(error, RELAYED, { value: relayed });
  return error;
}

/** Whatever a plugin has thrown. */
export function sentError(thrown: unknown): SentError {
  try {
    if (typeof thrown !== 'object' || thrown === null) return { message: String(thrown) };
    const error: Readonly<Record<PropertyKey, unknown>> = { ...thrown };
    return {
      message: textOf(Reflect.get(thrown, 'message')) ?? 'something without a text',
      code: textOf(error['code']),
      permission: textOf(error['permission']),
      resource: textOf(error['resource']),
      facts: factsOf(Reflect.get(thrown, 'cause')),
      relayed: Reflect.get(thrown, RELAYED) as number | undefined,
    };
  } catch {
    return { message: 'something that cannot be told' };
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(0, 2000) : undefined;
}

function factsOf(cause: unknown): Record<string, unknown> | undefined {
  if (typeof cause !== 'object' || cause === null) return undefined;
  const facts = Object.entries(cause).filter(([, each]) => typeof each === 'number');
  return facts.length === 0 ? undefined : Object.fromEntries(facts);
}
