/**
 * What runs in a plugin's process: it closes the doors that Node leaves open, loads the plugin and carries out what the
 * engine calls. It keeps no secret from the plugin, and the engine trusts nothing that comes out of here.
 */
import { Socket } from 'node:net';

import type { RegisterRequest, Registered } from '../wire/messages.ts';
import { closeDoors } from './close-doors.ts';
import { EngineLink } from './link.ts';
import { PluginParts } from './parts.ts';

/** The descriptor on which the engine speaks. */
const LINE = 3;

const socket = new Socket({ fd: LINE, readable: true, writable: true });
// Without the engine there is nothing to do.
socket.on('error', () => undefined);
socket.on('close', () => {
  // eslint-disable-next-line no-restricted-syntax -- rule 5: this is a program of its own
  process.exit();
});

let parts: PluginParts | undefined;

new EngineLink(socket, async (call) => {
  if (call.method === 'register') {
    const request = call.value as RegisterRequest;
    closeDoors(request.hosts, socket);
    parts = new PluginParts();
    const registered: Registered = { fenced: isFenced(), parts: await parts.load(request) };
    return registered;
  }
  if (parts === undefined) throw new Error('it is not loaded');
  return parts.call(call);
});

/**
 * Whether Node knows a list of files and it is not all of them. A name that nobody grants tells, and not "/": Node allows
 * also the folder in which two of the granted paths part, itself without what is in it, and that may be any above them.
 */
function isFenced(): boolean {
  const { permission } = process as { readonly permission?: { has(scope: string, place: string): boolean } };
  return permission?.has('fs.read', '/loopstick-grants-this-to-nobody') === false;
}
