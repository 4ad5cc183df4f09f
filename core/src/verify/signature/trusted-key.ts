/** A key that a plugin pins, as one of those that may sign a vendor's lists. */
export interface TrustedKey {
  /** Full fingerprint of the primary key, in upper-case hex digits. The material must have it. */
  readonly fingerprint: string;
  /** The public key, armoured or binary. Of a keyring with several only the one with this fingerprint counts. */
  readonly material: Uint8Array;
  /**
   * What the key is good for when it is past its expiry. `refuse`, the default: nothing. `before-expiry`: signatures that
   * were made while it was valid.
   */
  readonly expired?: 'refuse' | 'before-expiry' | undefined;
}
