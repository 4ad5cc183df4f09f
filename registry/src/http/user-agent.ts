import { ENGINE_VERSION } from '@loopstick/core';

/** Says who asks, and where whoever runs the server finds a person to talk to. */
export const USER_AGENT: string = `Loopstick/${ENGINE_VERSION} (+https://github.com/loopstick/loopstick)`;
