/** What a test server does wrong. Offsets and counts are in bytes of the body. */
export type Fault =
  /** Breaks the connection after so many bytes of each answer. */
  | { readonly kind: 'drop'; readonly after: number }
  /** Ends each answer cleanly after so many bytes, as if that were all. */
  | { readonly kind: 'short-body'; readonly after: number }
  /** Sends nothing more after so many bytes, and keeps the connection open. */
  | { readonly kind: 'stall'; readonly after: number }
  /** Takes so long before it answers. */
  | { readonly kind: 'slow-first-byte'; readonly ms: number }
  /** Always sends the whole file with status 200. */
  | { readonly kind: 'ignore-range' }
  /** Serves a file of another size: longer or, when negative, shorter. */
  | { readonly kind: 'wrong-total'; readonly by: number }
  /** Inverts the byte at this offset of the file. */
  | { readonly kind: 'wrong-bytes'; readonly at: number }
  /** Answers a range with a Content-Range that is shifted, and the bytes that belong there. */
  | { readonly kind: 'lying-range'; readonly shift: number }
  /** Answers every range with 416. */
  | { readonly kind: 'unsatisfiable' }
  /** Leaves out the length of the file, wherever it would be said. */
  | { readonly kind: 'no-length' }
  | { readonly kind: 'status'; readonly status: number }
  /** Redirects to itself for ever. */
  | { readonly kind: 'redirect-loop' }
  /** Redirects to this address. */
  | { readonly kind: 'redirect'; readonly to: string }
  /** Labels the body as compressed. */
  | { readonly kind: 'encoded' }
  /** Answers a range as `multipart/byteranges`. */
  | { readonly kind: 'multipart' };

export type FaultKind = Fault['kind'];

/** The fault, if it is of this kind. */
export function faultOf<K extends FaultKind>(
  fault: Fault | undefined,
  kind: K,
): Extract<Fault, { readonly kind: K }> | undefined {
  return fault?.kind === kind ? (fault as Extract<Fault, { readonly kind: K }>) : undefined;
}
