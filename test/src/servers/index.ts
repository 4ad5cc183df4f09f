export { makeCertificate, type Certificate } from './certificate.ts';
export { type LoggedRequest } from './exchange.ts';
export { type Fault } from './fault.ts';
export { serveFolder, type FileServer, type ServeOptions } from './serve-folder.ts';
