/**
 * A text as it may be shown: of addresses in it neither user nor password, nor what follows a question mark, where
 * tokens hide. What only tries to be an address is treated alike, so that a slip of the pen shows no password.
 */
export function withoutSecrets(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)(\S*)/gi, (_, scheme: string, rest: string) => {
    const [, place = '', query = ''] = /^([^?]*)(.*)$/s.exec(rest) ?? [];
    // A password may hold any sign, also one that ought to be encoded: the last @ before the path counts.
    const host = place.replace(/^[^/#]*@/, `${HIDDEN}@`);
    return `${scheme}${host}${query === '' ? '' : `?${HIDDEN}`}`;
  });
}

const HIDDEN = '***';
