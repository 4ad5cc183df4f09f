import { ENGINE_VERSION } from '@loopstick/core';
import { EnvHttpProxyAgent, type Dispatcher } from 'undici';

export const USER_AGENT: string = `Loopstick/${ENGINE_VERSION} (+https://github.com/loopstick/loopstick)`;

/**
 * Connections of one transport. Idle ones do not keep the process alive. Proxies are taken from the environment: that
 * of the process, since EnvHttpProxyAgent looks nowhere else and the contract gives a transport no context.
 */
export function createAgent(): Dispatcher {
  return new EnvHttpProxyAgent({
    noProxy: hostsWithoutProxy(process.env['no_proxy'] ?? process.env['NO_PROXY'] ?? ''),
    // One range a connection, each with a congestion window of its own; core decides how many there are.
    allowH2: false,
    pipelining: 1,
    autoSelectFamily: true,
    // Node gives up each address after 250 ms, which distant mirrors miss (nodejs/node issue 54359).
    autoSelectFamilyAttemptTimeout: 2_500,
    connect: { timeout: 10_000 },
    headersTimeout: 30_000,
    // Core watches the body, where it knows whether the disk or the mirror is slow.
    bodyTimeout: 0,
    // Long enough for the next range of the same download.
    keepAliveTimeout: 4_000,
    keepAliveMaxTimeout: 30_000,
  });
}

/** A proxy cannot reach what this machine serves to itself. */
export function hostsWithoutProxy(named: string): string {
  return named.trim() === '*' ? '*' : [named, 'localhost', '127.0.0.1', '[::1]'].join(',');
}
