import { gzipSync } from 'node:zlib';
/** A tarball with just these entries, byte by byte (POSIX.1-1988, ustar): programs that make tars refuse the hostile ones. */
export function tarball(entries) {
  const blocks = entries.flatMap(({ path, content = '', type = '0', link = '', size }) => {
    const bytes = Buffer.from(content);
    const header = Buffer.alloc(512);
    header.write(path, 0, 100, 'latin1');
    header.write('0000644\0', 100);
    header.write('0000000\0', 108);
    header.write('0000000\0', 116);
    header.write(`${(size ?? bytes.length).toString(8).padStart(11, '0')}\0`, 124);
    header.write('00000000000\0', 136);
    header.write('        ', 148);
    header.write(type, 156);
    header.write(link, 157, 100, 'latin1');
    header.write('ustar\x0000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}
/** A tarball as npm makes it, with these files. */
export function packed(files) {
  return tarball(Object.entries(files).map(([path, content]) => ({ path: `package/${path}`, content })));
}
//# sourceMappingURL=tarball.js.map
