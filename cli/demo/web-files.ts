/** The app that the demo takes to production: a page that names its version, and a server for it. */
import type { DemoFile } from './demo-file.ts';

/** Port the app listens on inside its container. */
export const webPort = 8080;

/** The program, and what it does when nothing is said; busybox has every tool one needs to look inside as well. */
export const webEntrypoint = ['/bin/busybox'];
export const webCommand = ['sh', '/app/start.sh'];

/** The files of one version; without a server it is a page alone, which can be pushed and promoted but not run. */
export function webFiles(version: string, busybox: Uint8Array | undefined): readonly DemoFile[] {
  const text = (path: string, mode: number, content: string): DemoFile => ({ path, mode, bytes: Buffer.from(content) });
  const files = [
    text('/app/start.sh', 0o755, startScript(version)),
    text('/app/version', 0o644, `${version}\n`),
    text('/app/www/index.html', 0o644, page(version)),
  ];
  return busybox === undefined ? files : [...files, { path: '/bin/busybox', mode: 0o755, bytes: busybox }];
}

function startScript(version: string): string {
  return [
    '#!/bin/busybox sh',
    `echo "web ${version} listens on port ${webPort}"`,
    `exec /bin/busybox httpd -f -p ${webPort} -h /app/www`,
    '',
  ].join('\n');
}

function page(version: string): string {
  return `<!doctype html>\n<title>web ${version}</title>\n<h1>web ${version}</h1>\n`;
}
