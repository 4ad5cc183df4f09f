import type { Plugin, PluginRegistrar, Transport } from '@loopstick/core';

import type { Torrents } from './torrents.ts';

type Engine = Pick<Torrents, 'open'> & Required<Pick<Transport, 'offer'>>;

/** Nothing that speaks to anybody is loaded before the first torrent is opened. */
function createTorrentTransport({ options }: Pick<PluginRegistrar, 'options'>): Transport {
  let engine: Promise<Engine> | undefined;
  const load = (): Promise<Engine> => (engine ??= import('./torrent-engine.ts').then((it) => it.createEngine(options)));
  return {
    name: 'torrent',
    // Those that format/address.ts reads, which is not loaded for this.
    schemes: ['magnet', 'torrent+https', 'torrent+http'],
    prepare: async () => {
      await load();
    },
    open: async (request) => (await load()).open(request),
    offer: async (request) => (await load()).offer(request),
  };
}

const plugin: Plugin = {
  id: 'transport-torrent',
  register(registrar) {
    registrar.transport(createTorrentTransport(registrar));
  },
};

export default plugin;
