export { type Fault, type FaultKind } from './fault.ts';
export { serveFolder, type FileServer, type LoggedRequest, type ServeOptions } from './serve-folder.ts';
