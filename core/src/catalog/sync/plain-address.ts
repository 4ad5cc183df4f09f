/**
 * One spelling for all that mean the same address: letters, digits and `-._~` are never encoded (RFC 3986, 6.2.2). By
 * another spelling somebody could else have what is remembered of an address forgotten.
 */
export function plainAddress(url: string): string {
  const { href } = new URL(url);
  return href.replace(/%[0-9a-f]{2}/gi, (octet) => {
    const character = String.fromCharCode(Number.parseInt(octet.slice(1), 16));
    return /[\w.~-]/.test(character) ? character : octet.toUpperCase();
  });
}
