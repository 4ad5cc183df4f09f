/** What goes wrong with torrents; what goes wrong with the bytes of a file, core's own errors say. */
export const TORRENT_ERRORS = {
  address: {
    code: 'TORRENT_ADDRESS',
    category: 'bad-input',
    message: '{address} does not name a torrent: {problem}',
    hint: 'Give a magnet link with "xt=urn:btih:", or torrent+https:// and the rest of the address of a .torrent file.',
  },
  invalid: {
    code: 'TORRENT_INVALID',
    category: 'bad-input',
    message: '{torrent} cannot be used: {problem}',
    hint: 'Use a mirror or another torrent of the file; tell whoever publishes this one.',
  },
  unreachable: {
    code: 'TORRENT_UNREACHABLE',
    category: 'network',
    message: 'The torrent file {torrent} could not be fetched: {problem}',
    hint: 'Check the address and the network connection; mirrors are used meanwhile.',
  },
  noPeers: {
    code: 'TORRENT_NO_PEERS',
    category: 'network',
    message: 'Nobody who has {torrent} could be reached: {problem}',
    hint: 'Allow ways to find peers (plugins.options.transport-torrent.find), or name one (…transport-torrent.peers).',
  },
  engine: {
    code: 'TORRENT_ENGINE_FAILED',
    category: 'plugin',
    message: 'The engine that shares {torrent} has failed: {problem}',
    hint: 'Mirrors are used meanwhile. If it happens again, use another torrent, or fewer ways to find peers.',
  },
  noFile: {
    code: 'TORRENT_NO_FILE',
    category: 'not-found',
    message: 'The torrent {torrent} has no file "{file}".',
    hint: 'Name one of its files behind a "#" at the end of the address: its path, as the torrent has it.',
  },
  otherContent: {
    code: 'TORRENT_OTHER_CONTENT',
    category: 'verification',
    message: '{file} is not what {torrent} describes: {problem}',
    hint: 'Get the torrent of this very file, or make one of it by leaving the torrent out.',
  },
  option: {
    code: 'TORRENT_OPTION',
    category: 'usage',
    message: 'The setting plugins.options.transport-torrent.{option} cannot be "{value}": {problem}',
    hint: 'docs/torrents.md lists what it can be.',
  },
} as const;
