import { setTimeout as sleep } from 'node:timers/promises';

import type { AnswerPlan, Behaviour, Body, FaultTable, NoOptions } from '../exchange.ts';

/** What goes wrong while the body is on its way. */
export interface BodyFaults {
  /** Closes the connection after so many bytes of each answer. */
  readonly drop: { readonly after: number };
  /** Resets the connection (TCP RST) after so many bytes of each answer. */
  readonly reset: { readonly after: number };
  /** Ends each answer cleanly after so many bytes, as if that were all. */
  readonly 'short-body': { readonly after: number };
  /** Sends nothing more after so many bytes, and keeps the connection open. */
  readonly stall: { readonly after: number };
  /** Goes on at so many bytes a second after so many bytes of each answer. */
  readonly trickle: { readonly after: number; readonly rate: number };
  /** Takes so long before it answers. */
  readonly 'slow-first-byte': { readonly ms: number };
  /** Inverts the byte at this offset of the file. */
  readonly 'wrong-bytes': { readonly at: number };
  /** Leaves out the length of the file, wherever it would be said. */
  readonly 'no-length': NoOptions;
  /** Announces no length, sends nothing in chunks either, and closes the connection behind the body. */
  readonly 'close-delimited': NoOptions;
  /** Announces so many bytes more than it sends or, when negative, fewer, and closes the connection. */
  readonly 'length-off': { readonly by: number };
}

export const BODY_FAULTS: FaultTable<BodyFaults> = {
  drop: ({ after }) => onBody({ cut: { after, how: 'close' } }),
  reset: ({ after }) => onBody({ cut: { after, how: 'reset' } }),
  // What is to end early without breaking the connection must not have its length announced.
  'short-body': ({ after }) => onPlan((plan) => withBody(withoutLength(plan), { cut: { after, how: 'end' } })),
  stall: ({ after }) => onBody({ cut: { after, how: 'stall' } }),
  trickle: ({ after, rate }) => onBody({ slow: { after, rate } }),
  'slow-first-byte': ({ ms }) => ({
    async takeOver({ stop }) {
      await sleep(ms, undefined, { signal: stop });
      return false;
    },
  }),
  'wrong-bytes': ({ at }) => onBody({ inverted: at }),
  'no-length': () => onPlan((plan) => withoutLength(withUnknownTotal(plan))),
  'close-delimited': () => ({
    plan(plan, _, { response }) {
      response.useChunkedEncodingByDefault = false;
      return withBody(withoutLength(plan), { closes: true });
    },
  }),
  'length-off': ({ by }) =>
    onPlan((plan) => {
      const length = Number(plan.headers['content-length'] ?? 0) + by;
      return withBody({ ...plan, headers: { ...plan.headers, 'content-length': length } }, { closes: true });
    }),
};

function onPlan(change: (plan: AnswerPlan) => AnswerPlan): Behaviour {
  return { plan: (plan) => (plan.body === undefined ? plan : change(plan)) };
}

function onBody(change: Partial<Body>): Behaviour {
  return onPlan((plan) => withBody(plan, change));
}

function withBody(plan: AnswerPlan, change: Partial<Body>): AnswerPlan {
  return plan.body === undefined ? plan : { ...plan, body: { ...plan.body, ...change } };
}

function withoutLength({ headers: { 'content-length': _, ...headers }, ...rest }: AnswerPlan): AnswerPlan {
  return { ...rest, headers };
}

function withUnknownTotal(plan: AnswerPlan): AnswerPlan {
  const range = plan.headers['content-range'];
  if (typeof range !== 'string') return plan;
  return { ...plan, headers: { ...plan.headers, 'content-range': range.replace(/\/\d+$/, '/*') } };
}
