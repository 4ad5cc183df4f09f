/** The version of the engine that plugins name in their `engine` range. A test holds it to package.json. */
export const ENGINE_VERSION: string = '0.1.0';
