/**
 * What is done to webtorrent when it is joined to the thread of plugins/transport-torrent (docs/decisions/0035).
 * Parts that nothing uses are left out, and with them all that is compiled for one kind of machine; three parts that
 * trust what strangers say have something of ours in their place.
 */
import { join } from 'node:path';

const NOTHING = '\0nothing';

// Each is replaced by a module that has these names and does nothing.
const LEFT_OUT = {
  '@silentbot1/nat-api': [],
  '@thaunknown/simple-peer/lite.js': [],
  '@thaunknown/simple-websocket': [],
  'fs-chunk-store': [],
  'load-ip-set': [],
  socks: ['SocksClient'],
  './lib/conn-pool.js': [],
  './lib/server.js': ['NodeServer', 'BrowserServer'],
  './lib/client/websocket-tracker.js': [],
  './server.js': [],
  './utp.cjs': [],
};

const GUARDED = {
  'bittorrent-protocol': ['guarded-wire.js', 'GuardedWire'],
  'bittorrent-lsd': ['guarded-local.js', 'GuardedLocal'],
  'cross-fetch-ponyfill': ['tracker-fetch.js', 'trackerFetch'],
};

/** @param dist of the plugin */
export function torrentParts(dist) {
  return {
    name: 'torrent-parts',
    resolveId(id, importer = '') {
      if (!/[\\/]node_modules[\\/]/.test(importer)) return undefined;
      if (Object.hasOwn(LEFT_OUT, id)) return `${NOTHING}:${Object.keys(LEFT_OUT).indexOf(id)}`;
      return Object.hasOwn(GUARDED, id) ? `\0guarded:${id}` : undefined;
    },
    load(id) {
      if (id.startsWith(NOTHING)) {
        const names = Object.values(LEFT_OUT)[Number(id.slice(NOTHING.length + 1))].map(
          (name) => `export const ${name} = undefined;`,
        );
        return ['export default {};', ...names].join('\n');
      }
      if (!id.startsWith('\0guarded:')) return undefined;
      const [file, name] = GUARDED[id.slice('\0guarded:'.length)];
      return `export { ${name} as default } from ${JSON.stringify(join(dist, 'engine', file))};`;
    },
  };
}
