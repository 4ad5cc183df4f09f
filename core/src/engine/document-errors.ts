/** Errors of fetching documents. */
export const DOCUMENT_ERRORS = {
  noFetcher: {
    code: 'DOCUMENT_NO_FETCHER',
    category: 'internal',
    message: '{url} cannot be fetched: this program gave the engine no way to the web.',
    hint: 'Programs that use the engine give "fetchDocument" in its context.',
  },
  unreachable: {
    code: 'DOCUMENT_UNREACHABLE',
    category: 'network',
    message: '{url} cannot be fetched: {problem}',
    hint: 'Check the connection and try again; what was fetched before stays in use.',
  },
  status: {
    code: 'DOCUMENT_HTTP_STATUS',
    category: 'network',
    message: '{url} answered with status {status}.',
    hint: 'Its publisher may have moved it; try again later, or look for a newer version of the plugin that names it.',
  },
  tooLarge: {
    code: 'DOCUMENT_TOO_LARGE',
    category: 'network',
    message: '{url} is larger than {limit}.',
    hint: 'No honest list is that large; tell its publisher.',
  },
  tooSlow: {
    code: 'DOCUMENT_TOO_SLOW',
    category: 'network',
    message: '{url} came too slowly: {problem}',
    hint: 'Try again later; what was fetched before stays in use.',
  },
  insecure: {
    code: 'DOCUMENT_INSECURE',
    category: 'network',
    message: '{url} leads to {target}, which is not encrypted.',
    hint: 'Name an https address; nothing was taken from there.',
  },
  redirects: {
    code: 'DOCUMENT_REDIRECTS',
    category: 'network',
    message: '{url} redirects in a circle, or more than {limit} times.',
    hint: 'Its publisher has to mend it; try again later.',
  },
  foreignHost: {
    code: 'DOCUMENT_FOREIGN_HOST',
    category: 'plugin',
    message: 'Plugin {plugin} asked for {url}, a host that its manifest does not name.',
    hint: 'Tell the plugin\'s publisher: hosts are declared in "permissions.hosts".',
  },
} as const;
