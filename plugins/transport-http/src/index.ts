import type { Plugin, RangeRequest, RangeResponse, Transport } from '@loopstick/core';

/** Connections are kept per transport; nothing of undici is loaded before the first range is opened. */
function createHttpTransport(): Transport {
  let opener: Promise<(request: RangeRequest) => Promise<RangeResponse>> | undefined;
  return {
    name: 'http',
    schemes: ['http', 'https'],
    open: async (request) => {
      opener ??= import('./open-range.ts').then(({ createOpener }) => createOpener());
      return (await opener)(request);
    },
  };
}

const plugin: Plugin = {
  id: 'transport-http',
  register(registrar) {
    registrar.transport(createHttpTransport());
  },
};

export default plugin;
