import { MOST_ROWS, tooManyRows } from './row.ts';

const HREF = /\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi;

/** Links of one page, whatever they lead to: a listing has a few for each of its rows. */
const MOST_LINKS = 3 * MOST_ROWS;

/**
 * The addresses that a web page links to, without fragments. A listing sorts itself by links with a query, which lead
 * to no file. Nothing else of the page is looked at.
 * @param page its address, that relative links are below
 * @throws OddDocument for one with more links than any listing has
 */
export function linksOf(html: string, page: string): string[] {
  const found = new Set<string>();
  let links = 0;
  for (const [, double, single, bare] of html.matchAll(HREF)) {
    // Most of the work is done for links that lead to nothing, or to the same as the others.
    if (++links > MOST_LINKS) throw tooManyRows();
    const href = (double ?? single ?? bare ?? '').replaceAll('&amp;', '&').trim();
    if (href === '' || href.length > 2048 || !URL.canParse(href, page)) continue;
    const url = new URL(href, page);
    url.hash = '';
    if (!/^https?:$/.test(url.protocol) || url.search !== '' || url.username !== '') continue;
    found.add(url.href);
    if (found.size > MOST_ROWS) throw tooManyRows();
  }
  return [...found];
}

/** The name of what a link leads to directly below a folder; undefined when it leads elsewhere. */
export function nameBelow(link: string, folder: string): string | undefined {
  const base = new URL('.', folder).href;
  if (!link.startsWith(base)) return undefined;
  const name = decode(link.slice(base.length).replace(/\/$/, ''));
  return name === undefined || name === '' || /[/\\\p{C}]|^\.{1,2}$/u.test(name) ? undefined : name;
}

/** The last name in an address's path, decoded; undefined when it has none. */
export function fileNameIn(url: string): string | undefined {
  const name = decode(new URL(url).pathname.split('/').at(-1) ?? '');
  return name === '' ? undefined : name;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
