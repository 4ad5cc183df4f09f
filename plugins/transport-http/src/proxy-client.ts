import { Pool, type Dispatcher } from 'undici';

type Connect = (this: Pool, request: Dispatcher.ConnectOptions) => Promise<Dispatcher.ConnectData>;

/**
 * The connections to a proxy. undici (7.30.2) takes it for a hiccup when a socket is closed, and asks again without a
 * pause and without an end; of a proxy that hangs up it should make an error. So the error is wrapped, as undici itself
 * does it with a wrong certificate of a proxy, for the same reason.
 */
export function proxyClient(origin: URL, options: object): Dispatcher {
  const pool = new Pool(origin, options);
  const { connect }: { readonly connect: Connect } = pool;
  const wrapped = async (request: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> => {
    try {
      return await connect.call(pool, request);
    } catch (cause) {
      // With a code of its own, for what is wrong with the proxy is not wrong with the mirror.
      throw Object.assign(new Error('the proxy could not be reached or hung up', { cause }), { code: 'ERR_PROXY' });
    }
  };
  return Object.assign(pool, { connect: wrapped });
}
