/** Where the documents of a host are fetched from when that is not the host itself: a company's copy, or a test's server. */

/** The address to ask for a document, where it is another one. */
export type Rewrite = (url: URL) => URL | undefined;

/**
 * @param origins host, with its port when it has one, → address below which its files are
 */
export function originRewrite(origins: Readonly<Record<string, string>>): Rewrite {
  return (url) => {
    const base = Object.hasOwn(origins, url.host) ? origins[url.host] : undefined;
    if (base === undefined) return undefined;
    const to = new URL(base);
    to.pathname = `${to.pathname.replace(/\/$/, '')}${url.pathname}`;
    to.search = url.search;
    return to;
  };
}
