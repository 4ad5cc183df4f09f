import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { AnswerPlan, Behaviour, Exchange } from './exchange.ts';
import { NOT_FOUND, planAnswer, sourceOf } from './plan-answer.ts';
import { sendBody, type BodyOptions } from './send-body.ts';

export interface AnswerOptions extends Pick<BodyOptions, 'rate' | 'total' | 'gate'> {
  readonly folder: string;
  readonly only?: string | undefined;
  readonly behaviours: readonly Behaviour[];
}

/** Answers a request as a correct server would, but for what the behaviours change. */
export async function answer(exchange: Exchange, options: AnswerOptions): Promise<void> {
  const { behaviours } = options;
  for (const { takeOver } of behaviours) if ((await takeOver?.(exchange)) === true) return;
  const plan = await decide(exchange, options);
  exchange.entry.status = plan.status;
  await send(plan, exchange, options);
}

async function decide(exchange: Exchange, { folder, only, behaviours }: AnswerOptions): Promise<AnswerPlan> {
  const { entry } = exchange;
  const name = only ?? /^\/([A-Za-z0-9][A-Za-z0-9._+-]*)$/.exec(entry.path.split('?')[0] ?? '')?.[1];
  if (name === undefined) return NOT_FOUND;
  const file = behaviours.reduce((path, { file: other }) => other?.(path, exchange) ?? path, join(folder, name));
  const real = await sourceOf(file);
  if (real === undefined) return NOT_FOUND;
  const source = behaviours.reduce((so, behaviour) => behaviour.source?.(so, exchange) ?? so, real);
  const ifRange = entry.headers['if-range'];
  const headers = { range: entry.range, ifRange: typeof ifRange === 'string' ? ifRange : undefined };
  const asked = behaviours.reduce((so, { ask }) => ask?.(so, exchange) ?? so, headers);
  let plan = planAnswer(source, asked);
  for (const behaviour of behaviours) plan = (await behaviour.plan?.(plan, source, exchange)) ?? plan;
  return plan;
}

async function send(plan: AnswerPlan, exchange: Exchange, { rate, total, gate }: AnswerOptions): Promise<void> {
  const { request, response, entry, stop } = exchange;
  const { socket } = request;
  if (plan.isSplit === true) await sendHead(plan, socket);
  else response.writeHead(plan.status, plan.headers);
  const to = plan.isSplit === true ? socket : response;
  if (plan.body === undefined || request.method === 'HEAD') {
    to.end();
    return;
  }
  const onSent = (bytes: number): void => {
    entry.sent += bytes;
  };
  await sendBody(plan.body, { to, socket, rate, total, gate, onSent, stop });
}

/** In pieces of a few bytes, each as a packet of its own. */
async function sendHead({ status, headers }: AnswerPlan, socket: Socket): Promise<void> {
  const lines = Object.entries({ ...headers, connection: 'close' }).map(
    ([name, value]) => `${name}: ${String(value)}\r\n`,
  );
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`;
  socket.setNoDelay(true);
  const size = Math.ceil(head.length / 8);
  for (let at = 0; at < head.length; at += size) {
    socket.write(head.slice(at, at + size), 'latin1');
    await sleep(5);
  }
}
