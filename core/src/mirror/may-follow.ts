import type { Engine } from '../engine/engine.ts';
import { hostMatcher } from './named-hosts.ts';

/** Whether a request for an image may be redirected to an address: not to a host that the user has banned. */
export function mayFollow({ settings }: Pick<Engine, 'settings'>): (address: string) => boolean {
  return (address) => hostMatcher(settings.mirrors.ban)(address) < 0;
}
