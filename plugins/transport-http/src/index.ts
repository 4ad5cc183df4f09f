import type { Plugin, Transport } from '@loopstick/core';

/** Connections are kept per transport; nothing of undici is loaded before the first range is opened. */
function createHttpTransport(): Transport {
  let opener: Promise<Transport['open']> | undefined;
  const load = (): Promise<Transport['open']> =>
    (opener ??= import('./open-range.ts').then(({ createOpener }) => createOpener()));
  return {
    name: 'http',
    schemes: ['http', 'https'],
    prepare: async () => {
      await load();
    },
    open: async (request) => (await load())(request),
  };
}

const plugin: Plugin = {
  id: 'transport-http',
  register(registrar) {
    registrar.transport(createHttpTransport());
  },
};

export default plugin;
