export { makeCertificate } from './certificate.ts';
export { type Fault } from './fault.ts';
export { startNginx, type Nginx } from './nginx.ts';
export { serveFolder, type FileServer, type ServeOptions } from './serve-folder.ts';
