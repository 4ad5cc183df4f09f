/** Processes of a measurement that are told what to do by messages, one at a time, and answer each with one. */
import { fork } from 'node:child_process';
import { clearTimeout, setTimeout } from 'node:timers';
import { fileURLToPath } from 'node:url';

/** Whoever has set a proxy does not mean it for the addresses of this machine. */
const ENV = { ...process.env, no_proxy: '*', NO_PROXY: '*' };

/** @param script URL of a module */
export function startChild(script) {
  const child = fork(fileURLToPath(script), { env: ENV });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return {
    /** The answer; undefined when the process ended, or was ended because it took longer than `timeoutMs`. */
    async ask(message, timeoutMs) {
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), timeoutMs);
      const answer = new Promise((resolve) => child.once('message', resolve));
      child.send(message);
      const first = await Promise.race([answer, ended.then(() => undefined)]);
      clearTimeout(timer);
      return first;
    },
    async stop() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

/** The other side: answers each message with what `handlers[message.kind]` returns, and ends with its parent. */
export function serve(handlers) {
  process.on('message', async (message) => process.send(await handlers[message.kind](message)));
  process.on('disconnect', () => process.exit(0));
}
