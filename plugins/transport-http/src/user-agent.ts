import { ENGINE_VERSION } from '@loopstick/core';

export const USER_AGENT: string = `Loopstick/${ENGINE_VERSION} (+https://github.com/loopstick/loopstick)`;
