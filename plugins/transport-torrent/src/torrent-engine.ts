import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';

import type { Offer, OfferRequest } from '@loopstick/core';

import { readOptions } from './options.ts';
import { seed } from './seed.ts';
import { Torrents } from './torrents.ts';
import type { World } from './world.ts';

/** All of it together, in the real world. @throws LoopstickError TORRENT_OPTION */
export function createEngine(
  words: Readonly<Record<string, readonly string[]>>,
  world: World = realWorld(),
): Pick<Torrents, 'open'> & { offer(request: OfferRequest): Promise<Offer> } {
  const options = readOptions(words);
  const torrents = new Torrents(options, world);
  return {
    open: (request) => torrents.open(request),
    offer: (request) => seed(request, options, world),
  };
}

function realWorld(): World {
  return {
    clock: () => performance.now(),
    random: randomBytes,
    addresses: () =>
      Object.values(networkInterfaces()).flatMap((all = []) =>
        // Those of a link alone are of use on that link only, and need its name.
        all.filter(({ internal, address }) => !internal && !/^fe80:/i.test(address)).map(({ address }) => address),
      ),
  };
}
