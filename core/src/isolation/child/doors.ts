/** How a way out of a plugin's process is closed. */

export type Members = Record<string, unknown>;

export function builtin(name: string): Members {
  const module: object | undefined = process.getBuiltinModule(name);
  return module as Members;
}

/** Every function of a module throws from now on, and its objects are empty. */
export function shut(module: Members, permission: string, name: string): void {
  for (const key of Object.getOwnPropertyNames(module)) {
    const property: PropertyDescriptor | undefined = Object.getOwnPropertyDescriptor(module, key);
    const value: unknown = property?.value;
    // Lists and numbers are no doors; what Node itself has fixed, such as the root certificates, cannot be replaced.
    if (property?.configurable !== true && property?.writable !== true) continue;
    if (typeof value === 'function') replace(module, key, denied(permission, `${name}.${key}`));
    else if (property.get !== undefined || (typeof value === 'object' && !Array.isArray(value)))
      replace(module, key, {});
  }
}

export function close(owner: Members, keys: readonly string[], permission: string): void {
  for (const key of keys) if (key in owner) replace(owner, key, denied(permission, key));
}

export function replace(owner: Members, key: string, value: unknown): void {
  Object.defineProperty(owner, key, { value, configurable: false, writable: false, enumerable: true });
}

/** A function, so that classes can be derived from it by code that only might open a socket. */
function denied(permission: string, resource: string): () => never {
  return function refuse() {
    throw denial(permission, resource);
  };
}

export function denial(permission: string, resource: string): Error {
  const error = new Error(`a plugin may not use ${resource}`);
  return Object.assign(error, { code: 'ERR_ACCESS_DENIED', permission, resource });
}
