import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { dearmour } from '../../../src/verify/signature/armour.ts';
import { verifyClearsigned, verifyDetached } from '../../../src/verify/signature/verify-signature.ts';
import {
  A_SIGNATURE_CODE,
  FEDORA_37,
  fixture,
  makeVendor,
  outcome,
  request,
  signDetached,
  signInClear,
  UBUNTU,
} from './support.ts';

const LIST = fixture('ubuntu-releases-20.04.1/SHA256SUMS');
const ARMOURED = fixture('ubuntu-releases-20.04.1/SHA256SUMS.gpg');
const CREATED = new Date(1596727835 * 1000);
const GOOD = { key: UBUNTU.fingerprint, created: CREATED };
const CLEAR = fixture('fedora/Fedora-Workstation-37-1.7-x86_64-CHECKSUM').toString();
const EXPECTED = await verifyClearsigned(Buffer.from(CLEAR), request(FEDORA_37));
const SUM = `${'0'.repeat(64)}  evil.iso`;

const detached = (data: Uint8Array, signature: Uint8Array): Promise<unknown> =>
  outcome(verifyDetached(data, signature, request(UBUNTU)));
const clear = (text: string): Promise<unknown> =>
  outcome(verifyClearsigned(Buffer.from(text, 'latin1'), request(FEDORA_37)));

const flip = (bytes: Uint8Array, at: number, bit: number): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ (1 << bit);
  return copy;
};

describe('a detached signature', () => {
  it('may be in binary', async () => {
    const binary = dearmour(ARMOURED.toString(), 'SIGNATURE')!;
    expect(await detached(LIST, binary)).toEqual(GOOD);
  });

  it('notices every byte of the list', async () => {
    for (let at = 0; at < LIST.length; at++) {
      expect(await detached(flip(LIST, at, at % 8), ARMOURED), `byte ${at}`).toBe('SIGNATURE_BAD');
    }
  });

  it.each([
    ['a line more', Buffer.concat([LIST, Buffer.from(`${SUM}\n`)])],
    ['a line less', LIST.subarray(0, LIST.indexOf('\n') + 1)],
    ['no line break at its end', LIST.subarray(0, -1)],
    ['Windows line breaks', Buffer.from(LIST.toString().replaceAll('\n', '\r\n'))],
    ['nothing in it', Buffer.alloc(0)],
  ])('is bad for a list with %s', async (_, data) => {
    expect(await detached(data, ARMOURED)).toBe('SIGNATURE_BAD');
  });

  it('that is changed says nothing else than before', async () => {
    const binary = dearmour(ARMOURED.toString(), 'SIGNATURE')!;
    const place = fc.tuple(fc.nat(binary.length - 1), fc.nat(7));
    await fc.assert(
      fc.asyncProperty(place, async ([at, bit]) => {
        const found = await detached(LIST, flip(binary, at, bit));
        // What a packet holds outside of what it signs, such as a hint at the key, may change without harm.
        if (typeof found === 'string') expect(found).toMatch(A_SIGNATURE_CODE);
        else expect(found).toEqual(GOOD);
      }),
      { numRuns: 200 },
    );
  });

  it('is nothing when it ends too early, wherever', async () => {
    const whole = ARMOURED.toString().trimEnd();
    for (let length = 0; length < whole.length; length += 7) {
      expect(await detached(LIST, Buffer.from(whole.slice(0, length))), `${length}`).toBe('SIGNATURE_MALFORMED');
    }
    expect(await detached(LIST, Buffer.from(whole.slice(0, -1)))).toBe('SIGNATURE_MALFORMED');
    expect(await detached(LIST, Buffer.from(whole))).toEqual(GOOD);
    const binary = dearmour(whole, 'SIGNATURE')!;
    for (let length = 0; length < binary.length; length += 7) {
      expect(await detached(LIST, binary.subarray(0, length)), `${length}`).toBe('SIGNATURE_MALFORMED');
    }
  });

  it.each([
    ['a page to log in', '<html>Please sign in</html>'],
    ['an armour without a beginning', ARMOURED.toString().replace(/^-.*\n/, '')],
    ['an armour without an empty line', ARMOURED.toString().replace('\n\n', '\n')],
    ['an armour that lacks a character', ARMOURED.toString().replace(/\n\n./, '\n\n')],
    ['an armour with a form feed', ARMOURED.toString().replace(/\n=/, '\f\n=')],
    ['an armour with noise', ARMOURED.toString().replace(/\n\n..../, '\n\n%$#!')],
    ['an armour that ends as something else', ARMOURED.toString().replace('END PGP SIGNATURE', 'END PGP MESSAGE')],
    ['a key', fixture('keys/RPM-GPG-KEY-fedora-37-primary').toString()],
    ['something too large', `${ARMOURED.toString()}${' '.repeat(64 * 1024)}`],
  ])('is not %s', async (_, signature) => {
    expect(await detached(LIST, Buffer.from(signature))).toBe('SIGNATURE_MALFORMED');
  });

  it('is not of any list that is too large', async () => {
    expect(await detached(Buffer.alloc(4 * 1024 * 1024 + 1), ARMOURED)).toBe('SIGNATURE_MALFORMED');
  });

  it('is never something else than good or a failure of its own', async () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string().map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(noise, async (bytes) => {
        expect(await detached(LIST, bytes)).toBe('SIGNATURE_MALFORMED');
      }),
      { numRuns: 200 },
    );
  });
});

describe('a text signed in clear', () => {
  const END = '-----END PGP SIGNATURE-----';
  const body = CLEAR.slice(CLEAR.indexOf('\n\n') + 2, CLEAR.indexOf('-----BEGIN PGP SIGNATURE'));

  it('comes out the same, or not at all, when a byte of it is changed', async () => {
    const bytes = Buffer.from(CLEAR);
    const place = fc.tuple(fc.nat(bytes.length - 1), fc.nat(7));
    await fc.assert(
      fc.asyncProperty(place, async ([at, bit]) => {
        const found = await outcome(verifyClearsigned(flip(bytes, at, bit), request(FEDORA_37)));
        if (typeof found === 'string') expect(found).toMatch(A_SIGNATURE_CODE);
        else expect(found).toEqual(EXPECTED);
      }),
      { numRuns: 300 },
    );
  });

  it('notices every byte of the text', async () => {
    const start = CLEAR.indexOf(body);
    for (let at = start; at < start + body.trimEnd().length; at++) {
      const changed = flip(Buffer.from(CLEAR), at, 0);
      const found = await outcome(verifyClearsigned(changed, request(FEDORA_37)));
      expect(found, `byte ${at}`).toMatch(/^SIGNATURE_(BAD|MALFORMED)$/);
    }
  });

  it.each([
    ['before it', `${SUM}\n${CLEAR}`],
    ['after it', `${CLEAR}${SUM}\n`],
    ['itself once more', `${CLEAR}${CLEAR}`],
    ['the beginning of another', `${CLEAR}-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${SUM}\n`],
    ['a second signature', `${CLEAR}${CLEAR.slice(CLEAR.indexOf('-----BEGIN PGP SIGNATURE'))}`],
    ['a text within it', CLEAR.replace('\n\n', '\n\n-----BEGIN PGP SIGNED MESSAGE-----\n\n')],
  ])('stands alone: %s', async (_, text) => {
    expect(await clear(text)).toBe('SIGNATURE_TEXT_AROUND');
  });

  it('may have white space around it', async () => {
    expect(await clear(`\n \t\r\n${CLEAR}\n \n`)).toEqual(EXPECTED);
  });

  it.each([
    ['no text', ''],
    ['no signed text', body],
    ['a text with a mark of its byte order', `\u00ef\u00bb\u00bf${CLEAR}`],
    ['a text without its empty line', CLEAR.replace('\n\n', '\n')],
    ['a text without its signature', CLEAR.slice(0, CLEAR.indexOf('-----BEGIN PGP SIGNATURE'))],
    ['a text with a header that can hold anything', CLEAR.replace('\nHash: SHA256', `\nHash: SHA256\nComment: ${SUM}`)],
    ['a text with a line that begins with a dash', CLEAR.replace('\n\n', `\n\n-${SUM}\n`)],
    ['a text of too many lines', CLEAR.replace('\n\n', `\n\n${'\n'.repeat(100_000)}`)],
    ['too large a text', CLEAR.replace('\n\n', `\n\n${' '.repeat(4 * 1024 * 1024)}`)],
  ])('is not %s', async (_, text) => {
    expect(await clear(text)).toBe('SIGNATURE_MALFORMED');
  });

  it('is nothing when it ends too early, wherever', async () => {
    const whole = CLEAR.slice(0, CLEAR.indexOf(END) + END.length);
    for (let length = 0; length < whole.length; length += 7) {
      expect(await clear(whole.slice(0, length)), `${length}`).toBe('SIGNATURE_MALFORMED');
    }
    expect(await clear(whole)).toEqual(EXPECTED);
  });

  it('is the same with Windows line breaks, and with white space at the ends of its lines', async () => {
    expect(await clear(CLEAR.replaceAll('\n', '\r\n'))).toEqual(EXPECTED);
    expect(await clear(CLEAR.replace(body, body.replaceAll('\n', ' \t\r\n')))).toEqual(EXPECTED);
  });

  it.each([
    ['one for a line break', body.replace('\n', '\r')],
    ['one within a line', body.replace(' = ', ' =\r ')],
    ['one at the beginning of a line', `\r${body}`],
    ['one for each line break', body.replaceAll('\n', '\r')],
  ])('knows a lone carriage return: %s', async (_, changed) => {
    expect(await clear(CLEAR.replace(body, changed))).toMatch(/^SIGNATURE_(BAD|MALFORMED)$/);
  });

  it.each([
    ['a line more', `${SUM}\n${body}`],
    ['an empty line more', `\n${body}`],
    ['an empty line more at its end', `${body}\n`],
    ['a line less', body.slice(body.indexOf('\n') + 1)],
    ['a form feed at the end of a line', body.replace('\n', '\f\n')],
    ['a no-break space at the end of a line', body.replace('\n', '\u00a0\n')],
    ['a long run of spaces within', body.replace(' = ', `${' '.repeat(1_000_000)}= `)],
  ])('is bad with %s', async (_, changed) => {
    expect(await clear(CLEAR.replace(body, changed))).toBe('SIGNATURE_BAD');
  });

  it('has dashes escaped, and loses the escapes only', async () => {
    const text = `- dash\n-----BEGIN PGP SIGNATURE-----\n- - two\nFrom: café\n\nSHA256 (a) = 00`;
    const vendor = await makeVendor();
    const signed = await signInClear(vendor, text);
    const check = (message: string): Promise<unknown> =>
      outcome(verifyClearsigned(Buffer.from(message), request(vendor.trusted)));
    expect(signed).toContain('\n\n- - dash\n- -----BEGIN');
    expect(await check(signed)).toMatchObject({ text });
    // Any line may be escaped.
    expect(await check(signed.replace('\nSHA256', '\n- SHA256'))).toMatchObject({ text });
    expect(await check(signed.replace('\n- - dash', '\n- dash'))).toBe('SIGNATURE_BAD');
    expect(await check(signed.replace('\n- - dash', '\n- - - dash'))).toBe('SIGNATURE_BAD');
    expect(await check(signed.replace('\n- -----BEGIN', '\n-----BEGIN'))).toMatch(A_SIGNATURE_CODE);
  });

  it('is not a binary signature that is put under a text', async () => {
    const vendor = await makeVendor();
    const binary = await signDetached(vendor, Buffer.from('text'));
    const armour = `-----BEGIN PGP SIGNATURE-----\n\n${Buffer.from(binary).toString('base64')}\n${END}\n`;
    const message = `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\ntext\n${armour}`;
    expect(await outcome(verifyClearsigned(Buffer.from(message), request(vendor.trusted)))).toBe('SIGNATURE_MALFORMED');
  });
});
